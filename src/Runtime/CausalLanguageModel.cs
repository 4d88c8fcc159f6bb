using System;
using Kiln.Kernels;

namespace Kiln;

/// <summary>
/// A compiled model that predicts the next token: weights and code, without state. All threads may use one model at once, each
/// with sessions or batches of its own.
/// </summary>
public abstract unsafe class CausalLanguageModel : IDisposable
{
    /// <summary>Called by generated classes.</summary>
    /// <param name="description">What was compiled.</param>
    /// <param name="weights">The opened weights; the model disposes them.</param>
    protected CausalLanguageModel(ModelDescription description, PackedWeights weights)
    {
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(weights);
        Description = description;
        Packed = weights;
    }

    /// <summary>What was compiled.</summary>
    public ModelDescription Description { get; }

    /// <summary>Where the weights come from: the path of a side file, or the name of an embedded resource.</summary>
    public string Source => Packed.Source;

    internal PackedWeights Packed { get; }

    /// <summary>
    /// One step: every op of the model, issued to a backend. Generated; called by an <see cref="Executor"/>, which knows the backend.
    /// </summary>
    /// <param name="k">The backend.</param>
    public abstract void Forward<TBackend>(ref TBackend k)
        where TBackend : struct, IBackend;

    /// <summary>Makes a session, an empty sequence.</summary>
    /// <param name="maxTokens">Most tokens of the sequence; 0 for the model's default, <see cref="ModelDescription.MaxTokens"/>.</param>
    /// <param name="chunkLength">Tokens of a prompt that go through the model together; 0 for 128. It changes time and memory, no result.</param>
    /// <param name="executor">What computes; null for <see cref="Executor.Cpu"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length is negative, or over the positions that the model has.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public Session CreateSession(int maxTokens = 0, int chunkLength = 0, Executor? executor = null) => new(this, maxTokens, chunkLength, executor);

    /// <summary>Makes room for steps over several sessions together.</summary>
    /// <param name="maxRows">Most tokens of a step.</param>
    /// <param name="maxOutputs">Most rows whose logits are wanted in one step; 0 for <paramref name="maxRows"/>.</param>
    /// <param name="maxSequences">Most sessions in one step; 0 for <paramref name="maxRows"/>.</param>
    /// <param name="executor">What computes; null for <see cref="Executor.Cpu"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative, or <paramref name="maxRows"/> is 0.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public Batch CreateBatch(int maxRows, int maxOutputs = 0, int maxSequences = 0, Executor? executor = null) =>
        new(this, maxRows, maxOutputs, maxSequences, executor);

    /// <summary>Computes the logits of every token of one sequence, and the hidden states where the model keeps them.</summary>
    /// <param name="ids">Token ids, at least one.</param>
    /// <param name="executor">What computes; null for <see cref="Executor.Cpu"/>.</param>
    /// <returns>A copy of the results, independent of the model.</returns>
    /// <remarks>For repeated use a <see cref="Batch"/> is cheaper: it keeps its memory and copies nothing.</remarks>
    /// <exception cref="ArgumentException">There are no ids.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary, or there are more ids than the model has positions.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public ForwardResult Forward(ReadOnlySpan<int> ids, Executor? executor = null)
    {
        if (ids.IsEmpty)
        {
            throw new ArgumentException("There are no ids.", nameof(ids));
        }

        using Session session = new(this, ids.Length, 1, executor);
        using Batch batch = CreateBatch(ids.Length, ids.Length, 1, executor);
        batch.Add(session, ids, ids.Length);
        batch.Run();
        return new ForwardResult(batch, Description);
    }

    /// <summary>Reads all weights and compares their SHA-256 with the one in the file, which <c>Load</c> does not take the time to do.</summary>
    /// <exception cref="System.IO.InvalidDataException">The weights were changed after they were packed.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public void Verify() => Packed.Verify();

    /// <summary>Gives the weights up. Steps that run end well; later ones throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the weights up.</summary>
    /// <param name="disposing">Whether it was called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Packed.Dispose();
        }
    }

    internal void Run(Executor executor, Workspace workspace)
    {
        byte* weights = Packed.Hold();
        try
        {
            executor.Run(this, weights, workspace);
        }
        finally
        {
            Packed.Release();
        }
    }

    /// <summary>Checks ids before anything is changed.</summary>
    internal void CheckIds(ReadOnlySpan<int> ids, string parameter)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)Description.VocabularySize)
            {
                throw new ArgumentOutOfRangeException(
                    parameter, ids[i], $"Token id {ids[i]} at index {i} is not in the vocabulary of {Description.Name}, 0 to {Description.VocabularySize - 1}.");
            }
        }
    }
}
