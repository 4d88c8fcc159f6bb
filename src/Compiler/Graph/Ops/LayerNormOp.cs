using System.Collections.Generic;
using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary><c>(x - mean(x)) / sqrt(var(x) + eps) * weight + bias</c>; the bias may be absent.</summary>
internal sealed class LayerNormOp(GraphValue x, GraphWeight weight, GraphWeight? bias, float eps, GraphValue output) : Op(output, x)
{
    public override IEnumerable<GraphWeight> Weights => bias is null ? [weight] : [weight, bias];

    public override string Text => "LayerNorm eps " + Literal.Of(eps);

    public override void CheckShapes() => Require(
        Inputs[0].Width == weight.Columns && (bias is null || bias.Columns == weight.Columns) && Output!.Width == weight.Columns && Output.Space == Inputs[0].Space,
        "[rows, n], n, n -> [rows, n]");

    public override string Call(ICallNames names) =>
        $"LayerNorm({names.Value(Inputs[0])}, {names.Weight(weight)}, {names.Weight(bias)}, {Literal.Of(eps)}, {names.Value(Output!)})";
}
