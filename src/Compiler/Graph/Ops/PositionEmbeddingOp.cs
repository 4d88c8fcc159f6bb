using System.Collections.Generic;
using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary><c>x[r] += table[positions[r]]</c>.</summary>
internal sealed class PositionEmbeddingOp(GraphValue x, GraphWeight table) : Op(x.Overwritten(), x)
{
    public override IEnumerable<GraphWeight> Weights => [table];

    public override string Text => "PositionEmbedding";

    public override void CheckShapes() => Require(Output!.Width == table.Columns && Output.Space == RowSpace.Tokens, "[tokens, n] + [positions, n]");

    public override string Call(ICallNames names) => $"PositionEmbedding({names.Weight(table)}, {names.Value(Output!)})";
}
