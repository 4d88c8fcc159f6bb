using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary>Cosines and sines for the positions of the rows: <c>[tokens, dimension]</c>.</summary>
internal sealed class RotaryTableOp(RotaryParameters rotary, GraphValue output) : Op(output)
{
    public RotaryParameters Rotary => rotary;

    public override string Text => "RotaryTable " + rotary.Text;

    public override void CheckShapes() => Require(Output!.Width == 2 * rotary.InverseFrequencies.Count && Output.Space == RowSpace.Tokens, "-> [tokens, dimension]");

    public override string Call(ICallNames names) => $"RotaryTable({names.Rotary}, {names.Value(Output!)})";
}
