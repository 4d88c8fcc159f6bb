using System;

namespace Kiln;

/// <summary>Stands in until the tokenizer lands.</summary>
public sealed unsafe class Tokenizer
{
    /// <summary>Opens a table.</summary>
    public static Tokenizer Load(byte* table, long length) => throw new NotSupportedException();

    /// <summary>Encodes.</summary>
    public bool TryEncode(ReadOnlySpan<char> text, Span<int> ids, out int written, bool addSpecialTokens = true) => throw new NotSupportedException();

    /// <summary>Counts.</summary>
    public int CountTokens(ReadOnlySpan<char> text, bool addSpecialTokens = true) => throw new NotSupportedException();

    /// <summary>A decoder.</summary>
    public TokenDecoder CreateDecoder(bool skipSpecialTokens = false) => throw new NotSupportedException();
}

/// <summary>Stands in until the tokenizer lands.</summary>
public sealed class TokenDecoder
{
    /// <summary>Adds.</summary>
    public ReadOnlySpan<byte> Add(int id) => throw new NotSupportedException();

    /// <summary>Ends.</summary>
    public ReadOnlySpan<byte> Flush() => throw new NotSupportedException();

    /// <summary>Begins.</summary>
    public void Reset() => throw new NotSupportedException();
}
