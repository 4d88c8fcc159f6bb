using System.Runtime.CompilerServices;

namespace Kiln.Tokenization;

/// <summary>A table's trie over UTF-8: one load for each byte. A damaged one gives wrong nodes, but reads nothing outside of it.</summary>
internal readonly unsafe struct DoubleArray
{
    /// <summary>Where keys start.</summary>
    public const int Root = 0;

    private readonly byte* units;
    private readonly uint count;

    /// <summary>Checks the section's size.</summary>
    public DoubleArray(TablePart part)
    {
        if (part.Length == 0 || part.Length % 8 != 0)
        {
            throw TableReader.Corrupt("trie");
        }

        units = part.Start;
        count = (uint)part.Length / 8;
    }

    /// <summary>The node behind a byte; -1 if there is none.</summary>
    /// <param name="node">A node, not -1.</param>
    /// <param name="label">The byte; 0xFF, which UTF-8 does not have, leads anywhere.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Child(int node, byte label)
    {
        uint child = (Unsafe.ReadUnaligned<uint>(units + (8L * node)) >> 8) ^ label;
        return child < count && units[8L * child] == label ? (int)child : -1;
    }

    /// <summary>A node's value, or -1; -1 also for no node.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Value(int node) => (uint)node < count ? Unsafe.ReadUnaligned<int>(units + (8L * node) + 4) : -1;

    /// <summary>The node behind several bytes; -1 if there is none.</summary>
    public int Follow(int node, byte* text, int length)
    {
        if ((uint)node >= count)
        {
            return -1;
        }

        for (int i = 0; i < length && node >= 0; i++)
        {
            node = Child(node, text[i]);
        }

        return node;
    }
}
