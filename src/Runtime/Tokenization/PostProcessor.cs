using System;

namespace Kiln.Tokenization;

/// <summary>What is put around texts, and what becomes of their type ids and offsets.</summary>
internal sealed class PostProcessor
{
    private static readonly TemplatePiece[] PlainSingle = [new(TemplatePieceKind.First, 0, 0)];
    private static readonly TemplatePiece[] PlainPair = [new(TemplatePieceKind.First, 0, 0), new(TemplatePieceKind.Second, 1, 0)];

    private readonly bool typesAllWindows;

    /// <summary>The steps of a table: at most one of each kind.</summary>
    public PostProcessor(TablePart part)
    {
        for (var reader = new StepReader(part); reader.Next();)
        {
            switch ((PostProcessorKind)reader.Kind)
            {
                case PostProcessorKind.Template:
                    typesAllWindows = reader.Int32() != 0;
                    Single = Read(ref reader);
                    Pair = Read(ref reader);
                    break;
                case PostProcessorKind.TrimOffsets:
                    Trim = new TrimOffsets(reader.Int32() != 0);
                    break;
                default:
                    throw TableReader.Corrupt("post-processor");
            }
        }

        SpecialsOfSingle = Array.FindAll(Single, static piece => piece.Kind == TemplatePieceKind.Special).Length;
        SpecialsOfPair = Array.FindAll(Pair, static piece => piece.Kind == TemplatePieceKind.Special).Length;
    }

    /// <summary>The pieces of one text's encoding.</summary>
    public TemplatePiece[] Single { get; } = PlainSingle;

    /// <summary>The pieces of a pair's encoding.</summary>
    public TemplatePiece[] Pair { get; } = PlainPair;

    /// <summary>What becomes of offsets; null for nothing.</summary>
    public TrimOffsets? Trim { get; }

    /// <summary>Number of special tokens that one text gets.</summary>
    public int SpecialsOfSingle { get; }

    /// <summary>Number of special tokens that a pair gets.</summary>
    public int SpecialsOfPair { get; }

    /// <summary>Whether a pair's template has its second text before the first.</summary>
    public bool SecondComesFirst =>
        Array.FindIndex(Pair, static piece => piece.Kind == TemplatePieceKind.Second) < Array.FindIndex(Pair, static piece => piece.Kind == TemplatePieceKind.First);

    /// <summary>The type id of a text's tokens: the reference's templates set only that of its first window.</summary>
    public int TypeOf(TemplatePiece piece, bool isFirstWindow) =>
        isFirstWindow || typesAllWindows ? piece.TypeId : piece.Kind == TemplatePieceKind.Second ? 1 : 0;

    private static TemplatePiece[] Read(ref StepReader reader)
    {
        int count = reader.Int32();
        if (count < 0 || count > reader.Rest.Length / 12)
        {
            throw TableReader.Corrupt("post-processor");
        }

        var pieces = new TemplatePiece[count];
        for (int i = 0; i < count; i++)
        {
            pieces[i] = new TemplatePiece((TemplatePieceKind)reader.Int32(), reader.Int32(), reader.Int32());
        }

        return pieces;
    }
}

/// <summary>A piece of a template.</summary>
/// <param name="Kind">What stands there.</param>
/// <param name="TypeId">Its type id.</param>
/// <param name="Id">The token, if it is one.</param>
internal readonly record struct TemplatePiece(TemplatePieceKind Kind, int TypeId, int Id);

/// <summary>
/// <c>trim_offsets</c>: blanks at the ends of a token do not count. Follows <c>process_offsets</c>
/// (tokenizers/src/pre_tokenizers/byte_level.rs).
/// </summary>
internal sealed class TrimOffsets(bool addPrefixSpace)
{
    /// <summary>Trims.</summary>
    /// <param name="range">A token's offsets.</param>
    /// <param name="bytes">The bytes that it stands for, where blanks are those of ASCII, or its text.</param>
    /// <param name="isText">Whether it is its text.</param>
    /// <param name="isFirst">Whether it is the first of its window.</param>
    public TextRange Apply(TextRange range, ReadOnlySpan<byte> bytes, bool isText, bool isFirst)
    {
        int leading;
        int trailing;
        if (!isText)
        {
            leading = bytes.IndexOfAnyExcept((byte)' ');
            leading = leading < 0 ? bytes.Length : leading;
            trailing = bytes.Length - 1 - bytes.LastIndexOfAnyExcept((byte)' ');
        }
        else
        {
            leading = CountLeading(bytes);
            trailing = CountTrailing(bytes);
        }

        int start = range.Start;
        int end = range.End;
        if (leading > 0)
        {
            // the one blank that was put before the text has no place in it
            bool isPrefix = addPrefixSpace && leading == 1 && (isFirst || start == 0);
            start = isPrefix ? start : Math.Min(start + leading, end);
        }

        if (trailing > 0 && end >= trailing)
        {
            end = Math.Max(end - trailing, start);
        }

        return new TextRange(start, end);
    }

    private static unsafe int CountLeading(ReadOnlySpan<byte> text)
    {
        int count = 0;
        fixed (byte* start = text)
        {
            byte* end = start + text.Length;
            for (byte* p = start; p < end && IsBlank(p, end, out int bytes); p += bytes)
            {
                count++;
            }
        }

        return count;
    }

    private static unsafe int CountTrailing(ReadOnlySpan<byte> text)
    {
        int count = 0;
        fixed (byte* start = text)
        {
            for (byte* end = start + text.Length; end > start;)
            {
                byte* p = end - 1;
                while (p > start && (*p & 0xC0) == 0x80)
                {
                    p--;
                }

                if (!IsBlank(p, end, out _))
                {
                    break;
                }

                count++;
                end = p;
            }
        }

        return count;
    }

    private static unsafe bool IsBlank(byte* p, byte* end, out int bytes) =>
        (CharacterClasses.At(p, end, out bytes) & CharacterClass.Space) != 0 || (bytes == 2 && p[0] == 0xC4 && p[1] == 0xA0);
}
