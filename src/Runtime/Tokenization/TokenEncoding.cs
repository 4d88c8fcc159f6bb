using System;
using System.Collections.Generic;
using Kiln.Tokenization;

namespace Kiln;

/// <summary>
/// An encoded text with all that Hugging Face's <c>Encoding</c> knows of it. Use one again and again: its memory is native, kept,
/// and grows only for longer texts. What it gives out is valid until it is used again or disposed.
/// </summary>
/// <remarks>Not for several threads at once.</remarks>
public sealed unsafe class TokenEncoding : IDisposable
{
    private const int Columns = 9;

    private readonly List<TokenEncoding> overflow = [];
    private readonly PieceList texts = new();
    private NativeBuffer memory;
    private NativeBuffer spare;
    private int capacity;
    private Tokenizer? tokenizer;

    /// <summary>Frees the memory of one that was not disposed.</summary>
    ~TokenEncoding() => Free();

    private enum Column
    {
        Ids,
        TypeIds,
        Attention,
        Special,
        Words,
        Sequences,
        Texts,

        /// <summary>Two numbers a token.</summary>
        Offsets,
    }

    /// <summary>Number of tokens.</summary>
    public int Count { get; private set; }

    /// <summary>Token ids.</summary>
    public ReadOnlySpan<int> Ids => Read(Column.Ids);

    /// <summary>Type ids (<c>token_type_ids</c>).</summary>
    public ReadOnlySpan<int> TypeIds => Read(Column.TypeIds);

    /// <summary>1, and 0 for padding.</summary>
    public ReadOnlySpan<int> AttentionMask => Read(Column.Attention);

    /// <summary>1 for what the post-processor or padding put in. A special token that the text holds has 0.</summary>
    public ReadOnlySpan<int> SpecialTokensMask => Read(Column.Special);

    /// <summary>Number of the word that a token is from, counted in each text (of a list of words: its place there); -1 for none.</summary>
    public ReadOnlySpan<int> WordIds => Read(Column.Words);

    /// <summary>0 for tokens of the first text, 1 for those of the second, -1 for others.</summary>
    public ReadOnlySpan<int> SequenceIds => Read(Column.Sequences);

    /// <summary>
    /// The part of the text that each token comes from, in <see cref="EncodingOptions.OffsetUnit"/>; of a list of words: of the word.
    /// (0, 0) for tokens that come from nowhere.
    /// </summary>
    public ReadOnlySpan<TextRange> Offsets => new(Start(Column.Offsets), Count);

    /// <summary>Number of further windows that truncation made.</summary>
    public int OverflowCount { get; private set; }

