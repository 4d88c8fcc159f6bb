using System;
using System.Collections.Generic;
using System.Linq;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Tests;

/// <summary>Checkpoints that exist only as manifests: names, shapes and a config.</summary>
internal static class TestCheckpoint
{
    public const string LlamaConfig =
        """
        {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":32,"intermediate_size":72,"num_hidden_layers":3,
         "num_attention_heads":4,"num_key_value_heads":2,"vocab_size":99,"max_position_embeddings":64,"rms_norm_eps":1e-5,
         "tie_word_embeddings":true,"eos_token_id":2}
        """;

    public const string Gpt2Config =
        """
        {"architectures":["GPT2LMHeadModel"],"model_type":"gpt2","n_embd":24,"n_head":3,"n_layer":2,"n_positions":32,"vocab_size":101,
         "scale_attn_by_inverse_layer_idx":true}
        """;

    public static Manifest Llama(string config = LlamaConfig, TensorEncoding encoding = TensorEncoding.F32) => Make(config, encoding, LlamaTensors(JsonReader.Parse(config)));

    public static Manifest Gpt2(string config = Gpt2Config) => Make(config, TensorEncoding.F32, Gpt2Tensors(JsonReader.Parse(config)));

    public static Manifest Make(string config, TensorEncoding encoding, IEnumerable<(string Name, long[] Shape)> tensors)
    {
        var list = new List<ManifestTensor>();
        long offset = 1000;
        foreach ((string name, long[] shape) in tensors)
        {
            long length = shape.Aggregate(1L, (a, b) => a * b) * (encoding == TensorEncoding.F32 ? 4 : 2);
            list.Add(new ManifestTensor(name, encoding, shape, 0, offset, length));
            offset += length;
        }

        return new Manifest
        {
            Options = new ModelOptions("Model", "Test"),
            KilnVersion = "0.0.0",
            Config = JsonReader.Parse(config),
            Files = [new ManifestFile("model.safetensors", offset, new string('a', 64))],
            Tensors = list,
        };
    }

    public static Manifest Without(this Manifest manifest, string tensor) =>
        manifest with { Tensors = manifest.Tensors.Where(t => t.Name != tensor).ToList() };

    public static Manifest Replace(this Manifest manifest, string tensor, Func<ManifestTensor, ManifestTensor> change) =>
        manifest with { Tensors = manifest.Tensors.Select(t => t.Name == tensor ? change(t) : t).ToList() };

    /// <summary>Compiles and fails the test on any diagnostic.</summary>
    public static CompiledModel CompileCleanly(this Manifest manifest)
    {
        var diagnostics = new DiagnosticBag();
        CompiledModel? model = ModelCompiler.Compile(manifest, diagnostics);
        Xunit.Assert.Equal([], diagnostics.Items);
        return Xunit.Assert.IsType<CompiledModel>(model);
    }

    /// <summary>Compiles something refused or warned about.</summary>
    public static IReadOnlyList<Diagnostic> Diagnose(this Manifest manifest)
    {
        var diagnostics = new DiagnosticBag();
        CompiledModel? model = ModelCompiler.Compile(manifest, diagnostics);
        Xunit.Assert.Equal(diagnostics.HasErrors || (manifest.Options.Strict && diagnostics.Items.Count > 0), model is null);
        return diagnostics.Items;
    }

    private static IEnumerable<(string, long[])> LlamaTensors(JsonValue config)
    {
        long hidden = config.Require("hidden_size").Int64;
        long ffn = config.Require("intermediate_size").Int64;
        long heads = config.Require("num_attention_heads").Int64;
        long keyHeads = config.Get("num_key_value_heads")?.Int64 ?? heads;
        long headDim = config.Get("head_dim")?.Int64 ?? hidden / heads;
        long vocabulary = config.Require("vocab_size").Int64;
        bool attentionBias = config.Get("attention_bias")?.Boolean ?? false;
        bool mlpBias = config.Get("mlp_bias")?.Boolean ?? false;
        yield return ("model.embed_tokens.weight", [vocabulary, hidden]);
        for (int i = 0; i < config.Require("num_hidden_layers").Int32; i++)
        {
            string layer = $"model.layers.{i}.";
            (string, long, long, bool)[] matrices =
            [
                ("self_attn.q_proj", heads * headDim, hidden, attentionBias), ("self_attn.k_proj", keyHeads * headDim, hidden, attentionBias),
                ("self_attn.v_proj", keyHeads * headDim, hidden, attentionBias), ("self_attn.o_proj", hidden, heads * headDim, attentionBias),
                ("mlp.gate_proj", ffn, hidden, mlpBias), ("mlp.up_proj", ffn, hidden, mlpBias), ("mlp.down_proj", hidden, ffn, mlpBias),
            ];
            foreach ((string name, long rows, long columns, bool bias) in matrices)
            {
                yield return (layer + name + ".weight", [rows, columns]);
                if (bias)
                {
                    yield return (layer + name + ".bias", [rows]);
                }
            }

            yield return (layer + "input_layernorm.weight", [hidden]);
            yield return (layer + "post_attention_layernorm.weight", [hidden]);
        }

        yield return ("model.norm.weight", [hidden]);
        if (config.Get("tie_word_embeddings")?.Boolean != true)
        {
            yield return ("lm_head.weight", [vocabulary, hidden]);
        }
    }

    private static IEnumerable<(string, long[])> Gpt2Tensors(JsonValue config)
    {
        long n = config.Require("n_embd").Int64;
        yield return ("transformer.wte.weight", [config.Require("vocab_size").Int64, n]);
        yield return ("transformer.wpe.weight", [config.Require("n_positions").Int64, n]);
        for (int i = 0; i < config.Require("n_layer").Int32; i++)
        {
            string h = $"transformer.h.{i}.";
            foreach (string norm in new[] { "ln_1", "ln_2" })
            {
                yield return (h + norm + ".weight", [n]);
                yield return (h + norm + ".bias", [n]);
            }

            foreach ((string name, long rows, long columns) in new[] { ("attn.c_attn", n, 3 * n), ("attn.c_proj", n, n), ("mlp.c_fc", n, 4 * n), ("mlp.c_proj", 4 * n, n) })
            {
                yield return (h + name + ".weight", [rows, columns]);
                yield return (h + name + ".bias", [columns]);
            }
        }

        yield return ("transformer.ln_f.weight", [n]);
        yield return ("transformer.ln_f.bias", [n]);
    }
}
