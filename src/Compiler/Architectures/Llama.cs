using System;
using System.Collections.Generic;
using System.Globalization;
using Kiln.Compiler.Graph;

namespace Kiln.Compiler.Architectures;

/// <summary>Llama: <c>models/llama/modeling_llama.py</c> and <c>configuration_llama.py</c> of transformers 4.57.</summary>
internal sealed class Llama : Architecture
{
    public override string ModelType => "llama";

    public override IReadOnlyList<string> Classes => ["LlamaForCausalLM"];

    public override ArchitectureResult Build(ConfigReader config, TensorSource tensors, ModelOptions options)
    {
        int vocab_size = config.Int("vocab_size", 32000);
        int hidden_size = config.Int("hidden_size", 4096);
        int intermediate_size = config.Int("intermediate_size", 11008);
        int num_hidden_layers = config.Int("num_hidden_layers", 32, max: 4096);
        int num_attention_heads = config.Int("num_attention_heads", 32);
        int num_key_value_heads = config.OptionalInt("num_key_value_heads") ?? num_attention_heads;
        int? given_head_dim = config.OptionalInt("head_dim", max: 65536);
        int max_position_embeddings = config.Int("max_position_embeddings", 2048);
        float rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-6, above: 0);
        string hidden_act = config.Activation("hidden_act", "silu");
        bool tie_word_embeddings = config.Bool("tie_word_embeddings", false);
        bool attention_bias = config.Bool("attention_bias", false);
        bool mlp_bias = config.Bool("mlp_bias", false);
        config.Harmless("pretraining_tp", "attention_dropout", "initializer_range");

        if (given_head_dim is null && hidden_size % num_attention_heads != 0)
        {
            throw config.Invalid("num_attention_heads", "a divisor of hidden_size " + Text(hidden_size), Text(num_attention_heads));
        }

        if (num_attention_heads % num_key_value_heads != 0)
        {
            throw config.Invalid("num_key_value_heads", "a divisor of num_attention_heads " + Text(num_attention_heads), Text(num_key_value_heads));
        }

        int head_dim = given_head_dim ?? hidden_size / num_attention_heads;
        int query_size = CheckedSize(config, num_attention_heads, head_dim);
        int key_size = CheckedSize(config, num_key_value_heads, head_dim);
        RotaryParameters rotary = Rope.Read(config, head_dim, max_position_embeddings);
        var cache = new CacheShape(num_key_value_heads, head_dim);
        var scale = new PerLayer("attention_scale", (float)(1 / Math.Sqrt(head_dim)));

        // a checkpoint of the base model lacks the prefix
        string model = tensors.Has("model.embed_tokens.weight") || !tensors.Has("embed_tokens.weight") ? "model." : "";
        var g = new GraphBuilder();
        g.Graph.Cache = cache;
        if (options.HiddenStates)
        {
            g.Graph.HiddenStates = GraphValue.New("hidden_states", RowSpace.Tokens, hidden_size, num_hidden_layers + 1);
        }

        GraphValue x = g.Embedding("x", tensors.Table("", model + "embed_tokens.weight", vocab_size, hidden_size));
        GraphValue cos_sin = g.RotaryTable("cos_sin", rotary);
        for (int i = 0; i < num_hidden_layers; i++)
        {
            g.BeginLayer(x);
            string layer = model + "layers." + Text(i) + ".";
            g.KeepHiddenState(x);

            GraphValue h = g.RmsNorm("h", x, Vector("input_layernorm.weight", hidden_size), rms_norm_eps);
            GraphValue q = Linear("query", h, "self_attn.q_proj", query_size, attention_bias);
            GraphValue k = Linear("key", h, "self_attn.k_proj", key_size, attention_bias);
            GraphValue v = Linear("value", h, "self_attn.v_proj", key_size, attention_bias);
            q = g.Rotary(q, head_dim, cos_sin);
            k = g.Rotary(k, head_dim, cos_sin);
            g.StoreKeyValues(k, v, cache);
            GraphValue attention = g.Attention("attention", q, cache, scale);
            x = g.Add(x, Linear("o", attention, "self_attn.o_proj", hidden_size, attention_bias));

            h = g.RmsNorm("h", x, Vector("post_attention_layernorm.weight", hidden_size), rms_norm_eps);
            GraphValue gate = Linear("gate", h, "mlp.gate_proj", intermediate_size, mlp_bias);
            GraphValue up = Linear("up", h, "mlp.up_proj", intermediate_size, mlp_bias);
            GraphValue mlp = g.Gate("mlp", gate, up, hidden_act);
            x = g.Add(x, Linear("down", mlp, "mlp.down_proj", hidden_size, mlp_bias));

            GraphWeight Vector(string name, int length) => tensors.Vector(layer, name, length);

            GraphValue Linear(string name, GraphValue input, string weight, int rows, bool bias) => g.Linear(
                name, input, tensors.Matrix(layer, weight + ".weight", rows, input.Width), bias ? tensors.Vector(layer, weight + ".bias", rows) : null);
        }

        g.BeginEnd(x);
        GraphWeight norm = tensors.Vector("", model + "norm.weight", hidden_size);
        GraphValue output;
        if (options.HiddenStates)
        {
            // the reference's last hidden state is the normalised one, of every row
            GraphValue normed = g.RmsNorm("h", x, norm, rms_norm_eps);
            g.KeepHiddenState(normed, last: true);
            output = g.SelectOutputs("output", normed);
        }
        else
        {
            output = g.RmsNorm("normed_output", g.SelectOutputs("output", x), norm, rms_norm_eps);
        }

        string head = tie_word_embeddings ? model + "embed_tokens.weight" : "lm_head.weight";
        g.Graph.Logits = g.Linear("logits", output, tensors.Matrix("", head, vocab_size, hidden_size));
        if (tie_word_embeddings)
        {
            tensors.Ignore("lm_head.weight");
        }

        tensors.ReportUnused(name => name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal));
        return new ArchitectureResult(
            g.Graph,
            vocab_size,
            hidden_size,
            max_position_embeddings,
            0,
            [
                ("IntermediateSize", intermediate_size, "Features between the two halves of an MLP (<c>intermediate_size</c>)."),
                ("NumAttentionHeads", num_attention_heads, "Query heads (<c>num_attention_heads</c>)."),
                ("NumKeyValueHeads", num_key_value_heads, "Key/value heads (<c>num_key_value_heads</c>)."),
                ("HeadDim", head_dim, "Features of a head (<c>head_dim</c>)."),
            ]);
    }

    private static int CheckedSize(ConfigReader config, int heads, int headDim) => (long)heads * headDim <= ConfigReader.MaxDimension
        ? heads * headDim
        : throw config.Invalid("head_dim", "heads * head_dim of at most " + Text(ConfigReader.MaxDimension), Text(headDim));

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
