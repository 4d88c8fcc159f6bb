using System;
using System.Collections.Generic;

namespace Kiln.Compiler.Tokenizers.Patterns;

/// <summary>A set of code points: sorted ranges that do not touch, ends inclusive.</summary>
internal sealed class CodePointSet
{
    public const int MaxCodePoint = 0x10FFFF;

    /// <summary>No code point.</summary>
    public static readonly CodePointSet Empty = new(Array.Empty<(int, int)>());

    /// <summary>All code points.</summary>
    public static readonly CodePointSet All = Range(0, MaxCodePoint);

    private readonly (int First, int Last)[] ranges;

    private CodePointSet((int First, int Last)[] ranges) => this.ranges = ranges;

    public IReadOnlyList<(int First, int Last)> Ranges => ranges;

    public bool IsEmpty => ranges.Length == 0;

    public static CodePointSet Of(int codePoint) => Range(codePoint, codePoint);

    public static CodePointSet Range(int first, int last) => new(new[] { (first, last) });

    /// <summary>Ranges in any order, overlapping or not.</summary>
    public static CodePointSet Of(IEnumerable<(int First, int Last)> ranges)
    {
        var sorted = new List<(int First, int Last)>(ranges);
        sorted.Sort();
        var merged = new List<(int First, int Last)>();
        foreach ((int first, int last) in sorted)
        {
            if (merged.Count > 0 && merged[merged.Count - 1] is var previous && first <= previous.Last + 1)
            {
                merged[merged.Count - 1] = (previous.First, Math.Max(previous.Last, last));
            }
            else
            {
                merged.Add((first, last));
            }
        }

        return new CodePointSet(merged.ToArray());
    }

    public bool Contains(int codePoint)
    {
        int low = 0;
        int high = ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (codePoint < ranges[middle].First)
            {
                high = middle - 1;
            }
            else if (codePoint > ranges[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    public CodePointSet Union(CodePointSet other)
    {
        var all = new List<(int, int)>(ranges);
        all.AddRange(other.ranges);
        return Of(all);
    }

    public CodePointSet Complement()
    {
        var gaps = new List<(int, int)>();
        int next = 0;
        foreach ((int first, int last) in ranges)
        {
            if (first > next)
            {
                gaps.Add((next, first - 1));
            }

            next = last + 1;
        }

        if (next <= MaxCodePoint)
        {
            gaps.Add((next, MaxCodePoint));
        }

        return new CodePointSet(gaps.ToArray());
    }

    public CodePointSet Intersect(CodePointSet other) => Complement().Union(other.Complement()).Complement();

    public CodePointSet Except(CodePointSet other) => Complement().Union(other).Complement();
}
