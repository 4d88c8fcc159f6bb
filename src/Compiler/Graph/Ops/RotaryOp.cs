using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary>Rotates pairs of each head's features, in place.</summary>
internal sealed class RotaryOp(GraphValue x, int headDim, GraphValue table) : Op(x.Overwritten(), x, table)
{
    public override string Text => "Rotary heads of " + Literal.Of(headDim);

    public override void CheckShapes() => Require(
        Inputs[0].Width % headDim == 0 && Inputs[1].Width <= headDim && Inputs[1].Width % 2 == 0 && Inputs[0].Space == Inputs[1].Space,
        "[tokens, heads * head_dim], [tokens, dimension <= head_dim]");

    public override string Call(ICallNames names) => $"Rotary({names.Value(Output!)}, {Literal.Of(headDim)}, {names.Value(Inputs[1])})";
}
