using System;
using Kiln.Kernels;

namespace Kiln;

/// <summary>
/// Room for one step over several sessions: rows of different sequences go through the model together, each with its own cache and
/// the same result, bit for bit, as alone. For one thread at a time.
/// </summary>
/// <remarks>
/// <c>batch.Clear(); int first = batch.Add(session, ids); ... batch.Run(); batch.Logits(first)</c>. The sessions advance in
/// <see cref="Run"/>; nothing is allocated.
/// </remarks>
public sealed unsafe class Batch : IDisposable
{
    private readonly CausalLanguageModel model;
    private readonly Executor executor;
    private readonly Workspace workspace;
    private readonly Entry[] entries;
    private UseGate gate;
    private bool ran;

    internal Batch(CausalLanguageModel model, int maxRows, int maxOutputs, int maxSequences, Executor? executor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRows, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(maxOutputs);
        ArgumentOutOfRangeException.ThrowIfNegative(maxSequences);
        model.Packed.ThrowIfDisposed();
        this.model = model;
        this.executor = executor ?? Executor.Cpu;
        int sequences = maxSequences == 0 ? maxRows : maxSequences;
        workspace = new Workspace(model.Description.MemoryPlan, maxRows, maxOutputs == 0 ? maxRows : maxOutputs, sequences);
        entries = new Entry[sequences];
    }

    /// <summary>Most rows of a step.</summary>
    public int MaxRows => workspace.TokenCapacity;

    /// <summary>Most rows whose logits are wanted in one step.</summary>
    public int MaxOutputs => workspace.OutputCapacity;

    /// <summary>Most sessions in one step.</summary>
    public int MaxSequences => workspace.SequenceCapacity;

    /// <summary>Rows of the step.</summary>
    public int Rows => workspace.Tokens;

    /// <summary>Output rows of the step.</summary>
    public int Outputs => workspace.Outputs;

    /// <summary>Sessions in the step.</summary>
    public int Sequences => workspace.SequenceCount;

    /// <summary>Starts a new step; results of the last one are gone.</summary>
    /// <exception cref="InvalidOperationException">Another thread is using the batch.</exception>
    /// <exception cref="ObjectDisposedException">The batch is disposed.</exception>
    public void Clear()
    {
        gate.Enter(this);
        ClearEntries();
        Exit();
    }

