using System.Collections.Generic;
using System.Linq;

namespace Kiln.Compiler.Tokenizers.Patterns;

/// <summary>A parsed pattern. All quantifiers that backtracking could not tell from others are gone: what is left is priority and length.</summary>
internal abstract record PatternNode
{
    /// <summary>Whether it can match without consuming anything.</summary>
    public abstract bool IsNullable { get; }

    /// <summary>The number of characters that it consumes, if that is always the same; else -1.</summary>
    public abstract int FixedLength { get; }

    /// <summary>A length, or -1 if nobody needs to know it.</summary>
    protected static int Length(long length) => length is >= 0 and <= 1 << 20 ? (int)length : -1;
}

/// <summary>One character of a set.</summary>
internal sealed record SetNode(CodePointSet Set) : PatternNode
{
    public override bool IsNullable => false;

    public override int FixedLength => 1;
}

/// <summary>One after another; none of them: the empty pattern.</summary>
internal sealed record ConcatNode(IReadOnlyList<PatternNode> Parts) : PatternNode
{
    public static readonly ConcatNode Empty = new(System.Array.Empty<PatternNode>());

    /// <summary>The last part; of the empty pattern itself.</summary>
    public PatternNode Last => Parts.Count == 0 ? this : Parts[Parts.Count - 1];

    /// <summary>What stands before it.</summary>
    public PatternNode AllButLast => PatternBuilder.Concat(Parts.Take(Parts.Count - 1).ToArray());

    public override bool IsNullable => Parts.All(static part => part.IsNullable);

    public override int FixedLength => Parts.Any(static part => part.FixedLength < 0) ? -1 : Length(Parts.Sum(static part => (long)part.FixedLength));
}

/// <summary>Alternatives, the first that leads to a match wins.</summary>
internal sealed record AlternationNode(IReadOnlyList<PatternNode> Alternatives) : PatternNode
{
    public override bool IsNullable => Alternatives.Any(static part => part.IsNullable);

    public override int FixedLength => Alternatives.All(part => part.FixedLength == Alternatives[0].FixedLength) ? Alternatives[0].FixedLength : -1;
}

/// <summary>A repetition.</summary>
/// <param name="Body">What is repeated.</param>
/// <param name="Min">At least so often.</param>
/// <param name="Max">At most so often; -1 for any number.</param>
/// <param name="Greedy">Whether more is tried before less.</param>
internal sealed record RepeatNode(PatternNode Body, int Min, int Max, bool Greedy) : PatternNode
{
    public override bool IsNullable => Min == 0 || Body.IsNullable;

    public override int FixedLength => Min == Max && Body.FixedLength >= 0 ? Length((long)Min * Body.FixedLength) : -1;
}

/// <summary>A condition on the neighbouring character.</summary>
/// <param name="Behind">Whether it is the character before; else the one after.</param>
/// <param name="Set">The character must be one of them,</param>
/// <param name="Edge">or absent, if this is true.</param>
internal sealed record NeighborNode(bool Behind, CodePointSet Set, bool Edge) : PatternNode
{
    public override bool IsNullable => true;

    public override int FixedLength => 0;

    public NeighborNode Negate() => new(Behind, Set.Complement(), !Edge);
}

/// <summary>Look-ahead for more than a character.</summary>
internal sealed record LookAheadNode(PatternNode Body, bool Negative) : PatternNode
{
    public override bool IsNullable => true;

    public override int FixedLength => 0;
}
