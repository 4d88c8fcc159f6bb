using System.Collections.Generic;
using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary><c>output[r] = table[ids[r]]</c>.</summary>
internal sealed class EmbeddingOp(GraphWeight table, GraphValue output) : Op(output)
{
    public override IEnumerable<GraphWeight> Weights => [table];

    public override string Text => "Embedding";

    public override void CheckShapes() => Require(Output!.Width == table.Columns && Output.Space == RowSpace.Tokens, "[vocabulary, n] -> [tokens, n]");

    public override string Call(ICallNames names) => $"Embedding({names.Weight(table)}, {names.Value(Output!)})";
}
