using System;
using System.Collections.Generic;
using Kiln.Compiler.Graph;
using Kiln.Compiler.Graph.Ops;

namespace Kiln.Compiler.Passes;

/// <summary>
/// Products of one input in a row become one: q, k, v and gate, up. Their results become columns of its result; the weight keeps
/// the list of its parts.
/// </summary>
internal static class ParallelLinearFusion
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
        for (int i = 0; i < block.Ops.Count;)
        {
            List<LinearOp> run = Run(block.Ops, i);
            if (run.Count < 2)
            {
                ops.Add(block.Ops[i++]);
                continue;
            }

            ops.Add(Fuse(run));
            i += run.Count;
        }

        block.Ops = ops;
    }

    private static List<LinearOp> Run(List<Op> ops, int start)
    {
        var run = new List<LinearOp>();
        for (int i = start; i < ops.Count && ops[i] is LinearOp linear && IsPlain(linear); i++)
        {
            if (run.Count > 0 && (linear.X != run[0].X || linear.Bias is null != run[0].Bias is null || linear.Weight.Use != run[0].Weight.Use))
            {
                break;
            }

            run.Add(linear);
        }

        return run;
    }

    private static bool IsPlain(LinearOp linear) =>
        linear.Activation == "None" && !linear.HasResidual && linear.Output is { Parent: null, InPlaceOf: null };

    private static LinearOp Fuse(List<LinearOp> run)
    {
        GraphWeight weight = GraphWeight.Concat(run.ConvertAll(l => l.Weight));
        GraphWeight? bias = run[0].Bias is null ? null : GraphWeight.Concat(run.ConvertAll(l => l.Bias!));
        string name = weight.Name.EndsWith("_proj", StringComparison.Ordinal) ? weight.Name.Substring(0, weight.Name.Length - "_proj".Length) : weight.Name;
        GraphValue fused = GraphValue.New(name, run[0].X.Space, weight.Rows);
        int column = 0;
        foreach (LinearOp linear in run)
        {
            linear.Output!.BecomeColumns(fused, column);
            column += linear.Weight.Rows;
        }

        return new LinearOp(run[0].X, weight, bias, fused);
    }
}
