using Kiln.Compiler.Graph;
using Kiln.Compiler.Graph.Ops;
using Kiln.Compiler.Passes;
using Xunit;
using static Kiln.Compiler.Tests.Passes.SmallGraph;

namespace Kiln.Compiler.Tests.Passes;

public class FusionTests
{
    private readonly GraphValue x = Value("x", 8);

    [Fact]
    public void ProductsOfOneInputBecomeOne()
    {
        var q = new LinearOp(x, Matrix("attn.q_proj", 8, 8), Vector("attn.q_proj_bias", 8), Value("query", 8));
        var k = new LinearOp(x, Matrix("attn.k_proj", 4, 8), Vector("attn.k_proj_bias", 4), Value("key", 4));
        Block block = Block(q, k, new AddOp(k.Output!, k.Output!));
        ParallelLinearFusion.Run(block);
        Assert.Equal(
            """
            block:
              qk [tokens, 12] = Linear(x, attn.qk_proj [12, 8], attn.qk_proj_bias)
              key [tokens, 4] = Add(qk[8..12], qk[8..12])

            """,
            GraphText.Of(block));
        LinearOp fused = Assert.IsType<LinearOp>(block.Ops[0]);
        Assert.Equal(["attn.q_proj.weight", "attn.k_proj.weight"], System.Linq.Enumerable.Select(fused.Weight.Parts, p => p.Tensor.Name));
        Assert.Equal(12, fused.Bias!.Columns);
    }

    [Fact]
    public void ProductsOfDifferentInputsStayApart()
    {
        GraphValue y = Value("y", 8);
        Block block = Block(
            new LinearOp(x, Matrix("a", 8, 8), null, Value("a", 8)),
            new LinearOp(y, Matrix("b", 8, 8), null, Value("b", 8)));
        ParallelLinearFusion.Run(block);
        Assert.Equal(2, block.Ops.Count);
    }

    [Fact]
    public void BiasedAndUnbiasedStayApart()
    {
        Block block = Block(
            new LinearOp(x, Matrix("a", 8, 8), Vector("a_bias", 8), Value("a", 8)),
            new LinearOp(x, Matrix("b", 8, 8), null, Value("b", 8)));
        ParallelLinearFusion.Run(block);
        Assert.Equal(2, block.Ops.Count);
    }

    [Fact]
    public void AnActivationIsDoneAsTheProductIsWritten()
    {
        GraphValue a = Value("a", 16);
        Block block = Block(new LinearOp(x, Matrix("fc", 16, 8), null, a), new ActivateOp(a, "Gelu", Value("b", 16)));
        EpilogueFusion.Run(block);
        Assert.Equal("block:\n  b [tokens, 16] = Linear(x, fc [16, 8]) then Gelu\n", GraphText.Of(block));
    }

    [Fact]
    public void AResidualIsAddedInPlace()
    {
        GraphValue stream = Value("stream", 16);
        GraphValue a = Value("a", 16);
        Block block = Block(new LinearOp(x, Matrix("o", 16, 8), Vector("o_bias", 16), a), new AddOp(stream, a));
        EpilogueFusion.Run(block);
        Assert.Equal("block:\n  stream [tokens, 16] = Linear(x, stream, o [16, 8], o_bias) added\n", GraphText.Of(block));
        Assert.Same(stream, block.Ops[0].Output!.Root);
    }

    [Fact]
    public void AResultThatIsReadTwiceIsKept()
    {
        GraphValue a = Value("a", 16);
        Block block = Block(
            new LinearOp(x, Matrix("fc", 16, 8), null, a), new ActivateOp(a, "Gelu", Value("b", 16)), new ActivateOp(a, "Tanh", Value("c", 16)));
        EpilogueFusion.Run(block);
        Assert.Equal(3, block.Ops.Count);
    }

    [Fact]
    public void AnActivatedProductTakesNoResidual()
    {
        GraphValue stream = Value("stream", 16);
        GraphValue a = Value("a", 16);
        GraphValue b = Value("b", 16);
        Block block = Block(new LinearOp(x, Matrix("fc", 16, 8), null, a), new ActivateOp(a, "Gelu", b), new AddOp(stream, b));
        EpilogueFusion.Run(block);
        Assert.Equal(
            "block:\n  b [tokens, 16] = Linear(x, fc [16, 8]) then Gelu\n  stream [tokens, 16] = Add(stream, b)\n", GraphText.Of(block));
    }
}
