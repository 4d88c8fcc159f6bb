using System.Collections.Generic;

namespace Kiln.Compiler.Tokenizers;

/// <summary>A trie over bytes.</summary>
internal sealed class ByteTrie
{
    private const int MaxNodes = 1 << 24;

    private readonly List<SortedDictionary<byte, int>> children = new() { new SortedDictionary<byte, int>() };
    private readonly List<int> values = new() { -1 };

    /// <summary>Adds a key; of equal keys the last one stays.</summary>
    public void Add(byte[] key, int value)
    {
        int node = 0;
        foreach (byte b in key)
        {
            if (!children[node].TryGetValue(b, out int child))
            {
                child = children.Count < MaxNodes
                    ? children.Count
                    : throw TokenizerErrors.Unsupported("tokenizer.json", "added_tokens", "more than 16 MB of added tokens");
                children[node][b] = child;
                children.Add(new SortedDictionary<byte, int>());
                values.Add(-1);
            }

            node = child;
        }

        values[node] = value;
    }

    /// <summary>
    /// Number of nodes (4), then for each node its value, its first edge and its number of edges (4 each), then all edges as
    /// target &lt;&lt; 8 | byte (4 each). The root is node 0. Nothing at all for an empty trie.
    /// </summary>
    public void Write(ByteWriter section)
    {
        if (children.Count == 1)
        {
            return;
        }

        section.Int32(children.Count);
        int edge = 0;
        for (int i = 0; i < children.Count; i++)
        {
            section.Int32(values[i]);
            section.Int32(edge);
            section.Int32(children[i].Count);
            edge += children[i].Count;
        }

        foreach (SortedDictionary<byte, int> node in children)
        {
            foreach (KeyValuePair<byte, int> child in node)
            {
                section.UInt32(((uint)child.Value << 8) | child.Key);
            }
        }
    }
}
