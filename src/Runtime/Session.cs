using System;
using System.Threading;
using Kiln.Kernels;

namespace Kiln;

/// <summary>
/// One sequence of a model: its tokens, the cache of keys and values, and what generating needs. For one thread at a time; any
/// number of sessions share a model.
/// </summary>
/// <remarks>
/// All memory is reserved when the session is made, so that no step waits for it. Results do not depend on how a prompt is cut into
/// chunks. A call that throws leaves the session as it was before it.
/// </remarks>
public unsafe class Session : IDisposable
{
    private const int DefaultChunkLength = 128;

    private readonly Executor executor;
    private readonly Workspace workspace;
    private readonly KeyValueCache cache;
    private readonly int[] tokens;
    private UseGate gate;
    private int length;
    private int fed;
    private bool hasLogits;

    internal Session(CausalLanguageModel model, int maxTokens, int chunkLength, Executor? executor, Tokenizer? tokenizer = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(chunkLength);
        ModelDescription description = model.Description;
        MaxTokens = maxTokens == 0 ? description.MaxTokens : maxTokens;
        if (description.PositionLimit > 0 && MaxTokens > description.PositionLimit)
        {
            throw new ArgumentOutOfRangeException(
                nameof(maxTokens), maxTokens, $"{description.Name} has {description.PositionLimit} positions, a session of {MaxTokens} tokens is too long.");
        }

        model.Packed.ThrowIfDisposed();
        Model = model;
        this.executor = executor ?? Executor.Cpu;
        int rows = Math.Min(MaxTokens, chunkLength == 0 ? DefaultChunkLength : chunkLength);
        workspace = new Workspace(description.MemoryPlan, rows, 1, 1);
        cache = new KeyValueCache(description.MemoryPlan, MaxTokens);

        // one more than fits the cache: the last token that is generated need not go through the model
        tokens = new int[MaxTokens + 1];
        Generation = new Generation(this, tokenizer);
    }

    /// <summary>The model.</summary>
    public CausalLanguageModel Model { get; }

    /// <summary>Most tokens of the sequence.</summary>
    public int MaxTokens { get; }

    /// <summary>Tokens that went through the model: the position of the next one.</summary>
    public int Position => fed;

    /// <summary>
    /// The sequence so far, prompts and generated tokens, stop tokens included. The last generated one is there before it went through
    /// the model, so that this may be one longer than <see cref="Position"/>. Valid until the session is used again.
    /// </summary>
    public ReadOnlySpan<int> Tokens => new(tokens, 0, length);

    /// <summary>Figures of the last, or the running, generation.</summary>
    public GenerationMetrics Metrics => Generation.Metrics;

    /// <summary>Bytes that the session holds outside the garbage-collected heap; untouched ones take no memory.</summary>
    public long ByteLength => workspace.ByteLength + cache.ByteLength;

    /// <summary>Changes with every change of the sequence.</summary>
    internal int Version { get; private set; }

    internal float** Blocks => cache.Blocks;

    internal ReadOnlySpan<int> Pending => new(tokens, fed, length - fed);

    private protected Generation Generation { get; }

    /// <summary>Feeds tokens and gives the logits that follow the last one.</summary>
    /// <param name="ids">Token ids, at least one; they continue the sequence.</param>
    /// <param name="cancellationToken">Looked at between chunks.</param>
    /// <returns><c>[VocabularySize]</c>, valid until the session is used again.</returns>
    /// <exception cref="ArgumentException">There are no ids.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    /// <exception cref="InvalidOperationException">The session has no room for them, or another thread is using it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the session is where it was.</exception>
    /// <exception cref="ObjectDisposedException">The session or the model is disposed.</exception>
    public ReadOnlySpan<float> Prefill(scoped ReadOnlySpan<int> ids, CancellationToken cancellationToken = default)
    {
        Enter();
        try
        {
            CheckNew(ids);
            Feed(ids, cancellationToken);
        }
        finally
        {
            Exit();
        }

        // disposed by another thread while the step ran: the logits are freed
        ObjectDisposedException.ThrowIf(gate.IsClosed, this);
        return Logits();
    }

    /// <summary>Feeds one token and gives the logits that follow it.</summary>
    /// <param name="id">Token id.</param>
    /// <returns><c>[VocabularySize]</c>, valid until the session is used again.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    /// <exception cref="InvalidOperationException">The session is full, or another thread is using it.</exception>
    /// <exception cref="ObjectDisposedException">The session or the model is disposed.</exception>
    public ReadOnlySpan<float> Decode(int id) => Prefill(new ReadOnlySpan<int>(in id));

