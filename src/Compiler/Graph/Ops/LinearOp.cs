using System.Collections.Generic;
using System.Linq;
using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary>
/// <c>activation(x * weight^T + bias)</c>, or with a residual <c>residual + (x * weight^T + bias)</c> in the residual's place.
/// </summary>
internal sealed class LinearOp : Op
{
    /// <summary>A product as architectures write it; the fusion passes add the rest.</summary>
    public LinearOp(GraphValue x, GraphWeight weight, GraphWeight? bias, GraphValue output, string activation = "None", GraphValue? residual = null)
        : base(output, residual is null ? [x] : [x, residual])
    {
        Weight = weight;
        Bias = bias;
        Activation = activation;
        HasResidual = residual is not null;
    }

    public GraphWeight Weight { get; }

    public GraphWeight? Bias { get; }

    /// <summary>Name in the runtime's <c>Activation</c>.</summary>
    public string Activation { get; }

    public bool HasResidual { get; }

    public GraphValue X => Inputs[0];

    public override IEnumerable<GraphWeight> Weights => Bias is null ? [Weight] : [Weight, Bias];

    public override string Text => "Linear" + (Activation == "None" ? "" : " then " + Activation) + (HasResidual ? " added" : "");

    public override void CheckShapes()
    {
        Require(X.Width == Weight.Columns && Output!.Width == Weight.Rows && Output.Space == X.Space, "[rows, in], [out, in] -> [rows, out]");
        Require(Bias is null || Bias.Columns == Weight.Rows, "the bias has the length of the output");
        Require(!HasResidual || (Activation == "None" && Output!.InPlaceOf == Inputs[1]), "a residual is added to in place, without activation");
    }

    public override string Call(ICallNames names)
    {
        var arguments = new List<string> { names.Value(X), names.Weight(Weight), names.Value(Output!) };
        if (Bias is not null)
        {
            arguments.Add(names.Weight(Bias));
        }

        if (Activation != "None")
        {
            arguments.Add("activation: Activation." + Activation);
        }

        if (HasResidual)
        {
            arguments.Add("epilogue: Epilogue.Add");
        }

        return "Linear(" + string.Join(", ", arguments) + ")";
    }
}
