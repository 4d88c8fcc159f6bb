using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;
using Kiln.Compiler.Graph;

namespace Kiln.Compiler.Architectures;

/// <summary>GPT-2: <c>models/gpt2/modeling_gpt2.py</c> and <c>configuration_gpt2.py</c> of transformers 4.57.</summary>
internal sealed class Gpt2 : Architecture
{
    // causal masks that old exports carry along
    private static readonly Regex Buffers = new(@"^(transformer\.)?h\.\d+\.attn\.(bias|masked_bias)$", RegexOptions.CultureInvariant);

    public override string ModelType => "gpt2";

    public override IReadOnlyList<string> Classes => ["GPT2LMHeadModel"];

    public override ArchitectureResult Build(ConfigReader config, TensorSource tensors, ModelOptions options)
    {
        int vocab_size = config.Int("vocab_size", 50257);
        // the attribute map of GPT2Config accepts both names
        int n_positions = config.OptionalInt("max_position_embeddings") ?? config.Int("n_positions", 1024);
        int n_embd = config.OptionalInt("hidden_size") ?? config.Int("n_embd", 768);
        int n_layer = config.OptionalInt("num_hidden_layers", max: 4096) ?? config.Int("n_layer", 12, max: 4096);
        int n_head = config.OptionalInt("num_attention_heads") ?? config.Int("n_head", 12);
        config.Harmless("n_positions", "n_embd", "n_layer", "n_head");
        int n_inner = config.OptionalInt("n_inner") ?? (n_embd <= ConfigReader.MaxDimension / 4 ? 4 * n_embd : throw config.Invalid("n_embd", "less", n_embd));
        string activation_function = config.Activation("activation_function", "gelu_new");
        float layer_norm_epsilon = (float)config.Number("layer_norm_epsilon", 1e-5, above: 0);
        bool scale_attn_weights = config.Bool("scale_attn_weights", true);
        bool scale_attn_by_inverse_layer_idx = config.Bool("scale_attn_by_inverse_layer_idx", false);
        bool tie_word_embeddings = config.Bool("tie_word_embeddings", true);
        config.Only("add_cross_attention", "false");
        config.Harmless(
            "n_ctx", "resid_pdrop", "embd_pdrop", "attn_pdrop", "initializer_range", "reorder_and_upcast_attn", "summary_type", "summary_use_proj",
            "summary_activation", "summary_proj_to_labels", "summary_first_dropout", "predict_special_tokens");

        if (n_embd % n_head != 0)
        {
            throw config.Invalid("n_head", "a divisor of n_embd " + Text(n_embd), Text(n_head));
        }

        int head_dim = n_embd / n_head;
        var cache = new CacheShape(n_head, head_dim);

        // the original export has no prefix
        string transformer = tensors.Has("transformer.wte.weight") || !tensors.Has("wte.weight") ? "transformer." : "";
        var g = new GraphBuilder();
        g.Graph.Cache = cache;
        if (options.HiddenStates)
        {
            g.Graph.HiddenStates = GraphValue.New("hidden_states", RowSpace.Tokens, n_embd, n_layer + 1);
        }

        GraphValue x = g.Embedding("x", tensors.Table("", transformer + "wte.weight", vocab_size, n_embd));
        x = g.PositionEmbedding(x, tensors.Table("", transformer + "wpe.weight", n_positions, n_embd));
        for (int i = 0; i < n_layer; i++)
        {
            g.BeginLayer(x);
            string layer = transformer + "h." + Text(i) + ".";
            g.KeepHiddenState(x);

            double scale = scale_attn_weights ? 1 / Math.Sqrt(head_dim) : 1;
            var attention_scale = new PerLayer("attention_scale", (float)(scale_attn_by_inverse_layer_idx ? scale / (i + 1) : scale));
            GraphValue h = LayerNorm("ln_1", x);
            GraphValue qkv = Conv1D("qkv", h, "attn.c_attn", 3 * n_embd);
            GraphValue q = qkv.Columns("query", 0, n_embd);
            GraphValue k = qkv.Columns("key", n_embd, n_embd);
            GraphValue v = qkv.Columns("value", 2 * n_embd, n_embd);
            g.StoreKeyValues(k, v, cache);
            GraphValue attention = g.Attention("attention", q, cache, attention_scale);
            x = g.Add(x, Conv1D("attention_out", attention, "attn.c_proj", n_embd));

            h = LayerNorm("ln_2", x);
            GraphValue mlp = g.Activate("mlp", Conv1D("mlp_in", h, "mlp.c_fc", n_inner), activation_function);
            x = g.Add(x, Conv1D("mlp_out", mlp, "mlp.c_proj", n_embd));

            GraphValue LayerNorm(string name, GraphValue input) => g.LayerNorm(
                "h", input, tensors.Vector(layer, name + ".weight", n_embd), tensors.Vector(layer, name + ".bias", n_embd), layer_norm_epsilon);

            // stores its weight [in, out]
            GraphValue Conv1D(string name, GraphValue input, string weight, int rows) => g.Linear(
                name, input, tensors.Matrix(layer, weight + ".weight", rows, input.Width, transposed: true), tensors.Vector(layer, weight + ".bias", rows));
        }

        g.BeginEnd(x);
        GraphWeight ln_f = tensors.Vector("", transformer + "ln_f.weight", n_embd);
        GraphWeight ln_f_bias = tensors.Vector("", transformer + "ln_f.bias", n_embd);
        GraphValue output;
        if (options.HiddenStates)
        {
            // the reference's last hidden state is the normalised one, of every row
            GraphValue normed = g.LayerNorm("h", x, ln_f, ln_f_bias, layer_norm_epsilon);
            g.KeepHiddenState(normed, last: true);
            output = g.SelectOutputs("output", normed);
        }
        else
        {
            output = g.LayerNorm("normed_output", g.SelectOutputs("output", x), ln_f, ln_f_bias, layer_norm_epsilon);
        }

        string head = tie_word_embeddings ? transformer + "wte.weight" : "lm_head.weight";
        g.Graph.Logits = g.Linear("logits", output, tensors.Matrix("", head, vocab_size, n_embd));
        if (tie_word_embeddings)
        {
            tensors.Ignore("lm_head.weight");
        }

        tensors.ReportUnused(name => Buffers.IsMatch(name));
        return new ArchitectureResult(
            g.Graph,
            vocab_size,
            n_embd,
            n_positions,
            n_positions,
            [
                ("IntermediateSize", n_inner, "Features between the two halves of an MLP (<c>n_inner</c>)."),
                ("NumAttentionHeads", n_head, "Heads (<c>n_head</c>)."),
                ("HeadDim", head_dim, "Features of a head."),
            ]);
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
