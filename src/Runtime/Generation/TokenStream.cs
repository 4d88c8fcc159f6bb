namespace Kiln;

/// <summary>Generated tokens, to enumerate once with <c>foreach</c>. Nothing is allocated for a token.</summary>
public readonly struct TokenStream
{
    private readonly Generation generation;
    private readonly int number;

    internal TokenStream(Generation generation, int number)
    {
        this.generation = generation;
        this.number = number;
    }

    /// <summary>The current token.</summary>
    public int Current => generation.Token;

    /// <summary>This stream.</summary>
    public TokenStream GetEnumerator() => this;

    /// <summary>Generates the next token.</summary>
    /// <returns>Whether there is one: false after a stop token or at the wanted length.</returns>
    /// <exception cref="System.OperationCanceledException">Cancelled; the session stands behind the last token.</exception>
    /// <exception cref="System.InvalidOperationException">The session was used otherwise meanwhile, or another thread is using it.</exception>
    /// <exception cref="System.ObjectDisposedException">The session or the model is disposed.</exception>
    public bool MoveNext() => generation.NextToken(number);
}
