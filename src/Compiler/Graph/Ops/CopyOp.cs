using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary><c>output = x</c>.</summary>
internal sealed class CopyOp(GraphValue x, GraphValue output) : Op(output, x)
{
    public override string Text => "Copy";

    public override void CheckShapes() => Require(Inputs[0].Width == Output!.Width && Inputs[0].Space == Output.Space, "[rows, n] -> [rows, n]");

    public override string Call(ICallNames names) => $"Copy({names.Value(Inputs[0])}, {names.Value(Output!)})";
}
