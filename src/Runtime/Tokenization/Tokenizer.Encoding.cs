using System;
using System.Text.Unicode;
using Kiln.Tokenization;

namespace Kiln;

public sealed unsafe partial class Tokenizer
{
    /// <summary>
    /// The truncation and padding that <c>tokenizer.json</c> itself asks for, as new options each time; null if it asks for none. As
    /// with transformers, they hold only where a call is given them.
    /// </summary>
    public EncodingOptions? FileOptions => fileOptions?.Copy();

    /// <summary>Encodes a text with all that is known of its tokens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="encoding">Gets the result.</param>
    /// <param name="options">How; null for special tokens and nothing else.</param>
    /// <exception cref="ArgumentException">The options ask for what cannot be, or the text has 2 GB or more as UTF-8.</exception>
    public void Encode(ReadOnlySpan<char> text, TokenEncoding encoding, EncodingOptions? options = null) =>
        Encode(new TextSource(text), default, encoding, options);

    /// <summary>Encodes a pair of texts.</summary>
    /// <inheritdoc cref="Encode(ReadOnlySpan{char}, TokenEncoding, EncodingOptions?)"/>
    /// <param name="text">The first text.</param>
    /// <param name="pair">The second text; an empty one is one too.</param>
    /// <param name="encoding">Gets the result.</param>
    /// <param name="options">How; null for special tokens and nothing else.</param>
    public void Encode(ReadOnlySpan<char> text, ReadOnlySpan<char> pair, TokenEncoding encoding, EncodingOptions? options = null) =>
        Encode(new TextSource(text), new TextSource(pair), encoding, options);

    /// <summary>Encodes UTF-8.</summary>
    /// <inheritdoc cref="Encode(ReadOnlySpan{char}, TokenEncoding, EncodingOptions?)"/>
    /// <param name="utf8">The text.</param>
    /// <param name="encoding">Gets the result.</param>
    /// <param name="options">How; null for special tokens and nothing else.</param>
    public void Encode(ReadOnlySpan<byte> utf8, TokenEncoding encoding, EncodingOptions? options = null) =>
        Encode(new TextSource(utf8), default, encoding, options);

    /// <summary>Encodes a pair of texts in UTF-8.</summary>
    /// <inheritdoc cref="Encode(ReadOnlySpan{char}, ReadOnlySpan{char}, TokenEncoding, EncodingOptions?)"/>
    /// <param name="utf8">The first text.</param>
    /// <param name="pair">The second text; an empty one is one too.</param>
    /// <param name="encoding">Gets the result.</param>
    /// <param name="options">How; null for special tokens and nothing else.</param>
    public void Encode(ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> pair, TokenEncoding encoding, EncodingOptions? options = null) =>
        Encode(new TextSource(utf8), new TextSource(pair), encoding, options);

    /// <summary>Encodes a text that has been cut into words (<c>is_split_into_words</c>): each goes through the tokenizer alone.</summary>
    /// <inheritdoc cref="Encode(ReadOnlySpan{char}, TokenEncoding, EncodingOptions?)"/>
    /// <param name="words">The words.</param>
    /// <param name="encoding">Gets the result; its offsets are within each word.</param>
    /// <param name="options">How; null for special tokens and nothing else.</param>
    public void EncodeWords(ReadOnlySpan<string> words, TokenEncoding encoding, EncodingOptions? options = null) =>
        Encode(new TextSource(words), default, encoding, options);

    /// <summary>Encodes a pair of texts that have been cut into words.</summary>
    /// <inheritdoc cref="EncodeWords(ReadOnlySpan{string}, TokenEncoding, EncodingOptions?)"/>
    /// <param name="words">The words of the first text.</param>
    /// <param name="pair">The words of the second.</param>
    /// <param name="encoding">Gets the result; its offsets are within each word.</param>
    /// <param name="options">How; null for special tokens and nothing else.</param>
    public void EncodeWords(ReadOnlySpan<string> words, ReadOnlySpan<string> pair, TokenEncoding encoding, EncodingOptions? options = null) =>
        Encode(new TextSource(words), new TextSource(pair), encoding, options);

    /// <summary>Encodes texts, padded alike.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="batch">Gets the rows: of each text its encoding and what overflows of it.</param>
    /// <param name="options">How; null for special tokens and nothing else.</param>
    /// <exception cref="ArgumentException">The options ask for what cannot be, or a text has 2 GB or more as UTF-8.</exception>
    public void EncodeBatch(ReadOnlySpan<string> texts, TokenBatch batch, EncodingOptions? options = null) =>
        EncodeBatch(texts, default, false, batch, options);

    /// <summary>Encodes pairs of texts, padded alike.</summary>
    /// <inheritdoc cref="EncodeBatch(ReadOnlySpan{string}, TokenBatch, EncodingOptions?)"/>
    /// <param name="texts">The first texts.</param>
    /// <param name="pairs">The second texts, as many.</param>
    /// <param name="batch">Gets the rows: of each pair its encoding and what overflows of it.</param>
    /// <param name="options">How; null for special tokens and nothing else.</param>
    public void EncodeBatch(ReadOnlySpan<string> texts, ReadOnlySpan<string> pairs, TokenBatch batch, EncodingOptions? options = null) =>
        EncodeBatch(texts, pairs, true, batch, options);

