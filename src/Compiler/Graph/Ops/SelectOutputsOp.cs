using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary>The rows whose logits are wanted, from the Tokens to the Outputs space.</summary>
internal sealed class SelectOutputsOp(GraphValue tokens, GraphValue output) : Op(output, tokens)
{
    public override string Text => "SelectOutputs";

    public override void CheckShapes() => Require(
        Inputs[0].Space == RowSpace.Tokens && Output!.Space == RowSpace.Outputs && Inputs[0].Width == Output.Width, "[tokens, n] -> [outputs, n]");

    public override string Call(ICallNames names) => $"SelectOutputs({names.Value(Inputs[0])}, {names.Value(Output!)})";
}
