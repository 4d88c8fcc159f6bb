using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kiln.Tokenization;

/// <summary>
/// A number for each code point: for each <see cref="TableFormat.BlockLength"/> code points the number of their block, then the
/// blocks, two bytes each.
/// </summary>
internal readonly unsafe struct CharacterTable
{
    private readonly byte* index;
    private readonly byte* blocks;

    /// <summary>Takes a table off a step's content.</summary>
    public CharacterTable(ref StepReader content)
    {
        int blockCount = content.Int32();
        index = content.Take(TableFormat.BlockCount * 2L);
        blocks = content.Take(2L * TableFormat.BlockLength * Math.Max(blockCount, 0));
        for (int i = 0; i < TableFormat.BlockCount; i++)
        {
            if (Unsafe.ReadUnaligned<ushort>(index + (2 * i)) >= blockCount)
            {
                throw TableReader.Corrupt("normalizer");
            }
        }
    }

    /// <summary>A code point's number; 0 for what is none, as a damaged table can make it.</summary>
    public int this[int codePoint]
    {
        get
        {
            if ((uint)codePoint >= TableFormat.BlockCount * TableFormat.BlockLength)
            {
                return 0;
            }

            int block = Unsafe.ReadUnaligned<ushort>(index + (2 * (codePoint / TableFormat.BlockLength)));
            return Unsafe.ReadUnaligned<ushort>(blocks + (2 * ((block * TableFormat.BlockLength) + (codePoint % TableFormat.BlockLength))));
        }
    }
}

/// <summary>What becomes of each character by itself; a step's content.</summary>
internal sealed unsafe class CharacterMap
{
    private readonly CharacterTable table;
    private readonly byte* entries;
    private readonly int entryCount;
    private readonly byte* pool;
    private readonly int poolLength;

    // for ASCII: the character that it becomes; Deleted, or Other for what takes more than that
    private readonly byte[] ascii = new byte[128];

    /// <summary>Takes a map off a step's content.</summary>
    public CharacterMap(ref StepReader content)
    {
        table = new CharacterTable(ref content);
        entryCount = content.Int32();
        entries = content.Take(4L * entryCount);
        poolLength = content.Int32();
        pool = content.Take(poolLength);
        KeepsAscii = true;
        for (int i = 0; i < ascii.Length; i++)
        {
            int value = table[i];
            ReadOnlySpan<byte> text = value >= TableFormat.FirstEntry ? Entry(value) : default;
            ascii[i] = value switch
            {
                TableFormat.Same => (byte)i,
                TableFormat.Deleted => Deleted,
                _ => text.Length == 1 && text[0] < 0x80 ? text[0] : Other,
            };
            KeepsAscii &= ascii[i] == i;
        }
    }

    /// <summary>In <see cref="Ascii"/>: nothing is left.</summary>
    public const byte Deleted = 0xFF;

    /// <summary>In <see cref="Ascii"/>: not a single ASCII character.</summary>
    public const byte Other = 0xFE;

    /// <summary>What ASCII characters become.</summary>
    public ReadOnlySpan<byte> Ascii => ascii;

    /// <summary>Whether ASCII stays what it is.</summary>
    public bool KeepsAscii { get; }

    /// <summary>What <see cref="TableFormat"/> says of a character: kept, deleted, ..., or the number of an entry.</summary>
    public int this[int codePoint] => table[codePoint];

    /// <summary>The text of an entry.</summary>
    public ReadOnlySpan<byte> Entry(int value)
    {
        int number = value - TableFormat.FirstEntry;
        if ((uint)number >= (uint)entryCount)
        {
            return default;
        }

        uint entry = Unsafe.ReadUnaligned<uint>(entries + (4L * number));
        int start = (int)(entry >> TableFormat.EntryLengthBits);
        int length = (int)(entry & ((1u << TableFormat.EntryLengthBits) - 1));
        return start + length <= poolLength ? new ReadOnlySpan<byte>(pool + start, length) : default;
    }

    /// <summary>Appends what becomes of a character.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="text">Its bytes.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="target">Gets the result.</param>
    public void Append(int value, byte* text, int bytes, ByteRange* origin, ref AlignedBuffer target)
    {
        switch (value)
        {
            case TableFormat.Same:
                target.Copy(text, bytes, origin);
                break;
            case TableFormat.Deleted or TableFormat.Dropped:
                break;
            case TableFormat.Padded:
                target.Append((byte)' ', origin);
                target.Copy(text, bytes, origin);
                target.Append((byte)' ', origin);
                break;
            case TableFormat.HangulSyllable:
                int syllable = Utf8Text.Decode(text, text + bytes, out _) - Hangul.First;
                target.AppendCharacter(Hangul.FirstLeading + (syllable / Hangul.PerLeading), origin);
                target.AppendCharacter(Hangul.FirstVowel + (syllable % Hangul.PerLeading / Hangul.PerVowel), origin);
                if (syllable % Hangul.PerVowel is > 0 and var trailing)
                {
                    target.AppendCharacter(Hangul.BeforeTrailing + trailing, origin);
                }

                break;
            default:
                target.Append(Entry(value), origin);
                break;
        }
    }

    /// <summary>Appends what becomes of the ASCII characters that a text starts with; stops before one that needs more.</summary>
    /// <returns>How many there were.</returns>
    public int AppendAscii(byte* text, int length, ByteRange* origins, ref AlignedBuffer target)
    {
        fixed (byte* map = ascii)
        {
            return target.AppendMapped(text, length, origins, map);
        }
    }
}

/// <summary>The numbers of the Hangul algorithm (The Unicode Standard, 3.12).</summary>
internal static class Hangul
{
    public const int First = 0xAC00;
    public const int Last = 0xD7A3;
    public const int FirstLeading = 0x1100;
    public const int FirstVowel = 0x1161;

    /// <summary>A syllable without a trailing consonant has number 0 of these.</summary>
    public const int BeforeTrailing = 0x11A7;
    public const int Leadings = 19;
    public const int Vowels = 21;
    public const int PerVowel = 28;
    public const int PerLeading = Vowels * PerVowel;

    /// <summary>The syllable of two parts, or -1.</summary>
    public static int Compose(int first, int second)
    {
        if ((uint)(first - FirstLeading) < Leadings && (uint)(second - FirstVowel) < Vowels)
        {
            return First + ((first - FirstLeading) * PerLeading) + ((second - FirstVowel) * PerVowel);
        }

        return first is >= First and <= Last && (first - First) % PerVowel == 0 && second is > BeforeTrailing and < BeforeTrailing + PerVowel
            ? first + second - BeforeTrailing
            : -1;
    }
}
