using System.Collections.Generic;
using System.Linq;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Xunit;

namespace Kiln.Compiler.Tests;

/// <summary>One test at least for each way in which a config or a tensor does not fit.</summary>
public class ArchitectureDiagnosticsTests
{
    [Theory]
    [InlineData("\"model_type\":\"llama\"", "\"model_type\":\"mamba\"", "KILN0201", "config.json: model_type: 'mamba' is not supported; expected one of llama, gpt2")]
    [InlineData("\"model_type\":\"llama\",", "", "KILN0201", "config.json: model_type: expected the name of a model family, found nothing")]
    [InlineData("LlamaForCausalLM", "LlamaForSequenceClassification", "KILN0201", "[\"LlamaForSequenceClassification\"] is not supported; expected one of LlamaForCausalLM, GPT2LMHeadModel")]
    [InlineData("\"hidden_size\":32", "\"hidden_size\":\"32\"", "KILN0202", "config.json: hidden_size: expected a whole number from 1 to 16777216, found \"32\"")]
    [InlineData("\"hidden_size\":32", "\"hidden_size\":null", "KILN0202", "hidden_size: expected a whole number")]
    [InlineData("\"hidden_size\":32", "\"hidden_size\":1e99", "KILN0202", "found 1e99")]
    [InlineData("\"hidden_size\":32", "\"hidden_size\":33", "KILN0202", "num_attention_heads: expected a divisor of hidden_size 33, found 4")]
    [InlineData("\"num_key_value_heads\":2", "\"num_key_value_heads\":3", "KILN0202", "num_key_value_heads: expected a divisor of num_attention_heads 4, found 3")]
    [InlineData("\"num_hidden_layers\":3", "\"num_hidden_layers\":-1", "KILN0202", "num_hidden_layers: expected a whole number from 1 to 4096, found -1")]
    [InlineData("\"rms_norm_eps\":1e-5", "\"rms_norm_eps\":0", "KILN0202", "rms_norm_eps: expected a number above 0, found 0")]
    [InlineData("\"eos_token_id\":2", "\"eos_token_id\":\"x\"", "KILN0202", "eos_token_id: expected a number")]
    [InlineData("\"eos_token_id\":2", "\"hidden_act\":\"swiglu_oai\"", "KILN0203", "hidden_act: swiglu_oai is not supported; expected one of silu, gelu")]
    [InlineData("\"eos_token_id\":2", "\"quantization_config\":{\"bits\":4}", "KILN0203", "quantization_config: {\"bits\": 4} is not supported; expected no such field")]
    [InlineData("\"eos_token_id\":2", "\"partial_rotary_factor\":0.5", "KILN0203", "partial_rotary_factor: 0.5 is not supported; expected 1 or 1.0")]
    [InlineData("\"eos_token_id\":2", "\"rope_scaling\":{\"rope_type\":\"longrope\"}", "KILN0203", "rope_scaling.rope_type: longrope is not supported; expected default, linear, dynamic, llama3 or yarn")]
    [InlineData("\"eos_token_id\":2", "\"rope_scaling\":{\"factor\":2}", "KILN0202", "rope_scaling.rope_type: expected a string, found nothing")]
    [InlineData("\"eos_token_id\":2", "\"rope_scaling\":{\"type\":\"linear\"}", "KILN0202", "rope_scaling.factor: expected a number above 0, found nothing")]
    [InlineData("\"eos_token_id\":2", "\"rope_scaling\":{\"type\":\"llama3\",\"factor\":8,\"low_freq_factor\":4,\"high_freq_factor\":1,\"original_max_position_embeddings\":9}", "KILN0202", "rope_scaling.high_freq_factor: expected more than low_freq_factor 4, found 1")]
    public void ConfigsThatDoNotFit(string field, string replacement, string id, string message)
    {
        Manifest manifest = TestCheckpoint.Llama();
        string config = TestCheckpoint.LlamaConfig.Replace(field, replacement);
        Assert.NotEqual(TestCheckpoint.LlamaConfig, config);
        Diagnostic error = Assert.Single((manifest with { Config = Json.JsonReader.Parse(config) }).Diagnose());
        Assert.Equal(id, error.Id);
        Assert.Contains(message, error.Message, System.StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownFieldIsAWarningAndWithStrictRefused()
    {
        Manifest manifest = TestCheckpoint.Llama(TestCheckpoint.LlamaConfig.Replace("\"eos_token_id\":2", "\"use_moon_attention\":true"));
        Diagnostic warning = Assert.Single(manifest.Diagnose());
        Assert.Equal(("KILN0204", DiagnosticSeverity.Warning), (warning.Id, warning.Descriptor.Severity));
        Assert.Contains("use_moon_attention", warning.Message, System.StringComparison.Ordinal);
        Assert.Single((manifest with { Options = manifest.Options with { Strict = true } }).Diagnose());
    }

    [Fact]
    public void AGenerationSettingThatKilnLacksIsAWarning()
    {
        Manifest manifest = TestCheckpoint.Llama() with { GenerationConfig = Json.JsonReader.Parse("{\"num_beams\":4,\"penalty_alpha\":0.0,\"eos_token_id\":[2,5]}") };
        Diagnostic warning = Assert.Single(manifest.Diagnose());
        Assert.Equal("KILN0205", warning.Id);
        Assert.Contains("generation_config.json: num_beams: 4", warning.Message, System.StringComparison.Ordinal);
    }

    [Fact]
    public void AllMissingTensorsAreNamedAtOnce()
    {
        IReadOnlyList<Diagnostic> errors = TestCheckpoint.Llama().Without("model.norm.weight").Without("model.layers.1.mlp.up_proj.weight").Diagnose();
        Assert.Equal(
            [
                "tensor 'model.layers.1.mlp.up_proj.weight' [72, 32] is in none of the checkpoint's files (model.safetensors)",
                "tensor 'model.norm.weight' [32] is in none of the checkpoint's files (model.safetensors)",
            ],
            errors.Select(e => e.Message));
        Assert.All(errors, e => Assert.Equal("KILN0301", e.Id));
    }

    [Fact]
    public void ShapesAndTypes()
    {
        IReadOnlyList<Diagnostic> errors = TestCheckpoint.Llama()
            .Replace("model.norm.weight", t => t with { Shape = [31] })
            .Replace("model.layers.0.self_attn.q_proj.weight", t => t with { Encoding = TensorEncoding.I8 })
            .Diagnose();
        Assert.Equal(
            [
                ("KILN0303", "model.safetensors: tensor 'model.layers.0.self_attn.q_proj.weight': expected type F32, F16 or BF16, found I8"),
                ("KILN0302", "model.safetensors: tensor 'model.norm.weight': expected shape [32], found [31]"),
            ],
            errors.Select(e => (e.Id, e.Message)));
    }

    [Fact]
    public void AnUnusedTensorIsAWarningAndABufferIsNot()
    {
        Manifest manifest = TestCheckpoint.Llama();
        ManifestTensor extra = manifest.Tensors[0] with { Name = "model.layers.0.extra" };
        ManifestTensor buffer = manifest.Tensors[0] with { Name = "model.layers.0.self_attn.rotary_emb.inv_freq" };
        ManifestTensor tied = manifest.Tensors[0] with { Name = "lm_head.weight" };
        Diagnostic warning = Assert.Single((manifest with { Tensors = [.. manifest.Tensors, extra, buffer, tied] }).Diagnose());
        Assert.Equal("KILN0304", warning.Id);
        Assert.Contains("'model.layers.0.extra'", warning.Message, System.StringComparison.Ordinal);
    }

    [Fact]
    public void ATokenizerLargerThanTheModelIsRefused()
    {
        Manifest manifest = TestCheckpoint.Llama() with { Tokenizer = new ManifestTokenizer(new string('0', 64), 100, [], []) };
        Assert.Equal("KILN0404", Assert.Single(manifest.Diagnose()).Id);
    }

    [Theory]
    [InlineData("3x", "N")]
    [InlineData("class", "N")]
    [InlineData("Forward", "N")]
    [InlineData("qkv", "N")]
    [InlineData("Model", "My-Space")]
    [InlineData("Model", "A..B")]
    public void NamesThatCSharpCannotTake(string name, string space)
    {
        Manifest manifest = TestCheckpoint.Llama();
        Assert.Equal("KILN0002", Assert.Single((manifest with { Options = new ModelOptions(name, space) }).Diagnose()).Id);
    }

    [Fact]
    public void MoreTokensThanPositionsAreRefused()
    {
        Manifest manifest = TestCheckpoint.Gpt2();
        Diagnostic error = Assert.Single((manifest with { Options = manifest.Options with { MaxTokens = 33 } }).Diagnose());
        Assert.Equal("KILN0002", error.Id);
        Assert.Contains("expected at most 32", error.Message, System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"model_type\":[]}")]
    [InlineData("[]")]
    [InlineData("{\"model_type\":\"llama\",\"architectures\":3}")]
    [InlineData("{\"model_type\":\"llama\",\"architectures\":[3]}")]
    [InlineData("{\"model_type\":\"llama\",\"rope_scaling\":[1]}")]
    [InlineData("{\"model_type\":\"gpt2\",\"n_embd\":16777216}")]
    public void OddConfigsGiveAnErrorAndNoCrash(string config) => Assert.NotEmpty((TestCheckpoint.Llama() with { Config = Json.JsonReader.Parse(config) }).Diagnose());
}
