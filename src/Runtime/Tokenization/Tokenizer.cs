using System;
using System.Buffers;
using System.IO;
using System.Text;
using System.Text.Unicode;
using Kiln.Tokenization;

namespace Kiln;

/// <summary>
/// A tokenizer compiled at build from a checkpoint's <c>tokenizer.json</c>: text to token ids and back, exactly as Hugging Face's
/// <c>tokenizers</c> 0.22. Has no state of its own, so any number of threads may use it at once; each thread has working memory
/// that is kept between calls, so nothing is allocated on the garbage collector's heap once that is large enough (the methods
/// that return a string or an array allocate just that).
/// </summary>
/// <remarks>Lone surrogates and invalid UTF-8 count as U+FFFD.</remarks>
public sealed unsafe partial class Tokenizer
{
    private readonly byte[]? owned;
    private readonly TokenTable tokens;
    private readonly AddedTokenMatcher? rawTokens;
    private readonly AddedTokenMatcher? normalizedTokens;
    private readonly NormalizerStep[] normalizers;
    private readonly PieceSink words;
    private readonly PostProcessor postProcessor;
    private readonly DecoderStep[] decoders;
    private readonly DecoderStep[] wholeDecoders;
    private readonly bool decodesStoredBytes;
    private readonly EncodingOptions? fileOptions;