    /// <summary>Adds a session's next tokens to the step. If this throws, the step and the session are unchanged.</summary>
    /// <param name="session">A session of the same model that is not in the step yet.</param>
    /// <param name="ids">
    /// Its next token ids, at least one. A token that was generated in the session and has not gone through the model takes one row more,
    /// before them.
    /// </param>
    /// <param name="outputs">How many of the last ids' logits are wanted, 0 to <c>ids.Length</c>.</param>
    /// <param name="promptLength">
    /// Where the ids are only a part of a prompt: the sequence's length when all of it is fed, for dynamic rotary scaling. Else 0.
    /// </param>
    /// <returns>Index of the first output row, for <see cref="Logits"/>; the others follow.</returns>
    /// <exception cref="ArgumentException">There are no ids, or the session is of another model.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary, or a number is out of its range.</exception>
    /// <exception cref="InvalidOperationException">
    /// The step is full or has run already, the session is full or in the step already, or another thread is using one of the two.
    /// </exception>
    /// <exception cref="ObjectDisposedException">Batch, session or model are disposed.</exception>
    public int Add(Session session, ReadOnlySpan<int> ids, int outputs = 1, int promptLength = 0)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentOutOfRangeException.ThrowIfNegative(outputs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(outputs, ids.Length);
        if (session.Model != model)
        {
            throw new ArgumentException($"The session belongs to another model ({session.Model.Description.Name}).", nameof(session));
        }

        gate.Enter(this);
        try
        {
            model.Packed.ThrowIfDisposed();
            if (ran)
            {
                throw new InvalidOperationException("The step has run; call Clear before adding to the next.");
            }

            for (int i = 0; i < workspace.SequenceCount; i++)
            {
                if (entries[i].Session == session)
                {
                    throw new InvalidOperationException("The session is in this step already.");
                }
            }

            session.Enter();
            try
            {
                return AddRows(session, ids, outputs, promptLength);
            }
            finally
            {
                session.Exit();
            }
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Runs the step. The sessions then stand behind their new tokens; if this throws, they stand where they were.</summary>
    /// <exception cref="InvalidOperationException">
    /// There are no rows, the step has run already, a session moved since it was added, or another thread is using the batch or a session.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The batch, a session or the model is disposed.</exception>
    public void Run()
    {
        gate.Enter(this);
        int entered = 0;
        try
        {
            if (ran || workspace.Tokens == 0)
            {
                throw new InvalidOperationException(ran ? "The step has run; call Clear and Add for the next." : "The step has no rows.");
            }

            for (; entered < workspace.SequenceCount; entered++)
            {
                entries[entered].Session.Enter();
            }

            for (int i = 0; i < entered; i++)
            {
                if (entries[i].Session.Version != entries[i].Version)
                {
                    throw new InvalidOperationException("A session was used between Add and Run; call Clear and add it again.");
                }
            }

            model.Run(executor, workspace);
            for (int i = 0; i < entered; i++)
            {
                Sequence sequence = workspace.Sequences[i];
                entries[i].Session.Advance(new ReadOnlySpan<int>(workspace.Ids + sequence.Start, sequence.Length));
            }

            ran = true;
        }
        finally
        {
            for (int i = 0; i < entered; i++)
            {
                entries[i].Session.Exit();
            }

            Exit();
        }
    }

    /// <summary>The logits of an output row, <c>[VocabularySize]</c>; valid until the next <see cref="Clear"/>, <see cref="Run"/> or <see cref="Dispose"/>.</summary>
    /// <param name="output">0 to <see cref="Outputs"/> - 1.</param>
    /// <exception cref="InvalidOperationException">The step has not run.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    /// <exception cref="ObjectDisposedException">The batch is disposed.</exception>
    public ReadOnlySpan<float> Logits(int output)
    {
        CheckResult(output, workspace.Outputs, nameof(output));
        return executor.Download(workspace, model.Description.Logits, output);
    }

    /// <summary>A hidden state, <c>[HiddenSize]</c>; valid as long as <see cref="Logits"/>.</summary>
    /// <param name="layer">0 to NumHiddenLayers: what this layer takes, or the last one's result after the final norm.</param>
    /// <param name="row">0 to <see cref="Rows"/> - 1.</param>
    /// <exception cref="InvalidOperationException">The step has not run, or the model keeps no hidden states.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer or row.</exception>
    /// <exception cref="ObjectDisposedException">The batch is disposed.</exception>
    public ReadOnlySpan<float> HiddenState(int layer, int row)
    {
        if (model.Description.HiddenStates.Width == 0)
        {
            throw NoHiddenStates();
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)layer, (uint)model.Description.NumHiddenLayers, nameof(layer));
        CheckResult(row, workspace.Tokens, nameof(row));
        return executor.Download(workspace, model.Description.HiddenStates.At(layer), row);
    }

    /// <summary>Frees the room. Spans that were handed out are then dangling.</summary>
    public void Dispose()
    {
        if (gate.Close())
        {
            workspace.Dispose();
        }
    }

    internal static InvalidOperationException NoHiddenStates() =>
        new("The model keeps no hidden states; set HiddenStates=\"true\" on its KilnModel item.");

    private int AddRows(Session session, ReadOnlySpan<int> ids, int outputs, int promptLength)
    {
        session.CheckNew(ids);
        ReadOnlySpan<int> pending = session.Pending;
        int rows = pending.Length + ids.Length;
        int end = session.Position + rows;
        if (rows > MaxRows - Rows || outputs > MaxOutputs - Outputs || Sequences == MaxSequences)
        {
            throw new InvalidOperationException(
                $"The step has no room for {rows} rows and {outputs} outputs more: it has {Rows} of {MaxRows} rows, {Outputs} of {MaxOutputs} outputs, {Sequences} of {MaxSequences} sequences.");
        }

        if (promptLength != 0 && (promptLength < end || promptLength > session.MaxTokens))
        {
            throw new ArgumentOutOfRangeException(
                nameof(promptLength), promptLength, $"The prompt's end must lie between the end of these ids, {end}, and the session's, {session.MaxTokens}.");
        }

        Span<int> all = rows <= 256 ? stackalloc int[rows] : new int[rows];
        pending.CopyTo(all);
        ids.CopyTo(all[pending.Length..]);
        entries[workspace.SequenceCount] = new Entry { Session = session, Version = session.Version };
        return workspace.Add(all, session.Position, promptLength == 0 ? end : promptLength, session.Blocks, outputs);
    }

    private void CheckResult(int row, int count, string parameter)
    {
        ObjectDisposedException.ThrowIf(gate.IsClosed, this);
        if (!ran)
        {
            throw new InvalidOperationException("The step has not run.");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)count, parameter);
    }

    private void ClearEntries()
    {
        Array.Clear(entries, 0, workspace.SequenceCount);
        workspace.Clear();
        ran = false;
    }

    private void Exit()
    {
        if (gate.Exit())
        {
            workspace.Dispose();
        }
    }

    private struct Entry
    {
        public Session Session;
        public int Version;
    }
}
