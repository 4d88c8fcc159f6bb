using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary><c>activation(gate) * up</c>: the middle of a gated MLP.</summary>
internal sealed class GateOp(GraphValue gate, GraphValue up, string activation, GraphValue output) : Op(output, gate, up)
{
    public override string Text => "Gate " + activation;

    public override void CheckShapes() => Require(
        Inputs[0].Width == Inputs[1].Width && Output!.Width == Inputs[0].Width && Inputs[0].Space == Output.Space, "[rows, n], [rows, n] -> [rows, n]");

    public override string Call(ICallNames names) =>
        $"Gate({names.Value(Inputs[0])}, {names.Value(Inputs[1])}, Activation.{activation}, {names.Value(Output!)})";
}
