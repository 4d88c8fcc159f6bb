using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary><c>activation(x)</c>.</summary>
internal sealed class ActivateOp(GraphValue x, string activation, GraphValue output) : Op(output, x)
{
    /// <summary>Name in the runtime's <c>Activation</c>.</summary>
    public string Activation => activation;

    public override string Text => "Activate " + activation;

    public override void CheckShapes() => Require(Inputs[0].Width == Output!.Width && Inputs[0].Space == Output.Space, "[rows, n] -> [rows, n]");

    public override string Call(ICallNames names) => $"Activate({names.Value(Inputs[0])}, Activation.{activation}, {names.Value(Output!)})";
}
