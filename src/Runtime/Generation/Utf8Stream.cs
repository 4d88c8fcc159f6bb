using System;

namespace Kiln;

/// <summary>
/// Generated text in UTF-8, to enumerate once with <c>foreach</c>: pieces of whole characters, none of them empty. Nothing is allocated
/// for a piece; it is valid until the next.
/// </summary>
public readonly struct Utf8Stream
{
    private readonly Generation generation;
    private readonly int number;

    internal Utf8Stream(Generation generation, int number)
    {
        this.generation = generation;
        this.number = number;
    }

    /// <summary>The current piece.</summary>
    public ReadOnlySpan<byte> Current => generation.Bytes;

    /// <summary>This stream.</summary>
    public Utf8Stream GetEnumerator() => this;

    /// <summary>Generates the next piece.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; the session stands behind the last token.</exception>
    /// <exception cref="InvalidOperationException">The session was used otherwise meanwhile, or another thread is using it.</exception>
    /// <exception cref="ObjectDisposedException">The session or the model is disposed.</exception>
    public bool MoveNext() => generation.NextBytes(number);
}
