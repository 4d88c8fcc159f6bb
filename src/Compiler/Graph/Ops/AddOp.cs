using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary><c>x + y</c>, in the place of x: a residual connection.</summary>
internal sealed class AddOp(GraphValue x, GraphValue y) : Op(x.Overwritten(), x, y)
{
    public override string Text => "Add";

    public override void CheckShapes() => Require(Inputs[0].Width == Inputs[1].Width && Inputs[0].Space == Inputs[1].Space, "[rows, n], [rows, n]");

    public override string Call(ICallNames names) => $"Add({names.Value(Inputs[0])}, {names.Value(Inputs[1])})";
}
