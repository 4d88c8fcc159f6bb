using Kiln.Compiler.Graph;
using Kiln.Compiler.Graph.Ops;
using Kiln.Compiler.Passes;
using Xunit;
using static Kiln.Compiler.Tests.Passes.SmallGraph;

namespace Kiln.Compiler.Tests.Passes;

public class ShapeCheckTests
{
    [Fact]
    public void AProductThatDoesNotFitIsRefused() =>
        Refuses(x => [new LinearOp(x, Matrix("fc", 16, 9), null, Value("a", 16))], "breaks its shape rule: [rows, in], [out, in] -> [rows, out]");

    [Fact]
    public void ABiasOfAnotherLengthIsRefused() =>
        Refuses(x => [new LinearOp(x, Matrix("fc", 16, 8), Vector("fc_bias", 15), Value("a", 16))], "the bias has the length of the output");

    [Fact]
    public void RotaryTurnsNoMoreThanAHead() =>
        Refuses(x => [new RotaryOp(x, 4, x)], "dimension <= head_dim");

    [Fact]
    public void RowSpacesDoNotMix() =>
        Refuses(x => [new AddOp(x, Value("o", 8, RowSpace.Outputs))], "breaks its shape rule");

    [Fact]
    public void NothingIsReadBeforeItIsMade() =>
        Refuses(x => [new AddOp(x, Value("later", 8))], "reads 'later', which no op before it has made");

    [Fact]
    public void NothingIsReadAfterItIsOverwritten() =>
        Refuses(x => [new AddOp(x, x), new CopyOp(x, Value("a", 8))], "or which another op has overwritten");

    private static void Refuses(System.Func<GraphValue, Op[]> ops, string message)
    {
        var graph = new ModelGraph();
        GraphValue x = Value("x", 8);
        graph.Begin.Ops.Add(new EmbeddingOp(Table("embed", 9, 8), x));
        graph.End.Ops.AddRange(ops(x));
        Assert.Contains(message, Assert.Throws<GraphException>(() => ShapeCheck.Run(graph)).Message, System.StringComparison.Ordinal);
    }
}