    /// <summary>One of the further windows. It belongs to this encoding.</summary>
    /// <param name="index">From 0 to <see cref="OverflowCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such window.</exception>
    public TokenEncoding Overflow(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)OverflowCount, nameof(index));
        return overflow[index];
    }

    /// <summary>
    /// A token's text as Hugging Face's <c>Encoding.tokens</c> has it: the vocabulary's entry, but of added tokens and of what
    /// Unigram does not know the text itself.
    /// </summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such token.</exception>
    public string Token(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        int text = Start(Column.Texts)[index];
        return text >= 0 ? System.Text.Encoding.UTF8.GetString(texts[text]) : tokenizer!.IdToToken(Ids[index]) ?? "";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        overflow.ForEach(static window => window.Dispose());
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes it empty, with room for a number of tokens.</summary>
    internal void Begin(Tokenizer source, int room)
    {
        tokenizer = source;
        Count = 0;
        OverflowCount = 0;
        texts.Clear();
        if (room > capacity)
        {
            capacity = room;
            memory.Reserve(Bytes(room));
        }
    }

    /// <summary>A further window, to be filled.</summary>
    internal TokenEncoding AddOverflow()
    {
        if (OverflowCount == overflow.Count)
        {
            overflow.Add(new TokenEncoding());
        }

        return overflow[OverflowCount++];
    }

    /// <summary>Appends a token that the post-processor adds.</summary>
    internal void AddSpecial(int id, int type) => Set(Count++, id, type, 1, 1, -1, -1, -1, default);

    /// <summary>Appends tokens of a text.</summary>
    internal void Add(TracedTokens source, int from, int to, int type, int sequence, TrimOffsets? trim)
    {
        ReadOnlySpan<TracedToken> tokens = source.Span[from..to];
        int at = Count;
        int* ids = Start(Column.Ids) + at;
        int* words = Start(Column.Words) + at;
        int* shown = Start(Column.Texts) + at;
        var ranges = (TextRange*)Start(Column.Offsets) + at;
        for (int i = 0; i < tokens.Length; i++)
        {
            ref readonly TracedToken token = ref tokens[i];
            ids[i] = token.Id;
            words[i] = token.Word;
            shown[i] = token.Text >= 0 ? Copy(source.Texts[token.Text]) : -1;
            ranges[i] = new TextRange(token.Start, token.End);
        }

        Fill(Column.TypeIds, at, tokens.Length, type);
        Fill(Column.Attention, at, tokens.Length, 1);
        Fill(Column.Special, at, tokens.Length, 0);
        Fill(Column.Sequences, at, tokens.Length, sequence);
        Count += tokens.Length;
        for (int i = 0; i < tokens.Length && trim is not null; i++)
        {
            bool isText = true;
            ReadOnlySpan<byte> text = shown[i] >= 0 ? texts[shown[i]] : tokenizer!.TokenBytes(ids[i], out isText);
            ranges[i] = trim.Apply(ranges[i], text, isText, i == 0);
        }
    }

    /// <summary>Fills up to a length; windows too.</summary>
    internal void Pad(int length, bool left, int id, int type)
    {
        for (int i = 0; i < OverflowCount; i++)
        {
            overflow[i].Pad(length, left, id, type);
        }

        int added = length - Count;
        if (added <= 0)
        {
            return;
        }

        if (left || length > capacity)
        {
            Relocate(Math.Max(length, capacity), left ? added : 0);
        }

        int at = left ? 0 : Count;
        for (int i = 0; i < added; i++)
        {
            Set(at + i, id, type, 0, 1, -1, -1, -1, default);
        }

        Count = length;
    }

    private void Fill(Column column, int from, int count, int value) => new Span<int>(Start(column) + from, count).Fill(value);

    private int Copy(ReadOnlySpan<byte> text)
    {
        texts.Append(text);
        texts.Finish();
        return texts.Count - 1;
    }

    private static nuint Bytes(int room) => (nuint)room * Columns * sizeof(int);

    private void Relocate(int room, int shift)
    {
        int* target = (int*)spare.Reserve(Bytes(room));
        for (int column = 0; column < (int)Column.Offsets; column++)
        {
            new ReadOnlySpan<int>(Start((Column)column), Count).CopyTo(new Span<int>(target + ((long)column * room) + shift, Count));
        }

        new ReadOnlySpan<int>(Start(Column.Offsets), 2 * Count)
            .CopyTo(new Span<int>(target + ((long)Column.Offsets * room) + (2 * shift), 2 * Count));
        (memory, spare) = (spare, memory);
        capacity = room;
    }

    private void Set(int at, int id, int type, int attention, int special, int word, int sequence, int text, TextRange range)
    {
        int* to = (int*)memory.Pointer + at;
        nint step = capacity;
        *to = id;
        to[step] = type;
        to[2 * step] = attention;
        to[3 * step] = special;
        to[4 * step] = word;
        to[5 * step] = sequence;
        to[6 * step] = text;
        to[(7 * step) + at] = range.Start;
        to[(7 * step) + at + 1] = range.End;
    }

    private int* Start(Column column) => (int*)memory.Pointer + ((long)column * capacity);

    private ReadOnlySpan<int> Read(Column column) => new(Start(column), Count);

    private void Free()
    {
        memory.Free();
        spare.Free();
        texts.Free();
        capacity = 0;
        Count = 0;
    }
}
