using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kiln.Tokenization;

/// <summary>
/// Runs a compiled pattern, described by <see cref="PatternFormat"/>, where it lies in the table. What it reads of the table is checked
/// as it is used.
/// </summary>
internal sealed unsafe class PatternMatcher
{
    /// <summary>A place in so many bytes is remembered if a run that met no further match came by: it is not worth a second look.</summary>
    private const int MemoryStride = 8;

    private const int LongestCharacter = 4;

    private readonly bool overBytes;
    private readonly int direct;
    private readonly int edge;
    private readonly byte* classOfByte;
    private readonly byte* index;
    private readonly int indexLength;
    private readonly byte* blocks;
    private readonly int blockCount;
    private readonly TablePart starts;
    private readonly TablePart table;
    private readonly TablePart[] lookAheads;
    private readonly int[] lookAheadStarts;

    /// <summary>Reads a pattern; it must be the rest of the step.</summary>
    public PatternMatcher(ref StepReader content)
    {
        overBytes = content.Int32() != 0;
        direct = overBytes ? 256 : 128;
        edge = content.Int32();
        int count = content.Int32();
        if (edge is <= 0 or > 255 || count is < 0 or > PatternFormat.MaxLookAheads)
        {
            throw TableReader.Corrupt("pattern");
        }

        classOfByte = content.Part(256).Start;
        indexLength = content.Int32();
        blockCount = content.Int32();
        index = content.Part(2L * indexLength).Start;
        blocks = content.Part((long)PatternFormat.BlockLength * blockCount).Start;
        if (!overBytes && (indexLength == 0 || blockCount == 0))
        {
            throw TableReader.Corrupt("pattern");
        }

        starts = content.Numbers();
        table = content.Numbers();
        if (starts.Length != 4 && starts.Length != 4 * (edge + 1))
        {
            throw TableReader.Corrupt("pattern");
        }

        lookAheads = new TablePart[count];
        lookAheadStarts = new int[count];
        for (int i = 0; i < count; i++)
        {
            lookAheadStarts[i] = content.Int32();
            lookAheads[i] = content.Numbers();
        }
    }

    /// <summary>Goes through the matches in a text.</summary>
    /// <param name="text">Valid UTF-8, or bytes.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="memory">For this pattern alone.</param>
    public PatternMatches Matches(byte* text, int length, PatternMemory memory)
    {
        memory.Begin();
        if (lookAheads.Length > 0)
        {
            LookAhead(text, length, memory);
        }

        return new PatternMatches(this, text, length, memory);
    }

    /// <summary>Where the match that starts at a place ends; -1 if there is none.</summary>
    public int Match(byte* text, int length, int start, PatternMemory memory)
    {
        byte* p = text + start;
        byte* end = text + length;
        byte* flags = lookAheads.Length > 0 ? memory.Flags : null;
        byte* last = null;
        byte* limit = text + NextStride(start);
        int row = starts.Int32(starts.Length == 4 ? 0 : SymbolBefore(text, start));
        while (true)
        {
            int symbol = edge;
            int bytes = 1;
            if (p < end)
            {
                int first = *p;
                symbol = first < direct ? classOfByte[first] : Class(p, end, out bytes);
            }

            if (flags is not null)
            {
                symbol += (edge + 1) * flags[p - text];
            }

            int entry = Entry(table, row, symbol);
            last = (entry & 1) != 0 ? p : last;
            row = entry >> 1;
            if (row == 0)
            {
                break;
            }

            p += bytes;
            if (p >= limit)
            {
                byte* since = last is null ? text + start : last;
                limit = text + NextStride((int)(p - text));
                if (p - since > LongestCharacter && !memory.Visit(row, (int)(p - text), (int)(since - text)))
                {
                    break;
                }
            }
        }

        memory.Steps += p - text - start + 1;
        memory.End(last is null ? start : (int)(last - text));
        return last is null ? -1 : (int)(last - text);
    }

    /// <summary>The bytes of the character at a place before the text's end.</summary>
    public int CharacterLength(byte* text, int length, int position)
    {
        int bytes = 1;
        if (text[position] >= direct)
        {
            Utf8Text.Decode(text + position, text + length, out bytes);
        }

        return bytes;
    }

    private static int NextStride(int position) => (position + MemoryStride) & -MemoryStride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Entry(TablePart table, int row, int symbol)
    {
        uint at = (uint)row + (uint)symbol;
        return at < (uint)table.Length >> 2 ? table.Int32((int)at) : 0;
    }

    private int Class(byte* p, byte* end, out int bytes)
    {
        int codePoint = Utf8Text.Decode(p, end, out bytes);
        int block = codePoint >> 8;
        if (block >= indexLength)
        {
            block = indexLength - 1;
        }

        int number = Unsafe.ReadUnaligned<ushort>(index + (2L * block));
        return number < blockCount ? blocks[((long)number << 8) + (codePoint & 0xFF)] : 0;
    }

    /// <summary>The symbol before a place: a class that is too large for its table is none.</summary>
    private int SymbolBefore(byte* text, int position)
    {
        if (position == 0)
        {
            return edge;
        }

        byte* end = text + position;
        byte* p = end - 1;
        if (*p < direct)
        {
            return Math.Min((int)classOfByte[*p], edge);
        }

        while (p > text && end - p < 4 && (*p & 0xC0) == 0x80)
        {
            p--;
        }

        return Math.Min(Class(p, end, out _), edge);
    }

    /// <summary>Finds out for each place which look-aheads hold there, in one pass backwards for each.</summary>
    private void LookAhead(byte* text, int length, PatternMemory memory)
    {
        byte* flags = memory.ReserveFlags(length + 1L);
        new Span<byte>(flags, length + 1).Clear();
        for (int i = 0; i < lookAheads.Length; i++)
        {
            int row = lookAheadStarts[i];
            for (int position = length; position >= 0;)
            {
                int entry = Entry(lookAheads[i], row, SymbolBefore(text, position) + ((edge + 1) * flags[position]));
                flags[position] |= (byte)((entry & 1) << i);
                row = entry >> 1;
                position--;
                while (!overBytes && position > 0 && (text[position] & 0xC0) == 0x80)
                {
                    position--;
                }
            }
        }
    }
}

/// <summary>
/// The matches of a pattern from left to right, not overlapping. A match of no length is not taken where the one before ended; the search
/// goes on behind the next character then. Follows <c>FindMatches</c> of the onig crate, as the reference uses it.
/// </summary>
internal unsafe ref struct PatternMatches(PatternMatcher matcher, byte* text, int length, PatternMemory memory)
{
    private int position;
    private int lastEnd = -1;

    /// <summary>Where the match starts.</summary>
    public int Start { get; private set; }

    /// <summary>Where it ends.</summary>
    public int End { get; private set; }

    /// <summary>Goes to the next match.</summary>
    public bool Next()
    {
        while (position <= length)
        {
            int end = matcher.Match(text, length, position, memory);
            if (end > position || (end == position && end != lastEnd))
            {
                Start = position;
                End = end;
                position = end;
                lastEnd = end;
                return true;
            }

            position += position < length ? matcher.CharacterLength(text, length, position) : 1;
        }

        return false;
    }
}
