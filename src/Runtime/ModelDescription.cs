using Kiln.Kernels;

namespace Kiln;

/// <summary>What the runtime has to know of a compiled model; every generated class has one.</summary>
public sealed class ModelDescription
{
    /// <summary>Name of the generated class, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>Entries of the vocabulary (<c>vocab_size</c>): logits of a row.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Features of the residual stream (<c>hidden_size</c>).</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Layers (<c>num_hidden_layers</c>).</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary>Positions that the model was made for (<c>max_position_embeddings</c>); a session may be longer unless <see cref="PositionLimit"/> forbids it.</summary>
    public int MaxPositionEmbeddings { get; init; }

    /// <summary>Positions that the model has at most, since it looks them up in a table; 0 if there is no such limit.</summary>
    public int PositionLimit { get; init; }

    /// <summary>Length of a session in tokens, unless it is asked for another; at least 1.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>What the compiler's memory plan asks of workspaces and caches.</summary>
    public required MemoryPlan MemoryPlan { get; init; }

    /// <summary>The logits, <c>[outputs, VocabularySize]</c>.</summary>
    public required Value Logits { get; init; }

    /// <summary>
    /// The hidden states, <c>[tokens, HiddenSize]</c>: <c>.At(i)</c> is what layer i takes, <c>.At(NumHiddenLayers)</c> the last one after
    /// the final norm, as <c>output_hidden_states</c> gives them. <c>default</c> (width 0) where the model keeps none.
    /// </summary>
    public Value HiddenStates { get; init; }

    /// <summary>What <c>generation_config.json</c> says.</summary>
    public GenerationOptions GenerationDefaults { get; init; } = new();

    /// <summary>The packed weights that the class was compiled for.</summary>
    public required PackedFile PackedFile { get; init; }

    /// <summary>Name of the embedded resource with the packed weights, or null where they are a side file.</summary>
    public string? WeightsResource { get; init; }

    /// <summary>Name of the embedded resource with the compiled tokenizer, or null.</summary>
    public string? TokenizerResource { get; init; }

    /// <summary>The components that the compiled tokenizer uses; null where there is none.</summary>
    public TokenizerComponents? TokenizerComponents { get; init; }
}
