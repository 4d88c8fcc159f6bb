using System.Collections.Generic;
using System.Linq;

namespace Kiln.Compiler.Tokenizers.Patterns;

/// <summary>Literal text whose case is ignored, with full folding: <c>ss</c> matches ß and the other way round.</summary>
internal static class CaseFolding
{
    /// <summary>Longer runs are cut, as each way to write a run becomes a branch of its own.</summary>
    private const int MaxRun = 12;

    /// <summary>The pattern for code points in a row.</summary>
    public static PatternNode Literals(List<int> literals)
    {
        var folded = new List<int>();
        foreach (int literal in literals)
        {
            int[]? several = UnicodeSets.MultipleFolds.FirstOrDefault(fold => fold.Key == literal).Value;
            if (several is null)
            {
                folded.Add(UnicodeSets.Fold(literal));
            }
            else
            {
                folded.AddRange(several);
            }
        }

        var parts = new List<PatternNode>();
        for (int i = 0; i < folded.Count; i += MaxRun)
        {
            parts.Add(From(folded.GetRange(i, System.Math.Min(MaxRun, folded.Count - i)), 0));
        }

        return PatternBuilder.Concat(parts);
    }

    private static PatternNode From(List<int> folded, int start)
    {
        var parts = new List<PatternNode>();
        for (int i = start; i < folded.Count; i++)
        {
            PatternNode single = new SetNode(UnicodeSets.CloseOverCase(CodePointSet.Of(folded[i])));
            var alternatives = new List<PatternNode>();
            foreach (IGrouping<int, KeyValuePair<int, int[]>> ligatures in UnicodeSets.MultipleFolds.Where(fold => Matches(folded, i, fold.Value)).GroupBy(fold => fold.Value.Length))
            {
                PatternNode characters = new SetNode(CodePointSet.Of(ligatures.Select(fold => (fold.Key, fold.Key))));
                alternatives.Add(PatternBuilder.Concat(characters, From(folded, i + ligatures.Key)));
            }

            if (alternatives.Count > 0)
            {
                alternatives.Insert(0, PatternBuilder.Concat(single, From(folded, i + 1)));
                parts.Add(PatternBuilder.Alternation(alternatives));
                break;
            }

            parts.Add(single);
        }

        return PatternBuilder.Concat(parts);
    }

    private static bool Matches(List<int> folded, int start, int[] part)
    {
        if (start + part.Length > folded.Count)
        {
            return false;
        }

        for (int i = 0; i < part.Length; i++)
        {
            if (folded[start + i] != part[i])
            {
                return false;
            }
        }

        return true;
    }
}