    /// <summary>The bytes that a token stands for, or its text.</summary>
    internal ReadOnlySpan<byte> TokenBytes(int id, out bool isText)
    {
        isText = !tokens.IsByteLevel || (tokens.Flags(id) & TokenFlags.Literal) != 0;
        return tokens.Bytes(id);
    }

    private static EncodingOptions? ReadFileOptions(TableReader reader)
    {
        var truncation = (TruncationStrategy)Math.Max(reader[TableField.FileTruncation], 0);
        var padding = (PaddingStrategy)Math.Max(reader[TableField.FilePadding], 0);
        if (truncation == TruncationStrategy.DoNotTruncate && padding == PaddingStrategy.DoNotPad)
        {
            return null;
        }

        return new EncodingOptions
        {
            Truncation = truncation,
            MaxLength = truncation == TruncationStrategy.DoNotTruncate ? null : reader[TableField.FileMaxLength],
            Stride = Math.Max(reader[TableField.FileStride], 0),
            TruncationSide = reader[TableField.FileTruncatesLeft] > 0 ? TextSide.Left : TextSide.Right,
            Padding = padding,
            PadToLength = padding == PaddingStrategy.MaxLength ? reader[TableField.FilePadLength] : null,
            PadToMultipleOf = Math.Max(reader[TableField.FilePadMultiple], 0),
            PaddingSide = reader[TableField.FilePadsLeft] > 0 ? TextSide.Left : TextSide.Right,
            PadTokenId = padding == PaddingStrategy.DoNotPad ? null : reader[TableField.FilePadId],
            PadTokenTypeId = padding == PaddingStrategy.DoNotPad ? null : reader[TableField.FilePadTypeId],
        };
    }

    private void EncodeBatch(ReadOnlySpan<string> texts, ReadOnlySpan<string> pairs, bool isPair, TokenBatch batch, EncodingOptions? options)
    {
        ArgumentNullException.ThrowIfNull(batch);
        options ??= EncodingOptions.Default;
        if (isPair && texts.Length != pairs.Length)
        {
            throw new ArgumentException($"There are {texts.Length} first and {pairs.Length} second texts.", nameof(pairs));
        }

        batch.Begin();
        int longest = 0;
        for (int i = 0; i < texts.Length; i++)
        {
            TokenEncoding encoding = batch.AddSample();
            EncodeUnpadded(new TextSource(texts[i]), isPair ? new TextSource(pairs[i]) : default, encoding, options);
            longest = Math.Max(longest, encoding.Count);
        }

        for (int i = 0; i < texts.Length; i++)
        {
            Pad(batch.Sample(i), longest, options);
        }

        batch.End();
    }

