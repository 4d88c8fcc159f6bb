using System;
using System.Collections.Generic;

namespace Kiln.Benchmarks.MakeCheckpoint;

/// <summary>A Llama-shaped model to make a checkpoint of.</summary>
internal sealed record Shape(int Hidden, int Layers, int Heads, int KeyValueHeads, int Intermediate, int Vocabulary, bool Tied, int MaxPositions)
{
    public static IReadOnlyDictionary<string, Shape> Known { get; } = new Dictionary<string, Shape>(StringComparer.Ordinal)
    {
        ["smollm2-135m"] = new(576, 30, 9, 3, 1536, 49152, true, 8192),
        ["llama-3.2-1b"] = new(2048, 16, 32, 8, 8192, 128256, true, 131072),

        // two tables of over 2^31 bytes each in bf16
        ["huge-vocabulary"] = new(1024, 1, 8, 8, 64, 1_300_000, false, 64),
        ["tiny"] = new(32, 2, 4, 2, 72, 99, true, 64),
    };

    public string Config(string dtype) =>
        $$"""
        {
          "architectures": ["LlamaForCausalLM"],
          "model_type": "llama",
          "hidden_size": {{Hidden}},
          "intermediate_size": {{Intermediate}},
          "num_hidden_layers": {{Layers}},
          "num_attention_heads": {{Heads}},
          "num_key_value_heads": {{KeyValueHeads}},
          "vocab_size": {{Vocabulary}},
          "max_position_embeddings": {{MaxPositions}},
          "rms_norm_eps": 1e-05,
          "rope_theta": 10000.0,
          "hidden_act": "silu",
          "tie_word_embeddings": {{(Tied ? "true" : "false")}},
          "dtype": "{{dtype}}"
        }
        """;

    public IEnumerable<(string Name, long[] Shape)> Tensors()
    {
        int headDim = Hidden / Heads;
        yield return ("model.embed_tokens.weight", [Vocabulary, Hidden]);
        for (int i = 0; i < Layers; i++)
        {
            string layer = $"model.layers.{i}.";
            yield return (layer + "input_layernorm.weight", [Hidden]);
            yield return (layer + "self_attn.q_proj.weight", [Hidden, Hidden]);
            yield return (layer + "self_attn.k_proj.weight", [KeyValueHeads * headDim, Hidden]);
            yield return (layer + "self_attn.v_proj.weight", [KeyValueHeads * headDim, Hidden]);
            yield return (layer + "self_attn.o_proj.weight", [Hidden, Hidden]);
            yield return (layer + "post_attention_layernorm.weight", [Hidden]);
            yield return (layer + "mlp.gate_proj.weight", [Intermediate, Hidden]);
            yield return (layer + "mlp.up_proj.weight", [Intermediate, Hidden]);
            yield return (layer + "mlp.down_proj.weight", [Hidden, Intermediate]);
        }

        yield return ("model.norm.weight", [Hidden]);
        if (!Tied)
        {
            yield return ("lm_head.weight", [Vocabulary, Hidden]);
        }
    }
}
