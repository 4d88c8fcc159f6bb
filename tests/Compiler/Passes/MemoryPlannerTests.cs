using System.Linq;
using Kiln.Compiler.Graph;
using Kiln.Compiler.Graph.Ops;
using Kiln.Compiler.Passes;
using Xunit;
using static Kiln.Compiler.Tests.Passes.SmallGraph;

namespace Kiln.Compiler.Tests.Passes;

public class MemoryPlannerTests
{
    [Fact]
    public void APlaceIsUsedAgainOnceItsValueIsDead()
    {
        GraphValue x = Value("x", 16);
        GraphValue a = Value("a", 40);
        GraphValue b = Value("b", 16);
        GraphValue c = Value("c", 33);
        MemoryPlan plan = Plan(x, new LinearOp(x, Matrix("a", 40, 16), null, a), new LinearOp(a, Matrix("b", 16, 40), null, b), new LinearOp(b, Matrix("c", 33, 16), null, c));
        Assert.Equal(
            """
            memory, floats a row: 80 tokens, 32 outputs:
              x [tokens, 16] at 0, across cuts
              a [tokens, 40] at 16
              c [tokens, 33] at 16
              b [tokens, 16] at 64
              logits [outputs, 16] at 0, across cuts
              o [outputs, 16] at 16

            """,
            plan.Text);
    }

    [Fact]
    public void ColumnsAndOverwrittenValuesHaveNoPlaceOfTheirOwn()
    {
        GraphValue x = Value("x", 16);
        GraphValue fused = Value("fused", 48);
        GraphValue left = fused.Columns("left", 0, 16);
        GraphValue right = fused.Columns("right", 16, 16);
        MemoryPlan plan = Plan(x, new LinearOp(x, Matrix("a", 48, 16), null, fused), new AddOp(left, right));
        Assert.Equal(["fused", "logits", "o", "x"], plan.Places.Keys.Select(v => v.Name).Order());
    }

    private static MemoryPlan Plan(GraphValue x, params Op[] layer)
    {
        var graph = new ModelGraph();
        graph.Begin.Ops.Add(new EmbeddingOp(Table("embed", 9, x.Width), x));
        graph.Begin.CarriedOut = x;
        var block = new Block("layer 0") { CarriedIn = x, CarriedOut = x };
        block.Ops.AddRange(layer);
        graph.Layers.Add(block);
        graph.Groups = [new LayerGroup([0])];
        GraphValue output = Value("o", 16, RowSpace.Outputs);
        GraphValue logits = Value("logits", 16, RowSpace.Outputs);
        graph.End.CarriedIn = x;
        graph.End.Ops.AddRange([new SelectOutputsOp(x, output), new LinearOp(output, Matrix("head", 16, 16), null, logits)]);
        graph.Logits = logits;
        ShapeCheck.Run(graph);
        return MemoryPlanner.Run(graph);
    }
}
