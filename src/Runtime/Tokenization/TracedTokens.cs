using System;

namespace Kiln.Tokenization;

/// <summary>The tokens of one text or of one list of words, before anything is added to them: what an encoding is made of.</summary>
internal sealed unsafe class TracedTokens
{
    private NativeBuffer tokens;

    /// <summary>Number of tokens.</summary>
    public int Count { get; private set; }

    /// <summary>The shown texts of tokens that show another one than their vocabulary's.</summary>
    public PieceList Texts { get; } = new();

    /// <summary>Native memory that it holds.</summary>
    public nuint Capacity => tokens.Capacity + Texts.Capacity;

    /// <summary>The tokens.</summary>
    public Span<TracedToken> Span => new(tokens.Pointer, Count);

    /// <summary>Makes it empty.</summary>
    public void Clear()
    {
        Count = 0;
        Texts.Clear();
    }

    /// <summary>Appends a token.</summary>
    public void Add(TracedToken token)
    {
        TracedToken* start = (TracedToken*)tokens.ReserveText((Count + 1L) * sizeof(TracedToken));
        start[Count++] = token;
    }

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        tokens.Free();
        Texts.Free();
        Clear();
    }
}

/// <summary>A token and where it comes from.</summary>
internal struct TracedToken
{
    public int Id;

    /// <summary>Where the part of the source starts that it stands for: in bytes, later in the unit that is asked for.</summary>
    public int Start;

    /// <summary>Where that part ends.</summary>
    public int End;

    /// <summary>Number of the word that it is from.</summary>
    public int Word;

    /// <summary>Number of its text in <see cref="TracedTokens.Texts"/>, or -1 where it shows the vocabulary's.</summary>
    public int Text;
}
