using System.Collections.Generic;
using System.Linq;
using Kiln.Compiler.Graph;
using Kiln.Compiler.Graph.Ops;

namespace Kiln.Compiler.Passes;

/// <summary>
/// What follows a product and needs nothing but its result is done as it is written: an activation, or adding it to the residual
/// stream.
/// </summary>
internal static class EpilogueFusion
{
    /// <summary>Rewrites all blocks.</summary>
    public static void Run(ModelGraph graph)
    {
        foreach (Block block in graph.Blocks)
        {
            Run(block);
        }
    }

    /// <summary>Rewrites one block.</summary>
    public static void Run(Block block)
    {
        var ops = new List<Op>();
        foreach (Op op in block.Ops)
        {
            if (ops.LastOrDefault() is LinearOp { Activation: "None", HasResidual: false } linear && UsesOnce(block, linear.Output!))
            {
                if (op is ActivateOp activate && activate.Inputs[0] == linear.Output)
                {
                    ops[ops.Count - 1] = new LinearOp(linear.X, linear.Weight, linear.Bias, activate.Output!, activate.Activation);
                    continue;
                }

                if (op is AddOp add && add.Inputs[1] == linear.Output && add.Inputs[0] != linear.Output)
                {
                    ops[ops.Count - 1] = new LinearOp(linear.X, linear.Weight, linear.Bias, add.Output!, residual: add.Inputs[0]);
                    continue;
                }
            }

            ops.Add(op);
        }

        block.Ops = ops;
    }

    private static bool UsesOnce(Block block, GraphValue value) =>
        block.CarriedOut != value && block.Ops.Sum(op => op.Inputs.Count(i => i == value || i.Place.Parent == value)) == 1;
}