    private void Encode(TextSource text, TextSource pair, TokenEncoding encoding, EncodingOptions? options)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        options ??= EncodingOptions.Default;
        EncodeUnpadded(text, pair, encoding, options);
        Pad(encoding, encoding.Count, options);
    }

    private void EncodeUnpadded(TextSource text, TextSource pair, TokenEncoding encoding, EncodingOptions options)
    {
        TokenizerScratch scratch = TokenizerScratch.Current;
        try
        {
            Trace(text, scratch.First, options, scratch);
            bool isPair = pair.Kind != TextSourceKind.None;
            if (isPair)
            {
                Trace(pair, scratch.Second, options, scratch);
            }

            Assemble(scratch.First, isPair ? scratch.Second : null, encoding, options);
        }
        finally
        {
            scratch.First.Clear();
            scratch.Second.Clear();
            scratch.End();
        }

        GC.KeepAlive(this);
    }

    private void Trace(TextSource source, TracedTokens tokens, EncodingOptions options, TokenizerScratch scratch)
    {
        tokens.Clear();
        scratch.WordCount = 0;
        switch (source.Kind)
        {
            case TextSourceKind.Utf16:
                Trace(source.Utf16, tokens, options, scratch);
                break;
            case TextSourceKind.Utf8:
                Trace(source.Utf8, tokens, options, scratch);
                break;
            default:
                for (int i = 0; i < source.Words.Length; i++)
                {
                    int first = tokens.Count;
                    Trace(source.Words[i], tokens, options, scratch);
                    foreach (ref TracedToken token in tokens.Span[first..])
                    {
                        token.Word = i;
                    }
                }

                break;
        }
    }

    private void Trace(ReadOnlySpan<char> text, TracedTokens tokens, EncodingOptions options, TokenizerScratch scratch)
    {
        int length = Utf8Text.FromUtf16(text, ref scratch.Text);
        Trace(scratch.Text.Pointer, length, default, tokens, options, scratch);
    }

    private void Trace(ReadOnlySpan<byte> utf8, TracedTokens tokens, EncodingOptions options, TokenizerScratch scratch)
    {
        if (Utf8.IsValid(utf8))
        {
            fixed (byte* text = utf8)
            {
                Trace(text, utf8.Length, default, tokens, options, scratch);
            }

            return;
        }

        PieceList valid = scratch.Pieces0;
        valid.Clear();
        Utf8Text.AppendValid(utf8, valid);
        fixed (byte* text = valid.Bytes)
        {
            Trace(text, valid.Length, utf8, tokens, options, scratch);
        }
    }

    private void Trace(byte* text, int length, ReadOnlySpan<byte> given, TracedTokens tokens, EncodingOptions options, TokenizerScratch scratch)
    {
        int first = tokens.Count;
        scratch.BeginTracing(tokens, text);
        EncodeText(text, length, options.SplitSpecialTokens, scratch);
        OffsetConverter.Convert(tokens.Span[first..], new ReadOnlySpan<byte>(text, length), options.OffsetUnit, given);
    }

    private void Assemble(TracedTokens first, TracedTokens? second, TokenEncoding encoding, EncodingOptions options)
    {
        (Windows windows, Windows others) = (Windows.Whole(first.Count), Windows.Whole(second?.Count ?? 0));
        if (options.Truncation != TruncationStrategy.DoNotTruncate)
        {
            int room = options.MaxLength is { } length and >= 0
                ? length
                : throw new ArgumentException("Truncation needs a maximum length that is not negative.", nameof(options));
            room -= options.AddSpecialTokens ? second is null ? postProcessor.SpecialsOfSingle : postProcessor.SpecialsOfPair : 0;

            // with less room than the special tokens need the reference truncates nothing
            if (room >= 0)
            {
                bool fromEnd = (options.TruncationSide ?? TextSide.Right) == TextSide.Left;
                (windows, others) = Windows.Truncate(first.Count, second?.Count, room, options, fromEnd);
            }
        }

        // the order of Encoding::merge_with, by the template's order: all windows but the first of what stands first, with each of the
        // other's, then its first window
        Fill(encoding, first, windows[0], second, others[0], (true, true), options);
        bool swapped = second is not null && postProcessor.SecondComesFirst;
        int outer = swapped ? others.Count : windows.Count;
        int inner = swapped ? windows.Count : others.Count;
        for (int n = 1; n <= outer; n++)
        {
            int i = n % outer;
            for (int j = i == 0 ? 1 : 0; j < inner; j++)
            {
                (int a, int b) = swapped ? (j, i) : (i, j);
                Fill(encoding.AddOverflow(), first, windows[a], second, others[b], (a == 0, b == 0), options);
            }
        }
    }

    private void Fill(TokenEncoding encoding, TracedTokens first, (int Start, int End) part, TracedTokens? second, (int Start, int End) other,
        (bool First, bool Second) windows, EncodingOptions options)
    {
        TemplatePiece[] pieces = second is null ? postProcessor.Single : postProcessor.Pair;
        encoding.Begin(this, part.End - part.Start + other.End - other.Start + pieces.Length);
        foreach (TemplatePiece piece in pieces)
        {
            switch (piece.Kind)
            {
                case TemplatePieceKind.First:
                    encoding.Add(first, part.Start, part.End, postProcessor.TypeOf(piece, windows.First), 0, postProcessor.Trim);
                    break;
                case TemplatePieceKind.Second:
                    encoding.Add(second!, other.Start, other.End, postProcessor.TypeOf(piece, windows.Second), 1, postProcessor.Trim);
                    break;
                default:
                    if (options.AddSpecialTokens)
                    {
                        encoding.AddSpecial(piece.Id, piece.TypeId);
                    }

                    break;
            }
        }
    }

    private void Pad(TokenEncoding encoding, int longest, EncodingOptions options)
    {
        if (options.Padding == PaddingStrategy.DoNotPad)
        {
            return;
        }

        int length = options.Padding == PaddingStrategy.Longest
            ? longest
            : options.PadToLength ?? options.MaxLength ?? throw new ArgumentException("Padding to a length needs one.", nameof(options));
        if (options.PadToMultipleOf > 0 && length % options.PadToMultipleOf is > 0 and var rest)
        {
            length = checked(length + options.PadToMultipleOf - rest);
        }

        bool isLeft = (options.PaddingSide ?? PaddingSide) == TextSide.Left;
        int id = options.PadTokenId ?? PadTokenId ?? throw new ArgumentException("Padding needs a token, and the tokenizer names none.", nameof(options));
        encoding.Pad(length, isLeft, id, options.PadTokenTypeId ?? PadTokenTypeId);
    }

    private enum TextSourceKind
    {
        None,
        Utf16,
        Utf8,
        Words,
    }

    private readonly ref struct TextSource
    {
        public readonly TextSourceKind Kind;
        public readonly ReadOnlySpan<char> Utf16;
        public readonly ReadOnlySpan<byte> Utf8;
        public readonly ReadOnlySpan<string> Words;

        public TextSource(ReadOnlySpan<char> text)
        {
            Kind = TextSourceKind.Utf16;
            Utf16 = text;
        }

        public TextSource(ReadOnlySpan<byte> text)
        {
            Kind = TextSourceKind.Utf8;
            Utf8 = text;
        }

        public TextSource(ReadOnlySpan<string> words)
        {
            Kind = TextSourceKind.Words;
            Words = words;
        }
    }
}
