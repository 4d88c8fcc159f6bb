namespace Kiln.Compiler;

/// <summary>In which number format the packed weights are kept (the item's <c>Weights</c>).</summary>
public enum WeightsOption
{
    /// <summary>As the checkpoint stores each matrix.</summary>
    Stored,

    /// <summary>All as float32.</summary>
    F32,

    /// <summary>All matrices as bfloat16, rounded to nearest even.</summary>
    BF16,
}

/// <summary>The metadata of a <c>KilnModel</c> item, checked, with defaults filled in.</summary>
/// <param name="Name">Class name.</param>
/// <param name="Namespace">Namespace of the class; empty for the global one.</param>
/// <param name="Weights">Number format of the packed weights.</param>
/// <param name="Embed">Whether the packed weights go into the assembly; false: a side file. <c>auto</c> was decided by size.</param>
/// <param name="MaxTokens">Default length of a session in tokens; 0: the checkpoint's <c>max_position_embeddings</c>.</param>
/// <param name="HiddenStates">Whether a forward pass also gives the hidden states of all layers.</param>
/// <param name="Strict">Whether warnings about the checkpoint are errors.</param>
public sealed record ModelOptions(
    string Name,
    string Namespace,
    WeightsOption Weights = WeightsOption.Stored,
    bool Embed = true,
    int MaxTokens = 0,
    bool HiddenStates = false,
    bool Strict = false);
