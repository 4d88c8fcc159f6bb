using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers.Patterns;

/// <summary>A compiled pattern: writes the table for the runtime, and replaces in strings as the runtime will.</summary>
internal sealed class CompiledPattern
{
    private readonly CharacterPartition partition;
    private readonly MatchAutomaton automaton;
    private readonly LookAheadAutomaton[] lookAheads;

    public CompiledPattern(CharacterPartition partition, MatchAutomaton automaton, LookAheadAutomaton[] lookAheads)
    {
        this.partition = partition;
        this.automaton = automaton;
        this.lookAheads = lookAheads;
    }

    /// <summary>Rows of the automaton.</summary>
    public int RowCount => automaton.Table.Count / automaton.Symbols;

    /// <summary>The table, as <see cref="PatternFormat"/> describes it.</summary>
    /// <param name="overBytes">Whether the text is bytes that stand for GPT-2's 256 characters.</param>
    public byte[] ToTable(bool overBytes)
    {
        var table = new ByteWriter();
        table.Int32(overBytes ? 1 : 0);
        table.Int32(partition.Count);
        table.Int32(lookAheads.Length);
        WriteClasses(table, overBytes);
        bool sameStart = Array.TrueForAll(automaton.Starts, start => start == automaton.Starts[0]);
        table.Int32(sameStart ? 1 : automaton.Starts.Length);
        Array.ForEach(sameStart ? new[] { automaton.Starts[0] } : automaton.Starts, table.Int32);
        WriteTable(table, automaton);
        foreach (LookAheadAutomaton lookAhead in lookAheads)
        {
            table.Int32(lookAhead.Start);
            WriteTable(table, lookAhead);
        }

        return table.ToArray();
    }

    /// <summary>Replaces all matches.</summary>
    public string Replace(string text, string replacement)
    {
        var codePoints = new List<int>();
        for (int i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1)
        {
            codePoints.Add(char.ConvertToUtf32(text, i));
        }

        int[] flags = LookAhead(codePoints);
        var result = new StringBuilder();
        int lastEnd = -1;
        for (int position = 0; position <= codePoints.Count;)
        {
            int end = Match(codePoints, position, flags);
            if (end > position || (end == position && end != lastEnd))
            {
                result.Append(replacement);
                position = end;
                lastEnd = end;
                continue;
            }

            if (position < codePoints.Count)
            {
                result.Append(char.ConvertFromUtf32(codePoints[position]));
            }

            position++;
        }

        return result.ToString();
    }

    private int SymbolBefore(List<int> text, int position) => position == 0 ? partition.Count : partition.Of(text[position - 1]);

    private int[] LookAhead(List<int> text)
    {
        int[] flags = new int[text.Count + 1];
        for (int i = 0; i < lookAheads.Length; i++)
        {
            int row = lookAheads[i].Start;
            for (int position = text.Count; position >= 0; position--)
            {
                int entry = lookAheads[i].Table[row + SymbolBefore(text, position) + ((partition.Count + 1) * flags[position])];
                flags[position] |= (entry & 1) << i;
                row = entry >> 1;
            }
        }

        return flags;
    }

    private int Match(List<int> text, int start, int[] flags)
    {
        int last = -1;
        int row = automaton.Starts[SymbolBefore(text, start)];
        for (int p = start; row != 0; p++)
        {
            int symbol = p < text.Count ? partition.Of(text[p]) : partition.Count;
            int entry = automaton.Table[row + symbol + ((partition.Count + 1) * flags[p])];
            last = (entry & 1) != 0 ? p : last;
            row = entry >> 1;
        }

        return last;
    }

    private static void WriteTable(ByteWriter table, PatternAutomaton automaton)
    {
        table.Int32(automaton.Table.Count);
        foreach (int entry in automaton.Table)
        {
            table.Int32(entry);
        }
    }

    /// <summary>The classes of 256 bytes, and, for text, of the code points in two steps: the block of 256, the place in it.</summary>
    private void WriteClasses(ByteWriter table, bool overBytes)
    {
        for (int i = 0; i < 256; i++)
        {
            table.Byte((byte)partition.Of(overBytes ? ByteAlphabet.Character((byte)i) : i));
        }

        byte[] classes = overBytes ? Array.Empty<byte>() : partition.ToArray();
        var index = new List<int>();
        var blocks = new List<byte[]>();
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int first = 0; first < classes.Length; first += PatternFormat.BlockLength)
        {
            byte[] block = new byte[PatternFormat.BlockLength];
            Buffer.BlockCopy(classes, first, block, 0, PatternFormat.BlockLength);
            byte value = block[0];
            string key = Array.TrueForAll(block, other => other == value) ? value.ToString("X2", CultureInfo.InvariantCulture) : Convert.ToBase64String(block);
            if (!known.TryGetValue(key, out int number))
            {
                known[key] = number = blocks.Count;
                blocks.Add(block);
            }

            index.Add(number);
        }

        // what lies behind the index is in the last block
        while (index.Count > 1 && index[index.Count - 1] == index[index.Count - 2])
        {
            index.RemoveAt(index.Count - 1);
        }

        table.Int32(index.Count);
        table.Int32(blocks.Count);
        foreach (int number in index)
        {
            table.Byte((byte)number);
            table.Byte((byte)(number >> 8));
        }

        blocks.ForEach(table.Bytes);
    }
}
