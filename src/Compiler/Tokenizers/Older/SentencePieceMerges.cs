using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Kiln.Compiler.Tokenizers.Older;

/// <summary>The merges that a SentencePiece BPE model means but does not write down.</summary>
internal static class SentencePieceMerges
{
    /// <summary>
    /// All ways to make a piece of two others, best score first, as <c>generate_merges</c> of transformers' convert_slow_tokenizer.py:
    /// equal scores by the length of the halves, longest first, then in the order of the pieces.
    /// </summary>
    /// <param name="ids">What may be a half, with its id.</param>
    /// <param name="pieces">What is made.</param>
    public static IEnumerable<(string Left, string Right)> Of(IReadOnlyDictionary<string, int> ids, IReadOnlyList<Piece> pieces)
    {
        // of equal pieces the last score counts, at the place of the first
        var scores = new Dictionary<string, double>(System.StringComparer.Ordinal);
        var order = new List<string>(pieces.Count);
        foreach (Piece piece in pieces)
        {
            if (!scores.ContainsKey(piece.Text))
            {
                order.Add(piece.Text);
            }

            scores[piece.Text] = piece.Score;
        }

        var merges = new List<(string Left, string Right, double Score)>();
        var local = new List<(string Left, string Right, double Score)>();
        foreach (string text in order)
        {
            local.Clear();
            for (int i = 1; i < text.Length; i++)
            {
                if (char.IsLowSurrogate(text[i]))
                {
                    continue;
                }

                string left = text.Substring(0, i);
                if (ids.ContainsKey(left))
                {
                    string right = text.Substring(i);
                    if (ids.ContainsKey(right))
                    {
                        local.Add((left, right, scores[text]));
                    }
                }
            }

            merges.AddRange(local.OrderBy(merge => ids[merge.Left]).ThenBy(merge => ids[merge.Right]));
        }

        return merges.OrderByDescending(static merge => merge.Score)
            .ThenByDescending(static merge => Characters(merge.Left))
            .ThenByDescending(static merge => Characters(merge.Right))
            .Select(static merge => (merge.Left, merge.Right));
    }

    private static int Characters(string text) => text.Count(static c => !char.IsLowSurrogate(c));
}
