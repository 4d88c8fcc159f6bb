using System.Collections.Generic;
using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary><c>x / sqrt(mean(x^2) + eps) * weight</c>.</summary>
internal sealed class RmsNormOp(GraphValue x, GraphWeight weight, float eps, GraphValue output) : Op(output, x)
{
    public override IEnumerable<GraphWeight> Weights => [weight];

    public override string Text => "RmsNorm eps " + Literal.Of(eps);

    public override void CheckShapes() =>
        Require(Inputs[0].Width == weight.Columns && Output!.Width == weight.Columns && Output.Space == Inputs[0].Space, "[rows, n], n -> [rows, n]");

    public override string Call(ICallNames names) =>
        $"RmsNorm({names.Value(Inputs[0])}, {names.Weight(weight)}, {Literal.Of(eps)}, {names.Value(Output!)})";
}
