using System;
using System.Collections.Generic;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>
/// A trie over UTF-8 as a double array: the child of a node by a byte lies at the node's base XOR the byte. No two nodes have the
/// same base, so that a unit needs to hold only the byte that leads to it (Yata's darts-clone does the same).
/// </summary>
internal sealed class DoubleArrayBuilder
{
    /// <summary>Free places further back are given up: looking through them takes longer than they are worth.</summary>
    private const int OpenLength = 32 * 256;

    private const int MaxTries = 256;

    private readonly SortedDictionary<byte[], int> keys = new(ByteOrder.Instance);
    private uint[] units = new uint[256];
    private int[] values = new int[256];
    private bool[] taken = new bool[256];
    private bool[] bases = new bool[256];
    private int length;
    private int firstOpen;

    /// <summary>Adds a key of valid UTF-8; of equal ones the last stays. Empty ones are never found.</summary>
    public void Add(byte[] key, int value)
    {
        if (key.Length > 0)
        {
            keys[key] = value;
        }
    }

    /// <summary>Writes the units: base &lt;&lt; 8 | byte (4), value or -1 (4). The root is unit 0.</summary>
    public void Write(ByteWriter section)
    {
        var sorted = new List<KeyValuePair<byte[], int>>(keys);
        Grow();
        taken[0] = true;

        // from base 0 the byte 0 would lead back to the root, whose unit holds the byte 0 as those that are reached by it do
        bases[0] = true;
        var open = new Stack<(int Node, int First, int Last, int Depth)>();
        open.Push((0, 0, sorted.Count, 0));
        var labels = new List<(byte Label, int First, int Last)>();
        while (open.Count > 0)
        {
            (int node, int first, int last, int depth) = open.Pop();
            if (first < last && sorted[first].Key.Length == depth)
            {
                values[node] = sorted[first].Value;
                first++;
            }

            labels.Clear();
            for (int i = first; i < last;)
            {
                byte label = sorted[i].Key[depth];
                int end = i + 1;
                while (end < last && sorted[end].Key[depth] == label)
                {
                    end++;
                }

                labels.Add((label, i, end));
                i = end;
            }

            if (labels.Count == 0)
            {
                units[node] |= TableFormat.NoBase << 8;
                continue;
            }

            int start = Place(labels);
            units[node] = (units[node] & 0xFF) | ((uint)start << 8);
            foreach ((byte label, int from, int to) in labels)
            {
                int child = start ^ label;
                taken[child] = true;
                units[child] = label;
                open.Push((child, from, to, depth + 1));
            }
        }

        for (int i = 0; i < length; i++)
        {
            section.UInt32(taken[i] ? units[i] : uint.MaxValue);
            section.Int32(taken[i] ? values[i] : -1);
        }
    }

    /// <summary>Follows a key; the node that it leads to, or -1.</summary>
    public static int Walk(byte[] written, byte[] key)
    {
        uint node = 0;
        foreach (byte label in key)
        {
            uint child = (BitConverter.ToUInt32(written, (int)(8 * node)) >> 8) ^ label;
            if (8L * child >= written.Length || (byte)BitConverter.ToUInt32(written, (int)(8 * child)) != label)
            {
                return -1;
            }

            node = child;
        }

        return (int)node;
    }

    private int Place(List<(byte Label, int First, int Last)> labels)
    {
        int tries = 0;
        for (int place = firstOpen; tries < MaxTries; place++)
        {
            if (place >= length)
            {
                Grow();
            }

            if (taken[place])
            {
                if (place == firstOpen)
                {
                    firstOpen++;
                }

                continue;
            }

            tries++;
            int start = place ^ labels[0].Label;
            if (!bases[start] && labels.TrueForAll(label => !taken[start ^ label.Label]))
            {
                bases[start] = true;
                return start;
            }
        }

        int fresh = length;
        Grow();
        firstOpen = Math.Max(firstOpen, length - OpenLength);
        bases[fresh] = true;
        return fresh;
    }

    private void Grow()
    {
        if (length + 256 > TableFormat.MaxTrieUnits)
        {
            throw TokenizerErrors.Unsupported("tokenizer.json", "model.vocab", "more tokens than a trie can hold");
        }

        if (length + 256 > units.Length)
        {
            Array.Resize(ref units, 2 * units.Length);
            Array.Resize(ref values, 2 * values.Length);
            Array.Resize(ref taken, 2 * taken.Length);
            Array.Resize(ref bases, 2 * bases.Length);
        }

        for (int i = length; i < length + 256; i++)
        {
            values[i] = -1;
        }

        length += 256;
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static readonly ByteOrder Instance = new();

        public int Compare(byte[]? x, byte[]? y)
        {
            int common = Math.Min(x!.Length, y!.Length);
            for (int i = 0; i < common; i++)
            {
                if (x[i] != y[i])
                {
                    return x[i] - y[i];
                }
            }

            return x.Length - y.Length;
        }
    }
}
