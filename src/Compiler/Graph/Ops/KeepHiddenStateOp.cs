using System.Collections.Generic;
using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary>Copies the residual stream to the hidden states' place for this layer, for those who asked to see it.</summary>
internal sealed class KeepHiddenStateOp(GraphValue x, GraphValue hiddenStates, bool last) : Op(null, x)
{
    /// <summary>The values of all layers.</summary>
    public GraphValue HiddenStates => hiddenStates;

    public override string Text => last ? "KeepHiddenState after the last layer" : "KeepHiddenState";

    public override void CheckShapes() => Require(Inputs[0].Width == hiddenStates.Width && Inputs[0].Space == hiddenStates.Space, "[tokens, n] -> [tokens, n]");

    public override string Call(ICallNames names) =>
        $"Copy({names.Value(Inputs[0])}, {names.Value(hiddenStates)}.At({(last ? Literal.Of(hiddenStates.Count - 1) : names.Layer)}))";
}
