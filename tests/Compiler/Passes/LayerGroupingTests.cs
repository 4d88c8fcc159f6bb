using System.Linq;
using Kiln.Compiler.Checkpoints;
using Xunit;

namespace Kiln.Compiler.Tests.Passes;

public class LayerGroupingTests
{
    [Fact]
    public void LayersOfAnotherFormatGetAMethodOfTheirOwn()
    {
        Manifest manifest = TestCheckpoint.Llama().Replace("model.layers.1.mlp.down_proj.weight", t => t with { Encoding = TensorEncoding.BF16 });
        CompiledModel model = manifest.CompileCleanly();
        Assert.Contains("layers 0, 2:", model.GraphText, System.StringComparison.Ordinal);
        Assert.Contains("layers 1:", model.GraphText, System.StringComparison.Ordinal);
        Assert.Contains("layerKinds => new byte[] { 0, 1, 0 }", model.Source, System.StringComparison.Ordinal);
        // the group's layers lie side by side, so that one struct over a start serves both
        long[] starts = model.Plan.Tensors.Where(t => t.Name.EndsWith("input_layernorm.weight", System.StringComparison.Ordinal)).Select(t => t.Offset).ToArray();
        Assert.Equal("0,2,1", string.Join(",", model.Plan.Tensors.Where(t => t.Name.EndsWith("input_layernorm.weight", System.StringComparison.Ordinal)).Select(t => t.Name.Split('.')[2])));
        Assert.Equal(starts.Order(), starts);
    }

    [Fact]
    public void ANumberThatDiffersByLayerIsATable()
    {
        CompiledModel model = TestCheckpoint.Gpt2().CompileCleanly();
        Assert.Contains("layers 0..1:", model.GraphText, System.StringComparison.Ordinal);
        Assert.Contains("attention_scale => new float[] { 0.35355338f, 0.17677669f }", model.Source, System.StringComparison.Ordinal);
    }
}
