using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Kiln;

/// <summary>A <see cref="Session"/> that takes and gives text.</summary>
public sealed class TextSession : Session
{
    internal TextSession(TextGenerationModel model, int maxTokens, int chunkLength, Executor? executor)
        : base(model, maxTokens, chunkLength, executor, model.Tokenizer) => Model = model;

    /// <summary>The model.</summary>
    public new TextGenerationModel Model { get; }

    /// <summary>Continues the sequence with a prompt and then piece by piece, as UTF-16.</summary>
    /// <param name="prompt">
    /// The prompt; empty to go on from what the sequence holds. Special tokens (such as a first <c>&lt;s&gt;</c>) are put around it if the
    /// sequence is empty, see <see cref="GenerationOptions.AddSpecialTokens"/>.
    /// </param>
    /// <param name="options">What differs from the model's <see cref="ModelDescription.GenerationDefaults"/>.</param>
    /// <param name="cancellationToken">Looked at between tokens and between chunks of the prompt.</param>
    /// <returns>The pieces to enumerate once. The prompt goes through the model in this call, the rest in the enumeration.</returns>
    /// <exception cref="ArgumentException">There is no prompt and the sequence is empty, or a stop string is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The session has no room for the prompt, or another thread is using it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the session is where it was.</exception>
    /// <exception cref="ObjectDisposedException">The session or the model is disposed.</exception>
    public TextStream Generate(ReadOnlySpan<char> prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        new(Generation, Generation.Start(prompt, options, cancellationToken));

    /// <summary>As <see cref="Generate(ReadOnlySpan{char}, GenerationOptions?, CancellationToken)"/>, with pieces in UTF-8.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="options">What differs from the model's defaults.</param>
    /// <param name="cancellationToken">Looked at between tokens and between chunks of the prompt.</param>
    /// <inheritdoc cref="Generate(ReadOnlySpan{char}, GenerationOptions?, CancellationToken)"/>
    public Utf8Stream GenerateUtf8(ReadOnlySpan<char> prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        new(Generation, Generation.Start(prompt, options, cancellationToken));

    /// <summary>As <see cref="Generate(ReadOnlySpan{char}, GenerationOptions?, CancellationToken)"/>, with prompt and pieces in UTF-8.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="options">What differs from the model's defaults.</param>
    /// <param name="cancellationToken">Looked at between tokens and between chunks of the prompt.</param>
    /// <inheritdoc cref="Generate(ReadOnlySpan{char}, GenerationOptions?, CancellationToken)"/>
    public Utf8Stream GenerateUtf8(ReadOnlySpan<byte> prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        new(Generation, Generation.Start(prompt, options, cancellationToken));

    /// <summary>As <see cref="Generate(ReadOnlySpan{char}, GenerationOptions?, CancellationToken)"/>, from a prompt of token ids.</summary>
    /// <param name="ids">The prompt; empty to go on from what the sequence holds.</param>
    /// <param name="options">What differs from the model's defaults.</param>
    /// <param name="cancellationToken">Looked at between tokens and between chunks of the prompt.</param>
    /// <inheritdoc cref="Generate(ReadOnlySpan{char}, GenerationOptions?, CancellationToken)"/>
    public TextStream Generate(ReadOnlySpan<int> ids, GenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        new(Generation, Generation.Start(ids, options, true, cancellationToken));

    /// <summary>
    /// As <see cref="Generate(ReadOnlySpan{char}, GenerationOptions?, CancellationToken)"/>, for <c>await foreach</c>: the work is done on the
    /// thread pool, and nothing of it before the enumeration begins.
    /// </summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="options">What differs from the model's defaults.</param>
    /// <param name="cancellationToken">Looked at between tokens and between chunks of the prompt.</param>
    /// <inheritdoc cref="Generate(ReadOnlySpan{char}, GenerationOptions?, CancellationToken)"/>
    public IAsyncEnumerable<string> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Pieces(prompt, options, cancellationToken);
    }

    private async IAsyncEnumerable<string> Pieces(string prompt, GenerationOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TextStream stream = await Task.Run(() => Generate(prompt, options, cancellationToken), cancellationToken).ConfigureAwait(false);
        Func<string?> next = () => stream.MoveNext() ? stream.Current.ToString() : null;
        while (await Task.Run(next, cancellationToken).ConfigureAwait(false) is { } piece)
        {
            yield return piece;
        }
    }
}
