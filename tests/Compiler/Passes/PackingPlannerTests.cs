using System.Linq;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Json;
using Kiln.Compiler.Passes;
using Xunit;

namespace Kiln.Compiler.Tests.Passes;

public class PackingPlannerTests
{
    [Fact]
    public void PartsKeepTheirNames() => Assert.Contains(
        """
        model.layers.0.self_attn.qkv_proj.weight F32 Panels [64, 32] at 14464, 8192 bytes
          0..32 model.layers.0.self_attn.q_proj.weight
          32..48 model.layers.0.self_attn.k_proj.weight
          48..64 model.layers.0.self_attn.v_proj.weight

        """,
        PackingPlanner.Text(TestCheckpoint.Llama().CompileCleanly().Plan.Tensors),
        System.StringComparison.Ordinal);

    [Fact]
    public void TiedTablesAreStoredOnceInTheLayoutOfTheProduct()
    {
        PackedTensor table = Assert.Single(TestCheckpoint.Llama().CompileCleanly().Plan.Tensors, t => t.Name == "model.embed_tokens.weight");
        Assert.Equal(PackedLayout.Panels, table.Layout);
    }

    [Fact]
    public void UntiedTablesAreLookedUpByRows()
    {
        PackingPlan plan = TestCheckpoint.Llama(TestCheckpoint.LlamaConfig.Replace("\"tie_word_embeddings\":true", "\"tie_word_embeddings\":false")).CompileCleanly().Plan;
        Assert.Equal(PackedLayout.Rows, Assert.Single(plan.Tensors, t => t.Name == "model.embed_tokens.weight").Layout);
        Assert.Equal(PackedLayout.Panels, Assert.Single(plan.Tensors, t => t.Name == "lm_head.weight").Layout);
    }

    [Fact]
    public void Conv1DIsTransposed()
    {
        PackedTensor fc = Assert.Single(TestCheckpoint.Gpt2().CompileCleanly().Plan.Tensors, t => t.Name == "transformer.h.1.mlp.c_fc.weight");
        Assert.Equal((96, 24, true), (fc.Rows, fc.Columns, fc.Parts.Single().Transposed));
    }

    [Theory]
    [InlineData(WeightsOption.Stored, TensorEncoding.F16, PackedFormat.F16)]
    [InlineData(WeightsOption.Stored, TensorEncoding.BF16, PackedFormat.BF16)]
    [InlineData(WeightsOption.F32, TensorEncoding.F16, PackedFormat.F32)]
    [InlineData(WeightsOption.BF16, TensorEncoding.F32, PackedFormat.BF16)]
    internal void FormatsFollowTheItem(WeightsOption option, TensorEncoding encoding, PackedFormat expected)
    {
        Manifest manifest = TestCheckpoint.Llama(encoding: encoding);
        PackingPlan plan = (manifest with { Options = manifest.Options with { Weights = option } }).CompileCleanly().Plan;
        Assert.All(plan.Tensors, t => Assert.Equal(t.Layout == PackedLayout.Vector ? PackedFormat.F32 : expected, t.Format));
    }

    [Fact]
    public void TheHeaderIsValidSafetensorsWithoutHoles()
    {
        // 16-bit panels of an odd number of columns do not end at a multiple of 64: padding must be a tensor
        PackingPlan plan = TestCheckpoint.Llama(TestCheckpoint.LlamaConfig.Replace("\"intermediate_size\":72", "\"intermediate_size\":73").Replace("\"hidden_size\":32", "\"hidden_size\":48"), TensorEncoding.BF16).CompileCleanly().Plan;
        string header = plan.Header(new string('d', 64));
        Assert.Equal(plan.HeaderLength, header.Length);
        Assert.Equal(0, (8 + header.Length) % 64);
        Assert.StartsWith($"{{\"__metadata__\":{{\"kiln.content\":\"{plan.ContentHash}\",\"kiln.plan\":\"{plan.PlanHash}\",\"kiln.data\":\"dddd", header);
        long end = 0;
        int padded = 0;
        foreach (var member in JsonReader.Parse(header, uniqueNames: true).Members.Skip(1))
        {
            long[] range = member.Value.Require("data_offsets").Items.Select(i => i.Int64).ToArray();
            long size = member.Value.Require("shape").Items.Aggregate(1L, (a, b) => a * b.Int64)
                * member.Value.Require("dtype").String switch { "F32" => 4, "U8" => 1, _ => 2 };
            padded += member.Key.StartsWith("kiln.padding", System.StringComparison.Ordinal) ? 1 : 0;
            Assert.Equal(end, range[0]);
            Assert.Equal(size, range[1] - range[0]);
            end = range[1];
        }

        Assert.True(padded > 0);
        Assert.Equal(plan.DataLength, end);
        Assert.All(plan.Tensors, t => Assert.Equal(0, t.Offset % 64));
    }

    [Fact]
    public void HashesFollowPlanAndContent()
    {
        Manifest manifest = TestCheckpoint.Llama();
        PackingPlan plan = manifest.CompileCleanly().Plan;
        PackingPlan otherContent = (manifest with { Files = [manifest.Files[0] with { ContentHash = new string('b', 64) }] }).CompileCleanly().Plan;
        PackingPlan otherPlan = (manifest with { Options = manifest.Options with { Weights = WeightsOption.BF16 } }).CompileCleanly().Plan;
        Assert.Equal(plan.PlanHash, otherContent.PlanHash);
        Assert.NotEqual(plan.ContentHash, otherContent.ContentHash);
        Assert.NotEqual(plan.PlanHash, otherPlan.PlanHash);
    }
}
