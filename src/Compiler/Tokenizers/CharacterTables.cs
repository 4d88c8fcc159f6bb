using System;
using System.Collections.Generic;
using System.Text;
using Kiln.Compiler.Tokenizers.Unicode;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>Writes the character tables and maps of <see cref="TableFormat"/>.</summary>
internal static class CharacterTables
{
    /// <summary>A number for each code point: number of blocks, index, blocks; equal blocks are written once.</summary>
    public static void WriteTable(ByteWriter content, ushort[] values)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var blocks = new List<int>();
        var index = new ByteWriter();
        for (int block = 0; block < TableFormat.BlockCount; block++)
        {
            char[] key = new char[TableFormat.BlockLength];
            for (int i = 0; i < key.Length; i++)
            {
                key[i] = (char)values[(block * TableFormat.BlockLength) + i];
            }

            string text = new(key);
            if (!numbers.TryGetValue(text, out int number))
            {
                number = blocks.Count;
                numbers[text] = number;
                blocks.Add(block);
            }

            UInt16(index, number);
        }

        content.Int32(blocks.Count);
        content.Bytes(index.ToArray());
        foreach (int block in blocks)
        {
            for (int i = 0; i < TableFormat.BlockLength; i++)
            {
                UInt16(content, values[(block * TableFormat.BlockLength) + i]);
            }
        }
    }

    private static void UInt16(ByteWriter writer, int value)
    {
        writer.Byte((byte)value);
        writer.Byte((byte)(value >> 8));
    }
}

/// <summary>What becomes of each character, collected.</summary>
internal sealed class CharacterMapBuilder
{
    private const int MaxPool = 1 << (32 - TableFormat.EntryLengthBits);

    private readonly ushort[] values = new ushort[0x110000];
    private readonly Dictionary<string, int> entries = new(StringComparer.Ordinal);
    private readonly ByteWriter entryWriter = new();
    private readonly ByteWriter pool = new();

    /// <summary>Sets one of the values below <see cref="TableFormat.FirstEntry"/>.</summary>
    public void Set(int codePoint, int value) => values[codePoint] = (ushort)value;

    /// <summary>Sets the text that a code point becomes.</summary>
    public void Set(int codePoint, string text)
    {
        string padded = " " + UnicodeData.Text(codePoint) + " ";
        values[codePoint] = (ushort)(text == padded ? TableFormat.Padded : Entry(text));
    }

    /// <summary>The number of a text.</summary>
    public int Entry(string text)
    {
        if (entries.TryGetValue(text, out int entry))
        {
            return entry;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text);
        entry = entries.Count + TableFormat.FirstEntry;
        if (bytes.Length >= 1 << TableFormat.EntryLengthBits || pool.Length >= MaxPool || entry > ushort.MaxValue)
        {
            throw TokenizerErrors.Unsupported("tokenizer.json", "normalizer", "more replacements of characters than a table can hold");
        }

        entries[text] = entry;
        entryWriter.UInt32(((uint)pool.Length << TableFormat.EntryLengthBits) | (uint)bytes.Length);
        pool.Bytes(bytes);
        return entry;
    }

    /// <summary>Writes the map; all entries must be there.</summary>
    public void Write(ByteWriter content)
    {
        CharacterTables.WriteTable(content, values);
        content.Int32(entries.Count);
        content.Bytes(entryWriter.ToArray());
        content.Int32(pool.Length);
        content.Bytes(pool.ToArray());
    }
}
