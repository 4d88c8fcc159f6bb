using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Kiln.Build.Tests;

/// <summary>Writes small checkpoints whose every number is known.</summary>
internal static class Checkpoint
{
    public const string LlamaConfig =
        """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 40, "max_position_embeddings": 64, "rms_norm_eps": 1e-05,
         "hidden_act": "silu", "tie_word_embeddings": true, "rope_theta": 10000.0, "eos_token_id": 2}
        """;

    public const string Gpt2Config =
        """
        {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_embd": 16, "n_layer": 1, "n_head": 4, "n_positions": 32, "n_ctx": 32,
         "vocab_size": 40, "layer_norm_epsilon": 1e-05, "activation_function": "gelu_new", "eos_token_id": 2, "bos_token_id": 2}
        """;

    public static IReadOnlyList<(string Name, int[] Shape)> LlamaTensors { get; } =
    [
        ("model.embed_tokens.weight", [40, 16]),
        .. Enumerable.Range(0, 2).SelectMany(layer => new (string, int[])[]
        {
            ($"model.layers.{layer}.input_layernorm.weight", [16]),
            ($"model.layers.{layer}.mlp.down_proj.weight", [16, 24]),
            ($"model.layers.{layer}.mlp.gate_proj.weight", [24, 16]),
            ($"model.layers.{layer}.mlp.up_proj.weight", [24, 16]),
            ($"model.layers.{layer}.post_attention_layernorm.weight", [16]),
            ($"model.layers.{layer}.self_attn.k_proj.weight", [8, 16]),
            ($"model.layers.{layer}.self_attn.o_proj.weight", [16, 16]),
            ($"model.layers.{layer}.self_attn.q_proj.weight", [16, 16]),
            ($"model.layers.{layer}.self_attn.v_proj.weight", [8, 16]),
        }),
        ("model.norm.weight", [16]),
    ];

    public static IReadOnlyList<(string Name, int[] Shape)> Gpt2Tensors { get; } =
    [
        ("transformer.wte.weight", [40, 16]),
        ("transformer.wpe.weight", [32, 16]),
        ("transformer.h.0.ln_1.weight", [16]),
        ("transformer.h.0.ln_1.bias", [16]),
        ("transformer.h.0.attn.c_attn.weight", [16, 48]),
        ("transformer.h.0.attn.c_attn.bias", [48]),
        ("transformer.h.0.attn.c_proj.weight", [16, 16]),
        ("transformer.h.0.attn.c_proj.bias", [16]),
        ("transformer.h.0.ln_2.weight", [16]),
        ("transformer.h.0.ln_2.bias", [16]),
        ("transformer.h.0.mlp.c_fc.weight", [16, 64]),
        ("transformer.h.0.mlp.c_fc.bias", [64]),
        ("transformer.h.0.mlp.c_proj.weight", [64, 16]),
        ("transformer.h.0.mlp.c_proj.bias", [16]),
        ("transformer.ln_f.weight", [16]),
        ("transformer.ln_f.bias", [16]),
    ];

    /// <summary>A Llama folder. Its time stamps are old enough to be trusted.</summary>
    public static string WriteLlama(string folder, string encoding = "F32", int seed = 0)
    {
        Directory.CreateDirectory(folder);
        WriteText(Path.Combine(folder, "config.json"), LlamaConfig);
        WriteTensors(Path.Combine(folder, "model.safetensors"), LlamaTensors, encoding, seed);
        return folder;
    }

    public static string WriteGpt2(string folder, string encoding = "F32")
    {
        Directory.CreateDirectory(folder);
        WriteText(Path.Combine(folder, "config.json"), Gpt2Config);
        WriteTensors(Path.Combine(folder, "model.safetensors"), Gpt2Tensors, encoding, 0);
        return folder;
    }

    public static void WriteText(string path, string text)
    {
        File.WriteAllText(path, text);
        Age(path);
    }

    /// <summary>Writes a safetensors file with the numbers of <see cref="Number"/>.</summary>
    public static void WriteTensors(string path, IReadOnlyList<(string Name, int[] Shape)> tensors, string encoding = "F32", int seed = 0)
    {
        int size = encoding == "F32" ? 4 : 2;
        var header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        var data = new MemoryStream();
        foreach ((string name, int[] shape) in tensors)
        {
            int count = shape.Aggregate(1, (a, b) => a * b);
            header.Append($",\"{name}\":{{\"dtype\":\"{encoding}\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{data.Length},{data.Length + ((long)count * size)}]}}");
            for (int i = 0; i < count; i++)
            {
                data.Write(Encode(Number(name, i, seed), encoding));
            }
        }

        header.Append('}');
        header.Append(' ', (8 - (header.Length % 8)) % 8);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        File.WriteAllBytes(path, [.. length, .. Encoding.ASCII.GetBytes(header.ToString()), .. data.ToArray()]);
        Age(path);
    }

    /// <summary>Number <paramref name="index"/> of a tensor: exact in all three encodings.</summary>
    public static float Number(string tensor, int index, int seed = 0)
    {
        int hash = seed;
        foreach (char c in tensor)
        {
            hash = unchecked((hash * 31) + c);
        }

        return ((unchecked((hash + (index * 7919)) & 0x7fffffff) % 255) - 127) / 64f;
    }

    /// <summary>Sets a time stamp that the build takes at its word.</summary>
    public static void Age(string path, int seconds = 1000) => File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds(-seconds));

    private static byte[] Encode(float value, string encoding)
    {
        byte[] bytes = BitConverter.GetBytes(value);
        return encoding switch
        {
            "F32" => bytes,
            "BF16" => bytes[2..],
            _ => BitConverter.GetBytes((Half)value),
        };
    }
}
