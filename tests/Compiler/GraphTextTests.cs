using System;
using System.Globalization;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Passes;
using Xunit;

namespace Kiln.Compiler.Tests;

/// <summary>Whole models as printed graphs: what the passes make of each family.</summary>
public class GraphTextTests
{
    [Fact]
    public void Llama() => Assert.Equal(
        """
        begin:
          x [tokens, 32] = Embedding(model.embed_tokens [99, 32])
          cos_sin [tokens, 8] = RotaryTable() default, base 10000
        layers 0..2:
          h [tokens, 32] = RmsNorm(x, input_layernorm) eps 1e-05f
          qkv [tokens, 64] = Linear(h, self_attn.qkv_proj [64, 32])
          query [tokens, 32] = Rotary(qkv[0..32], cos_sin) heads of 8
          key [tokens, 16] = Rotary(qkv[32..48], cos_sin) heads of 8
          StoreKeyValues(qkv[32..48], qkv[48..64]) 2 heads of 8
          attention [tokens, 32] = Attention(qkv[0..32]) causal, 4 heads of 8 over 2
          x [tokens, 32] = Linear(attention, x, self_attn.o_proj [32, 32]) added
          h [tokens, 32] = RmsNorm(x, post_attention_layernorm) eps 1e-05f
          gate_up [tokens, 144] = Linear(h, mlp.gate_up_proj [144, 32])
          mlp [tokens, 72] = Gate(gate_up[0..72], gate_up[72..144]) Silu
          x [tokens, 32] = Linear(mlp, x, mlp.down_proj [32, 72]) added
        end:
          output [outputs, 32] = SelectOutputs(x)
          normed_output [outputs, 32] = RmsNorm(output, model.norm) eps 1e-05f
          logits [outputs, 99] = Linear(normed_output, model.embed_tokens [99, 32])
        memory, floats a row: 304 tokens, 176 outputs:
          x [tokens, 32] at 0, across cuts
          cos_sin [tokens, 8] at 32, across cuts
          attention [tokens, 32] at 48
          h [tokens, 32] at 48
          gate_up [tokens, 144] at 80
          qkv [tokens, 64] at 80
          mlp [tokens, 72] at 224
          logits [outputs, 99] at 0, across cuts
          output [outputs, 32] at 112
          normed_output [outputs, 32] at 144

        """,
        TestCheckpoint.Llama().CompileCleanly().GraphText);

    [Fact]
    public void Gpt2WithHiddenStates()
    {
        Manifest manifest = TestCheckpoint.Gpt2();
        Assert.Equal(
            """
            begin:
              x [tokens, 24] = Embedding(transformer.wte [101, 24])
              x [tokens, 24] = PositionEmbedding(x, transformer.wpe [32, 24])
            layers 0..1:
              KeepHiddenState(x)
              h [tokens, 24] = LayerNorm(x, ln_1, ln_1_bias) eps 1e-05f
              qkv [tokens, 72] = Linear(h, attn.c_attn [72, 24], attn.c_attn_bias)
              StoreKeyValues(qkv[24..48], qkv[48..72]) 3 heads of 8
              attention [tokens, 24] = Attention(qkv[0..24]) causal, 3 heads of 8 over 3
              x [tokens, 24] = Linear(attention, x, attn.c_proj [24, 24], attn.c_proj_bias) added
              h [tokens, 24] = LayerNorm(x, ln_2, ln_2_bias) eps 1e-05f
              mlp [tokens, 96] = Linear(h, mlp.c_fc [96, 24], mlp.c_fc_bias) then GeluTanh
              x [tokens, 24] = Linear(mlp, x, mlp.c_proj [24, 96], mlp.c_proj_bias) added
            end:
              h [tokens, 24] = LayerNorm(x, transformer.ln_f, transformer.ln_f_bias) eps 1e-05f
              KeepHiddenState(h) after the last layer
              output [outputs, 24] = SelectOutputs(h)
              logits [outputs, 101] = Linear(output, transformer.wte [101, 24])
            memory, floats a row: 256 tokens, 144 outputs:
              x [tokens, 24] at 0, across cuts
              hidden_states [tokens, 24] x 3 at 32, across cuts
              attention [tokens, 24] at 128
              h [tokens, 24] at 128
              mlp [tokens, 96] at 160
              qkv [tokens, 72] at 160
              logits [outputs, 101] at 0, across cuts
              output [outputs, 24] at 112

            """,
            (manifest with { Options = manifest.Options with { HiddenStates = true } }).CompileCleanly().GraphText);
    }

    [Fact]
    public void OutputIsTheSameUnderAnyCulture()
    {
        CompiledModel expected = TestCheckpoint.Llama().CompileCleanly();
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            culture.NumberFormat.NegativeSign = "−";
            culture.NumberFormat.NumberDecimalSeparator = ",";
            culture.NumberFormat.NumberGroupSeparator = ".";
            CultureInfo.CurrentCulture = culture;
            CompiledModel model = TestCheckpoint.Llama().CompileCleanly();
            Assert.Equal(expected.Source, model.Source);
            Assert.Equal(expected.Plan.PlanHash, model.Plan.PlanHash);
            Assert.Equal(expected.Plan.Header(new string('0', 64)), model.Plan.Header(new string('0', 64)));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void TheOldGpt2ExportNeedsNoPrefix()
    {
        Manifest manifest = TestCheckpoint.Gpt2();
        var tensors = new System.Collections.Generic.List<ManifestTensor>();
        foreach (ManifestTensor t in manifest.Tensors)
        {
            tensors.Add(t with { Name = t.Name["transformer.".Length..] });
        }

        tensors.Add(new ManifestTensor("h.0.attn.bias", TensorEncoding.F32, [1, 1, 32, 32], 0, 0, 4096));
        string text = (manifest with { Tensors = tensors }).CompileCleanly().GraphText;
        Assert.Contains("Embedding(wte [101, 24])", text, StringComparison.Ordinal);
    }
}
