using System;
using System.Text;

namespace Kiln;

/// <summary>
/// Generated text, to enumerate once with <c>foreach</c>: pieces of whole characters, none of them empty. Nothing is allocated for a
/// piece; it is valid until the next.
/// </summary>
public readonly struct TextStream
{
    private readonly Generation generation;
    private readonly int number;

    internal TextStream(Generation generation, int number)
    {
        this.generation = generation;
        this.number = number;
    }

    /// <summary>The current piece.</summary>
    public ReadOnlySpan<char> Current => generation.Chars;

    /// <summary>This stream.</summary>
    public TextStream GetEnumerator() => this;

    /// <summary>Generates the next piece.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; the session stands behind the last token.</exception>
    /// <exception cref="InvalidOperationException">The session was used otherwise meanwhile, or another thread is using it.</exception>
    /// <exception cref="ObjectDisposedException">The session or the model is disposed.</exception>
    public bool MoveNext() => generation.NextChars(number);

    /// <summary>Generates all that is left as one text.</summary>
    public string ReadToEnd()
    {
        StringBuilder text = new();
        while (MoveNext())
        {
            text.Append(Current);
        }

        return text.ToString();
    }
}
