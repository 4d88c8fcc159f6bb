using System;
using System.Collections.Generic;

namespace Kiln.Compiler.Tokenizers.Patterns;

/// <summary>
/// Code points in classes: those of one class are in the same sets of a pattern, so an automaton need not tell them apart.
/// </summary>
internal sealed class CharacterPartition
{
    private const int MaxClasses = 255;

    private readonly List<(int First, int Class)> runs = new();
    private readonly List<CodePointSet> sets;
    private readonly List<bool[]> members = new();

    /// <summary>Makes the classes of sets; equal sets may stand there more than once.</summary>
    /// <exception cref="PatternException">There are too many.</exception>
    public CharacterPartition(List<CodePointSet> sets)
    {
        this.sets = sets;
        var edges = new SortedDictionary<int, List<int>> { [0] = new() };
        for (int i = 0; i < sets.Count; i++)
        {
            foreach ((int first, int last) in sets[i].Ranges)
            {
                Edge(edges, first).Add(i);
                Edge(edges, last + 1).Add(i);
            }
        }

        var classes = new Dictionary<string, int>(StringComparer.Ordinal);
        bool[] current = new bool[sets.Count];
        foreach (KeyValuePair<int, List<int>> edge in edges)
        {
            foreach (int set in edge.Value)
            {
                current[set] = !current[set];
            }

            if (edge.Key > CodePointSet.MaxCodePoint)
            {
                break;
            }

            string key = string.Concat(Array.ConvertAll(current, static member => member ? "1" : "0"));
            if (!classes.TryGetValue(key, out int index))
            {
                classes[key] = index = classes.Count;
                members.Add((bool[])current.Clone());
            }

            if (runs.Count == 0 || runs[runs.Count - 1].Class != index)
            {
                runs.Add((edge.Key, index));
            }
        }

        if (Count > MaxClasses)
        {
            throw new PatternException("it has too many different character classes");
        }
    }

    /// <summary>Number of classes.</summary>
    public int Count => members.Count;

    /// <summary>For a set: which classes it has.</summary>
    public bool[] Classes(CodePointSet set)
    {
        int index = sets.FindIndex(other => ReferenceEquals(other, set));
        bool[] classes = new bool[Count];
        for (int i = 0; i < Count; i++)
        {
            classes[i] = members[i][index];
        }

        return classes;
    }

    /// <summary>The class of a code point.</summary>
    public int Of(int codePoint)
    {
        int low = 0;
        int high = runs.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (runs[middle].First <= codePoint)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return runs[low].Class;
    }

    /// <summary>The class of each code point.</summary>
    public byte[] ToArray()
    {
        byte[] all = new byte[CodePointSet.MaxCodePoint + 1];
        for (int i = 0; i < runs.Count; i++)
        {
            int end = i + 1 < runs.Count ? runs[i + 1].First : all.Length;
            for (int c = runs[i].First; c < end; c++)
            {
                all[c] = (byte)runs[i].Class;
            }
        }

        return all;
    }

    private static List<int> Edge(SortedDictionary<int, List<int>> edges, int at)
    {
        if (!edges.TryGetValue(at, out List<int>? sets))
        {
            edges[at] = sets = new List<int>();
        }

        return sets;
    }
}
