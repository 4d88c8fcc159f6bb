using System.Collections.Generic;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>Open addressing with linear probing: slots of four bytes with an index and some bits of the key's hash.</summary>
internal static class HashTableBuilder
{
    /// <summary>Writes the slots.</summary>
    /// <param name="slots">Where they go; their number is a power of two.</param>
    /// <param name="entries">Index and hash of each key, keys all different.</param>
    /// <param name="indexLimit">The indices are below it.</param>
    /// <param name="indexBits">Bits of a slot that hold index + 1.</param>
    /// <param name="maxProbe">How many slots behind its first one a key lies at most.</param>
    public static void Build(ByteWriter slots, List<KeyValuePair<int, ulong>> entries, int indexLimit, out int indexBits, out int maxProbe)
    {
        indexBits = 1;
        while (1L << indexBits <= indexLimit)
        {
            indexBits++;
        }

        int capacity = 8;
        while (capacity * 4L < entries.Count * 5L)
        {
            capacity *= 2;
        }

        uint[] table = new uint[capacity];
        maxProbe = 0;
        foreach (KeyValuePair<int, ulong> entry in entries)
        {
            int slot = (int)(entry.Value & (uint)(capacity - 1));
            int probe = 0;
            while (table[slot] != 0)
            {
                slot = (slot + 1) & (capacity - 1);
                probe++;
            }

            table[slot] = TableFormat.Tag(entry.Value, indexBits) | (uint)(entry.Key + 1);
            maxProbe = probe > maxProbe ? probe : maxProbe;
        }

        foreach (uint slot in table)
        {
            slots.UInt32(slot);
        }
    }
}
