using System;
using System.Collections.Generic;
using System.Linq;
using Kiln.Compiler.Architectures;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Emit;
using Kiln.Compiler.Json;
using Kiln.Compiler.Passes;

namespace Kiln.Compiler;

/// <summary>What the compiler makes of a manifest.</summary>
/// <param name="Source">C# of the model's class.</param>
/// <param name="Plan">How to pack the weights.</param>
/// <param name="GraphText">The graph after all passes, for people.</param>
public sealed record CompiledModel(string Source, PackingPlan Plan, string GraphText);

/// <summary>The compiler: a pure function from a manifest to code and packing plan.</summary>
public static class ModelCompiler
{
    private static readonly Architecture[] Families = [new Llama(), new Gpt2()];

    // fields of PretrainedConfig, and the generation settings that older versions wrote into config.json
    private static readonly string[] HarmlessEverywhere =
    [
        "model_type", "architectures", "transformers_version", "dtype", "torch_dtype", "_name_or_path", "name_or_path", "_commit_hash", "auto_map",
        "use_cache", "output_attentions", "output_hidden_states", "return_dict", "return_dict_in_generate", "output_scores", "torchscript", "use_bfloat16",
        "tf_legacy_loss", "chunk_size_feed_forward", "is_encoder_decoder", "is_decoder", "tie_encoder_decoder", "cross_attention_hidden_size",
        "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "cls_token_id", "unk_token_id", "mask_token_id", "decoder_start_token_id",
        "finetuning_task", "id2label", "label2id", "num_labels", "problem_type", "task_specific_params", "tokenizer_class", "prefix", "gradient_checkpointing",
        "attn_implementation", "_attn_implementation", "_attn_implementation_autoset", "attention_probs_dropout_prob", "layer_types",
        "max_length", "min_length", "max_new_tokens", "min_new_tokens", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty",
        "temperature", "top_k", "top_p", "min_p", "typical_p", "repetition_penalty", "encoder_repetition_penalty", "length_penalty", "no_repeat_ngram_size",
        "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "remove_invalid_values", "exponential_decay_length_penalty",
        "suppress_tokens", "begin_suppress_tokens", "forced_bos_token_id", "forced_eos_token_id", "keys_to_ignore_at_inference",
    ];

    /// <summary>The model types that are supported, for messages.</summary>
    public static IReadOnlyList<string> SupportedModelTypes => Families.Select(f => f.ModelType).ToList();

    /// <summary>Compiles a model.</summary>
    /// <param name="manifest">The checkpoint and the item's metadata.</param>
    /// <param name="diagnostics">Takes what is wrong with it; with <c>Strict</c> warnings refuse the model too.</param>
    /// <returns>The compiled model, or null if it is refused.</returns>
    public static CompiledModel? Compile(Manifest manifest, DiagnosticBag diagnostics)
    {
        try
        {
            return CompileOrThrow(manifest, diagnostics);
        }
        catch (ModelException e)
        {
            diagnostics.Add(e.Diagnostic);
        }
        catch (JsonException e)
        {
            diagnostics.Report(Descriptors.InvalidJson, "config.json: " + e.Message);
        }

        return null;
    }

    /// <summary>An empty class of the model's name, for a model that was refused.</summary>
    public static string EmptyClass(ModelOptions options) => ClassEmitter.EmitEmpty(options);

    private static CompiledModel? CompileOrThrow(Manifest manifest, DiagnosticBag diagnostics)
    {
        ModelOptions options = manifest.Options;
        if (!Names.IsIdentifier(options.Name) || ClassEmitter.Members.Contains(options.Name))
        {
            throw new ModelException(Descriptors.InvalidMetadata, $"Name: expected a C# identifier that no member of the class has, found '{options.Name}'");
        }

        if (!Names.IsNamespace(options.Namespace))
        {
            throw new ModelException(Descriptors.InvalidMetadata, $"Namespace: expected a C# namespace, found '{options.Namespace}'");
        }

        var config = new ConfigReader(manifest.Config, diagnostics);
        (Architecture family, string name) = Find(manifest.Config);
        config.Harmless(HarmlessEverywhere);
        config.Only("quantization_config");
        config.Only("pruned_heads", "{}");
        var tensors = new TensorSource(manifest, diagnostics);
        ArchitectureResult built = family.Build(config, tensors, options);
        config.ReportUnknown();
        if (manifest.Tokenizer is { } tokenizer && tokenizer.VocabularySize > built.VocabularySize)
        {
            diagnostics.Report(
                Descriptors.VocabularyMismatch,
                $"the tokenizer has {Literal.Of(tokenizer.VocabularySize)} ids, config.json's vocab_size is {Literal.Of(built.VocabularySize)}: ids beyond it have no embedding");
        }

        GenerationDefaults generation = GenerationDefaults.Read(manifest, diagnostics);
        if (options.MaxTokens > 0 && built.PositionLimit > 0 && options.MaxTokens > built.PositionLimit)
        {
            diagnostics.Report(
                Descriptors.InvalidMetadata, $"MaxTokens: expected at most {Literal.Of(built.PositionLimit)}, the positions that the model has, found {Literal.Of(options.MaxTokens)}");
        }

        if (diagnostics.HasErrors || (options.Strict && diagnostics.Items.Count > 0))
        {
            return null;
        }

        ShapeCheck.Run(built.Graph);
        ParallelLinearFusion.Run(built.Graph);
        EpilogueFusion.Run(built.Graph);
        ShapeCheck.Run(built.Graph);
        LayerGrouping.Run(built.Graph);
        MemoryPlan memory = MemoryPlanner.Run(built.Graph);
        PackingResult packing = PackingPlanner.Run(built.Graph, manifest);
        string source = ClassEmitter.Emit(new ModelToEmit(manifest, name, built, memory, packing, generation));
        return new CompiledModel(source, packing.Plan, Graph.GraphText.Of(built.Graph) + memory.Text);
    }

    private static (Architecture Family, string Class) Find(JsonValue config)
    {
        string supported = string.Join(", ", Families.SelectMany(f => f.Classes));
        if (config.Kind != JsonKind.Object)
        {
            throw new ModelException(Descriptors.InvalidJson, "config.json: expected an object");
        }

        if (config.Get("model_type") is not { Kind: JsonKind.String } type)
        {
            throw new ModelException(Descriptors.UnsupportedArchitecture, "config.json: model_type: expected the name of a model family, found " + (config["model_type"]?.ToString() ?? "nothing"));
        }

        Architecture family = Array.Find(Families, f => f.ModelType == type.String)
            ?? throw new ModelException(Descriptors.UnsupportedArchitecture, $"config.json: model_type: '{type.String}' is not supported; expected one of {string.Join(", ", SupportedModelTypes)}");
        if (config.Get("architectures") is not { } named)
        {
            return (family, family.Classes[0]);
        }

        List<string> classes = named.Items.Select(i => i.String).ToList();
        return classes.Find(c => family.Classes.Contains(c)) is { } match
            ? (family, match)
            : throw new ModelException(Descriptors.UnsupportedArchitecture, $"config.json: architectures: {named} is not supported; expected one of {supported}");
    }
}