    /// <summary>Continues the sequence with a prompt and then token by token: <c>foreach (int id in session.GenerateTokens(ids))</c>.</summary>
    /// <param name="ids">
    /// The prompt; empty to go on from what the sequence holds.
    /// </param>
    /// <param name="options">What differs from the model's <see cref="ModelDescription.GenerationDefaults"/>.</param>
    /// <param name="cancellationToken">Looked at between tokens and between chunks of the prompt.</param>
    /// <returns>The tokens to enumerate once. The prompt goes through the model in this call, the rest in the enumeration.</returns>
    /// <exception cref="ArgumentException">There is no prompt and the sequence is empty, or stop strings are set, which need a tokenizer.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary, or an option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The session has no room for the prompt, or another thread is using it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the session stands behind the last token that was given out, or where it was.</exception>
    /// <exception cref="ObjectDisposedException">The session or the model is disposed.</exception>
    public TokenStream GenerateTokens(ReadOnlySpan<int> ids, GenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        new(Generation, Generation.Start(ids, options, false, cancellationToken));

    /// <summary>Empties the sequence; the memory is kept.</summary>
    /// <exception cref="InvalidOperationException">Another thread is using the session.</exception>
    /// <exception cref="ObjectDisposedException">The session is disposed.</exception>
    public void Reset() => Truncate(0);

    /// <summary>Takes tokens off the end of the sequence, to go on from an earlier place.</summary>
    /// <param name="newLength">Tokens to keep, 0 to <c>Tokens.Length</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer tokens.</exception>
    /// <exception cref="InvalidOperationException">Another thread is using the session.</exception>
    /// <exception cref="ObjectDisposedException">The session is disposed.</exception>
    public void Truncate(int newLength)
    {
        Enter();
        try
        {
            ArgumentOutOfRangeException.ThrowIfNegative(newLength);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(newLength, length);
            if (newLength < length)
            {
                length = newLength;
                fed = Math.Min(fed, newLength);
                hasLogits = false;
                Version++;
            }
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Frees the session's memory. Spans that were handed out are then dangling.</summary>
    public void Dispose()
    {
        if (gate.Close())
        {
            Free();
        }

        GC.SuppressFinalize(this);
    }

    internal void Enter() => gate.Enter(this);

    internal void Exit()
    {
        if (gate.Exit())
        {
            Free();
        }
    }

    /// <summary>Checks tokens that are to be fed, before anything is changed.</summary>
    internal void CheckNew(ReadOnlySpan<int> ids)
    {
        if (ids.IsEmpty)
        {
            throw new ArgumentException("There are no ids.", nameof(ids));
        }

        CheckRoom(ids);
    }

    internal void CheckRoom(ReadOnlySpan<int> ids)
    {
        Model.CheckIds(ids, nameof(ids));
        if (ids.Length > MaxTokens - length)
        {
            throw new InvalidOperationException(
                $"The session is too short: it takes {MaxTokens} tokens and holds {length}, so {ids.Length} more do not fit. Ask CreateSession for more, or Reset it.");
        }
    }

    /// <summary>Feeds what is pending and the ids, in chunks; if it fails the sequence is as before.</summary>
    internal void Feed(ReadOnlySpan<int> ids, CancellationToken cancellationToken)
    {
        int oldLength = length;
        int oldFed = fed;
        ids.CopyTo(tokens.AsSpan(length));
        length += ids.Length;
        Version++;
        hasLogits = false;
        try
        {
            while (fed < length)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int rows = Math.Min(length - fed, workspace.TokenCapacity);
                workspace.Clear();
                workspace.Add(new ReadOnlySpan<int>(tokens, fed, rows), fed, length, cache.Blocks, fed + rows == length ? 1 : 0);
                Model.Run(executor, workspace);
                fed += rows;
            }

            hasLogits = true;
        }
        finally
        {
            if (!hasLogits)
            {
                length = oldLength;
                fed = oldFed;
            }
        }
    }

    /// <summary>The logits behind the last token; only after <see cref="Feed"/>.</summary>
    internal ReadOnlySpan<float> Logits() => executor.Download(workspace, Model.Description.Logits, 0);

    /// <summary>Makes sure that the logits behind the last token are at hand; the sequence is not empty.</summary>
    internal void FeedPending(CancellationToken cancellationToken)
    {
        if (!hasLogits)
        {
            // after a batch or a cut the last token's logits are elsewhere or gone: it goes through the model again
            fed = Math.Min(fed, length - 1);
            Feed([], cancellationToken);
        }
    }

    /// <summary>Appends a generated token; it goes through the model when the next one is wanted.</summary>
    internal void Append(int id)
    {
        tokens[length++] = id;
        hasLogits = false;
        Version++;
    }

    /// <summary>Takes note of rows that a batch ran: what was pending, and new tokens.</summary>
    internal void Advance(ReadOnlySpan<int> rows)
    {
        rows.CopyTo(tokens.AsSpan(fed));
        fed += rows.Length;
        length = fed;
        hasLogits = false;
        Version++;
    }

    private void Free()
    {
        workspace.Dispose();
        cache.Dispose();
    }
}