    private Tokenizer(byte* table, long length, TokenizerComponents components, byte[]? owned)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Compiled tokenizers are little-endian.");
        }

        this.owned = owned;
        var reader = new TableReader(table, length);
        ContentHash = reader.ContentHash;
        tokens = new TokenTable(reader);
        PieceSink model = components.Model(reader[TableField.ModelKind])(in reader, tokens);
        words = PieceSink.CreateChain(reader.Section(TableSection.PreTokenizer), components, model);
        normalizers = NormalizerStep.Create(reader.Section(TableSection.Normalizer), components);
        postProcessor = new PostProcessor(reader.Section(TableSection.PostProcessor));
        decoders = DecoderStep.Create(reader.Section(TableSection.Decoder), components);
        wholeDecoders = reader.Section(TableSection.WholeDecoder) is { Length: > 0 } whole ? DecoderStep.Create(whole, components) : [];
        decodesStoredBytes = tokens.IsByteLevel && decoders[0].JoinsBytes;
        TablePart added = reader.Section(TableSection.AddedTokens);
        rawTokens = AddedTokenMatcher.Create(reader.Section(TableSection.RawTrie), added);
        normalizedTokens = AddedTokenMatcher.Create(reader.Section(TableSection.NormalizedTrie), added);
        VocabularySize = reader.Checked(TableField.VocabularySize, 0, int.MaxValue);
        BosTokenId = SpecialId(reader, TableField.BosTokenId);
        EosTokenId = SpecialId(reader, TableField.EosTokenId);
        UnkTokenId = SpecialId(reader, TableField.UnkTokenId);
        PadTokenId = SpecialId(reader, TableField.PadTokenId);
        SepTokenId = SpecialId(reader, TableField.SepTokenId);
        ClsTokenId = SpecialId(reader, TableField.ClsTokenId);
        MaskTokenId = SpecialId(reader, TableField.MaskTokenId);
        fileOptions = ReadFileOptions(reader);
        PaddingSide = reader[TableField.PadsLeft] > 0 ? TextSide.Left : TextSide.Right;
        PadTokenTypeId = Math.Max(reader[TableField.PadTokenTypeId], 0);
    }

    /// <summary>
    /// The hash that the compiler wrote into the table: tells whether a side file is the one that a binary was built with. Loading
    /// does not recompute it, as that would read the whole table.
    /// </summary>
    public ulong ContentHash { get; }

    /// <summary>Number of tokens, added ones included. Ids may have gaps, so there can be larger ones.</summary>
    public int VocabularySize { get; }

    /// <summary>Id of <c>bos_token</c>; null if the checkpoint names none.</summary>
    public int? BosTokenId { get; }

    /// <summary>Id of <c>eos_token</c>; null if the checkpoint names none.</summary>
    public int? EosTokenId { get; }

    /// <summary>Id of <c>unk_token</c>; null if the checkpoint names none.</summary>
    public int? UnkTokenId { get; }

    /// <summary>Id of <c>pad_token</c>; null if the checkpoint names none.</summary>
    public int? PadTokenId { get; }

    /// <summary>Id of <c>sep_token</c>; null if the checkpoint names none.</summary>
    public int? SepTokenId { get; }

    /// <summary>Id of <c>cls_token</c>; null if the checkpoint names none.</summary>
    public int? ClsTokenId { get; }

    /// <summary>Id of <c>mask_token</c>; null if the checkpoint names none.</summary>
    public int? MaskTokenId { get; }

    /// <summary>At which end padding stands where nothing else is asked for (<c>padding_side</c>).</summary>
    public TextSide PaddingSide { get; }

    /// <summary>Type id of padding where nothing else is asked for (<c>pad_token_type_id</c>).</summary>
    public int PadTokenTypeId { get; }

    /// <summary>Uses a table where it lies; nothing is copied.</summary>
    /// <param name="table">The table that the compiler made, at any alignment. It must outlive the tokenizer and not change.</param>
    /// <param name="length">Bytes there; more than the table has do no harm.</param>
    /// <exception cref="InvalidDataException">It is no table, of another version, truncated or corrupt.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="table"/> is null.</exception>
    public static Tokenizer Load(byte* table, long length) => Load(table, length, TokenizerComponents.All);

    /// <summary>As <see cref="Load(byte*, long)"/>, by generated code: with just the components that the table names.</summary>
    /// <param name="table">The table that the compiler made, at any alignment. It must outlive the tokenizer and not change.</param>
    /// <param name="length">Bytes there; more than the table has do no harm.</param>
    /// <param name="components">What the table may use.</param>
    /// <exception cref="InvalidDataException">It is no table, of another version, truncated, corrupt, or uses other components.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="table"/> or <paramref name="components"/> is null.</exception>
    public static Tokenizer Load(byte* table, long length, TokenizerComponents components)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(components);
        return new Tokenizer(table, length, components, null);
    }

    /// <summary>Uses a table that is embedded in an assembly, where it lies; called by generated code.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="name">Name of the resource.</param>
    /// <param name="components">What the table may use.</param>
    /// <exception cref="FileNotFoundException">The assembly has no such resource.</exception>
    /// <exception cref="InvalidDataException">It is no table, of another version, truncated, corrupt, or uses other components.</exception>
    /// <exception cref="ArgumentNullException">One of them is null.</exception>
    public static Tokenizer LoadResource(System.Reflection.Assembly assembly, string name, TokenizerComponents components)
    {
        ArgumentNullException.ThrowIfNull(assembly);

        // the stream holds no memory of its own: the resource lives as long as the assembly is loaded
        return assembly.GetManifestResourceStream(name) switch
        {
            UnmanagedMemoryStream stream => Load(stream.PositionPointer, stream.Length, components),
            null => throw new FileNotFoundException($"The resource {name} is not in the assembly {assembly.GetName().Name}.", name),
            _ => throw new InvalidDataException($"The resource {name} is not in memory."),
        };
    }

    /// <summary>Copies a table and uses the copy.</summary>
    /// <param name="table">The table that the compiler made.</param>
    /// <exception cref="InvalidDataException">It is no table, of another version, truncated or corrupt.</exception>
    public static Tokenizer Load(ReadOnlySpan<byte> table)
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(Math.Max(table.Length, 1), pinned: true);
        table.CopyTo(copy);
        fixed (byte* start = copy)
        {
            return new Tokenizer(start, table.Length, TokenizerComponents.All, copy);
        }
    }

    /// <summary>The id of a token's text as <c>tokenizer.json</c> spells it (<c>Ġthe</c>); null if there is none. Searches all tokens.</summary>
    public int? TokenToId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        int? id = tokens.Find(token);
        GC.KeepAlive(this);
        return id;
    }

    /// <summary>A token's text as <c>tokenizer.json</c> spells it; null for an id that does not exist.</summary>
    public string? IdToToken(int id)
    {
        string? text = tokens.Text(id);
        GC.KeepAlive(this);
        return text;
    }

    /// <summary>Number of ids that <see cref="TryEncode(ReadOnlySpan{char}, Span{int}, out int, bool)"/> would write.</summary>
    /// <exception cref="ArgumentException">The text, or its normalized form, has 2 GB or more as UTF-8.</exception>
    public int CountTokens(ReadOnlySpan<char> text, bool addSpecialTokens = true)
    {
        TryEncode(text, default, out int count, addSpecialTokens);
        return count;
    }

    /// <summary>Encodes UTF-16.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ids">Gets the ids.</param>
    /// <param name="written">How many there are; more than <paramref name="ids"/> has room for if the result is false.</param>
    /// <param name="addSpecialTokens">Whether to add what the post-processor adds, as <c>bos_token</c>.</param>
    /// <returns>Whether there was room for all.</returns>
    /// <exception cref="ArgumentException">The text, or its normalized form, has 2 GB or more as UTF-8.</exception>
    public bool TryEncode(ReadOnlySpan<char> text, Span<int> ids, out int written, bool addSpecialTokens = true)
    {
        TokenizerScratch scratch = TokenizerScratch.Current;
        fixed (int* target = ids)
        {
            scratch.Begin(target, ids.Length);
            int length = Utf8Text.FromUtf16(text, ref scratch.Text);
            Encode(scratch.Text.Pointer, length, addSpecialTokens, scratch);
            written = scratch.Count;
            scratch.End();
        }

        return written <= ids.Length;
    }

    /// <summary>Encodes UTF-8.</summary>
    /// <inheritdoc cref="TryEncode(ReadOnlySpan{char}, Span{int}, out int, bool)"/>
    /// <param name="utf8">The text.</param>
    /// <param name="ids">Gets the ids.</param>
    /// <param name="written">How many there are; more than <paramref name="ids"/> has room for if the result is false.</param>
    /// <param name="addSpecialTokens">Whether to add what the post-processor adds, as <c>bos_token</c>.</param>
    public bool TryEncode(ReadOnlySpan<byte> utf8, Span<int> ids, out int written, bool addSpecialTokens = true)
    {
        TokenizerScratch scratch = TokenizerScratch.Current;
        fixed (int* target = ids)
        {
            scratch.Begin(target, ids.Length);
            if (Utf8.IsValid(utf8))
            {
                fixed (byte* text = utf8)
                {
                    Encode(text, utf8.Length, addSpecialTokens, scratch);
                }
            }
            else
            {
                PieceList valid = scratch.Pieces0;
                valid.Clear();
                Utf8Text.AppendValid(utf8, valid);
                fixed (byte* text = valid.Bytes)
                {
                    Encode(text, valid.Length, addSpecialTokens, scratch);
                }
            }

            written = scratch.Count;
            scratch.End();
        }

        return written <= ids.Length;
    }

    /// <summary>Encodes UTF-16 into a new array.</summary>
    /// <param name="text">The text.</param>
    /// <param name="addSpecialTokens">Whether to add what the post-processor adds, as <c>bos_token</c>.</param>
    /// <exception cref="ArgumentException">The text, or its normalized form, has 2 GB or more as UTF-8.</exception>
    public int[] Encode(string text, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        TokenizerScratch scratch = TokenizerScratch.Current;
        scratch.BeginGrowing();
        int length = Utf8Text.FromUtf16(text, ref scratch.Text);
        Encode(scratch.Text.Pointer, length, addSpecialTokens, scratch);
        int[] ids = scratch.Ids.ToArray();
        scratch.End();
        return ids;
    }

    /// <summary>Decodes into a new string. Nothing is cleaned up (<c>clean_up_tokenization_spaces</c>).</summary>
    /// <param name="ids">Token ids; those that do not exist are left out.</param>
    /// <param name="skipSpecialTokens">Whether to leave out special tokens.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        TokenizerScratch scratch = TokenizerScratch.Current;
        string text = Encoding.UTF8.GetString(DecodeWhole(ids, skipSpecialTokens, scratch));
        scratch.End();
        GC.KeepAlive(this);
        return text;
    }

    /// <summary>Decodes into the caller's memory.</summary>
    /// <param name="ids">Token ids; those that do not exist are left out.</param>
    /// <param name="text">Gets the text.</param>
    /// <param name="written">How many characters were written: the whole text, or 0 if it has no room.</param>
    /// <param name="skipSpecialTokens">Whether to leave out special tokens.</param>
    /// <returns>Whether there was room for all.</returns>
    public bool TryDecode(ReadOnlySpan<int> ids, Span<char> text, out int written, bool skipSpecialTokens = false)
    {
        TokenizerScratch scratch = TokenizerScratch.Current;
        OperationStatus status = Utf8.ToUtf16(DecodeWhole(ids, skipSpecialTokens, scratch), text, out _, out written);
        scratch.End();
        GC.KeepAlive(this);
        written = status == OperationStatus.Done ? written : 0;
        return status == OperationStatus.Done;
    }

    /// <summary>A decoder for one stream of tokens.</summary>
    /// <param name="skipSpecialTokens">Whether to leave out special tokens.</param>
    public TokenDecoder CreateDecoder(bool skipSpecialTokens = false) => new(this, skipSpecialTokens);

    /// <summary>Whether a decoder leaves a token out.</summary>
    internal bool IsSkipped(int id, bool skipSpecialTokens) =>
        (tokens.Flags(id) & (TokenFlags.Absent | (skipSpecialTokens ? TokenFlags.Special : 0))) != 0;

    /// <summary>Decodes into the thread's working memory: valid until its next use.</summary>
    internal ReadOnlySpan<byte> Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens, TokenizerScratch scratch)
    {
        PieceList source = scratch.Pieces0;
        PieceList target = scratch.Pieces1;
        source.Clear();
        foreach (int id in ids)
        {
            if (IsSkipped(id, skipSpecialTokens))
            {
                continue;
            }

            if (decodesStoredBytes)
            {
                source.Append(tokens.Bytes(id));
            }
            else
            {
                tokens.AppendText(id, source);
            }
        }

        for (int i = 0; i < decoders.Length; i++)
        {
            target.Clear();
            if (i == 0 && decodesStoredBytes)
            {
                DecoderStep.ToText(source, target);
            }
            else
            {
                decoders[i].Apply(source, target);
            }

            (source, target) = (target, source);
        }

        return source.Bytes;
    }

    /// <summary>As <see cref="Decode(ReadOnlySpan{int}, bool, TokenizerScratch)"/>, with what is done to whole texts only.</summary>
    private ReadOnlySpan<byte> DecodeWhole(ReadOnlySpan<int> ids, bool skipSpecialTokens, TokenizerScratch scratch)
    {
        ReadOnlySpan<byte> text = Decode(ids, skipSpecialTokens, scratch);
        if (wholeDecoders.Length == 0)
        {
            return text;
        }

        (PieceList source, PieceList target) = decoders.Length % 2 == 0 ? (scratch.Pieces0, scratch.Pieces1) : (scratch.Pieces1, scratch.Pieces0);
        source.Join();
        foreach (DecoderStep step in wholeDecoders)
        {
            target.Clear();
            step.Apply(source, target);
            (source, target) = (target, source);
        }

        return source.Bytes;
    }

    private static int? SpecialId(TableReader reader, TableField field) => reader[field] is >= 0 and var id ? id : null;

    private void Encode(byte* text, int length, bool addSpecialTokens, TokenizerScratch scratch)
    {
        foreach (TemplatePiece piece in postProcessor.Single)
        {
            if (piece.Kind == TemplatePieceKind.First)
            {
                EncodeText(text, length, false, scratch);
            }
            else if (addSpecialTokens)
            {
                scratch.Emit(piece.Id);
            }
        }

        GC.KeepAlive(this);
    }

    private void EncodeText(byte* text, int length, bool splitsSpecial, TokenizerScratch scratch)
    {
        if (rawTokens is null)
        {
            EncodeSegment(text, length, true, splitsSpecial, scratch);
            return;
        }

        for (AddedTokenMatcher.Scan scan = rawTokens.Search(text, length, splitsSpecial); scan.Next();)
        {
            EncodeSegment(text + scan.Start, scan.End - scan.Start, scan.Start == 0, splitsSpecial, scratch);
            EmitAdded(in scan, text, scratch);
        }
    }

    private void EncodeSegment(byte* text, int length, bool atStart, bool splitsSpecial, TokenizerScratch scratch)
    {
        OriginMap? origins = scratch.Origins;
        OriginMap.View view = origins is null ? default : origins.Current;
        var aligned = new AlignedText { Text = text, Length = length };
        if (origins is not null && normalizers.Length > 0)
        {
            aligned = AlignedText.Original(text, length, view.Start(text), ref scratch.Originals);
        }

        bool odd = false;
        for (int i = 0; i < normalizers.Length && aligned.Length > 0; i++)
        {
            normalizers[i].Apply(ref aligned, ref odd ? ref scratch.Normalized1 : ref scratch.Normalized0);

            // what a step leaves as it is must not be written over by the next one
            odd = scratch.Normalized0.Contains(aligned.Text);
        }

        if (aligned.Ranges != null)
        {
            origins!.Current = new OriginMap.View(aligned.Text, aligned.Ranges);
        }

        EncodeNormalized(aligned.Text, aligned.Length, atStart, splitsSpecial, scratch);
        if (origins is not null)
        {
            origins.Current = view;
        }
    }

    private void EncodeNormalized(byte* text, int length, bool atStart, bool splitsSpecial, TokenizerScratch scratch)
    {
        if (normalizedTokens is null)
        {
            EncodePiece(text, length, atStart, scratch);
            return;
        }

        for (AddedTokenMatcher.Scan scan = normalizedTokens.Search(text, length, splitsSpecial); scan.Next();)
        {
            EncodePiece(text + scan.Start, scan.End - scan.Start, atStart && scan.Start == 0, scratch);
            EmitAdded(in scan, text, scratch);
        }
    }

    private void EncodePiece(byte* text, int length, bool atStart, TokenizerScratch scratch)
    {
        if (length > 0)
        {
            words.Accept(text, length, atStart, scratch);
        }
    }

    private static void EmitAdded(in AddedTokenMatcher.Scan scan, byte* text, TokenizerScratch scratch)
    {
        if (scan.Id >= 0)
        {
            scratch.WordCount++;
            scratch.EmitShown(scan.Id, text + scan.TokenStart, scan.TokenEnd - scan.TokenStart);
        }
    }
}
