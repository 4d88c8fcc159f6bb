using System.Collections.Generic;
using System.Linq;

namespace Kiln.Compiler.Tokenizers.Patterns;

/// <summary>Makes nodes, the simplest that mean the same; what automata lack (atomic groups, look-around) becomes something that they have.</summary>
internal static class PatternBuilder
{
    /// <summary>Never matches.</summary>
    public static readonly PatternNode Fail = new SetNode(CodePointSet.Empty);

    public static PatternNode Concat(params IReadOnlyList<PatternNode> parts)
    {
        var flat = new List<PatternNode>();
        foreach (PatternNode part in parts)
        {
            if (part is ConcatNode inner)
            {
                flat.AddRange(inner.Parts);
            }
            else
            {
                flat.Add(part);
            }
        }

        return flat.Count == 1 ? flat[0] : new ConcatNode(flat);
    }

    public static PatternNode Alternation(params IReadOnlyList<PatternNode> alternatives)
    {
        var merged = new List<PatternNode>();
        foreach (PatternNode alternative in alternatives)
        {
            if (alternative is SetNode set && merged.Count > 0 && merged[merged.Count - 1] is SetNode previous)
            {
                merged[merged.Count - 1] = new SetNode(previous.Set.Union(set.Set));
            }
            else
            {
                merged.Add(alternative);
            }
        }

        return merged.Count == 1 ? merged[0] : new AlternationNode(merged);
    }

    /// <summary>A repetition; of a body that may be empty at most one empty round is made, as backtracking engines do.</summary>
    public static PatternNode Repeat(PatternNode body, int min, int max, bool greedy)
    {
        if (max == 0 || body is ConcatNode { Parts.Count: 0 })
        {
            return ConcatNode.Empty;
        }

        return min == 1 && max == 1 ? body : new RepeatNode(body, min, max, greedy);
    }

    /// <summary><c>(?=body)</c> or <c>(?!body)</c>.</summary>
    public static PatternNode LookAhead(PatternNode body, bool negative)
    {
        switch (body)
        {
            case SetNode set:
                return new NeighborNode(false, negative ? set.Set.Complement() : set.Set, negative);
            case NeighborNode neighbor:
                return negative ? neighbor.Negate() : neighbor;
            case RepeatNode { Min: 0 }:
            case ConcatNode { Parts.Count: 0 }:
                return negative ? Fail : ConcatNode.Empty;
            case RepeatNode repeat when repeat.Max != repeat.Min || repeat.Min == 1:
                // whether there is a match does not depend on what more there could be
                return LookAhead(Repeat(repeat.Body, repeat.Min, repeat.Min, true), negative);
            case AlternationNode alternation:
                PatternNode[] each = alternation.Alternatives.Select(part => LookAhead(part, negative)).ToArray();
                return negative ? Concat(each) : Alternation(each);
            case ConcatNode concat when concat.Parts.All(static part => part is NeighborNode):
                return Both(concat, negative);
            case ConcatNode concat when concat.Last is RepeatNode last && last.Max != last.Min:
                return LookAhead(Concat(concat.AllButLast, Repeat(last.Body, last.Min, last.Min, true)), negative);
            default:
                return new LookAheadNode(body, negative);
        }
    }

    /// <summary><c>(?&lt;=body)</c> or <c>(?&lt;!body)</c>, for bodies of one character.</summary>
    /// <exception cref="PatternException">It is longer.</exception>
    public static PatternNode LookBehind(PatternNode body, bool negative)
    {
        switch (body)
        {
            case SetNode set:
                return new NeighborNode(true, negative ? set.Set.Complement() : set.Set, negative);
            case NeighborNode neighbor:
                return negative ? neighbor.Negate() : neighbor;
            case ConcatNode { Parts.Count: 0 }:
                return negative ? Fail : ConcatNode.Empty;
            case AlternationNode alternation:
                PatternNode[] each = alternation.Alternatives.Select(part => LookBehind(part, negative)).ToArray();
                return negative ? Concat(each) : Alternation(each);
            case ConcatNode concat when concat.Parts.All(static part => part is NeighborNode):
                return Both(concat, negative);
            default:
                throw new PatternException("a look-behind for more than one character is not supported");
        }
    }

    /// <summary>Several conditions at one place.</summary>
    private static PatternNode Both(ConcatNode conditions, bool negative) =>
        negative ? Alternation(conditions.Parts.Select(static part => (PatternNode)((NeighborNode)part).Negate()).ToArray()) : conditions;

    /// <summary>
    /// <c>(?&gt;body)</c>: the first way to match is the only one. Where all ways have the same length that is no difference; a greedy
    /// repetition of such a body is one that the body must not follow.
    /// </summary>
    /// <exception cref="PatternException">The body is none of these.</exception>
    public static PatternNode Atomic(PatternNode body)
    {
        if (body.FixedLength >= 0)
        {
            return body;
        }

        switch (body)
        {
            case RepeatNode { Greedy: false } lazy when lazy.Body.FixedLength > 0:
                return Repeat(lazy.Body, lazy.Min, lazy.Min, true);
            case RepeatNode repeat when repeat.Body.FixedLength > 0:
                PatternNode end = LookAhead(repeat.Body, negative: true);
                return repeat.Max < 0
                    ? Concat(repeat, end)
                    : Alternation(
                        Repeat(repeat.Body, repeat.Max, repeat.Max, true),
                        Concat(Repeat(repeat.Body, repeat.Min, repeat.Max - 1, true), end));
            case AlternationNode alternation:
                var alternatives = new List<PatternNode>();
                var before = new List<PatternNode>();
                foreach (PatternNode alternative in alternation.Alternatives)
                {
                    alternatives.Add(Concat(Concat(before.ToArray()), Atomic(alternative)));
                    before.Add(LookAhead(alternative, negative: true));
                }

                return Alternation(alternatives);
            case ConcatNode concat when concat.AllButLast.FixedLength >= 0:
                return Concat(concat.AllButLast, Atomic(concat.Last));
            default:
                throw new PatternException("an atomic group or a possessive quantifier of such a kind is not supported");
        }
    }
}
