using System.Collections.Generic;
using Kiln.Compiler.Graph;

namespace Kiln.Compiler.Architectures;

/// <summary>
/// A model family. Each is one file that reads like its <c>modeling_*.py</c>, with the config's and the checkpoint's own names.
/// </summary>
internal abstract class Architecture
{
    /// <summary>The <c>model_type</c> of its configs.</summary>
    public abstract string ModelType { get; }

    /// <summary>The classes of transformers that it builds, by their names in <c>architectures</c>; the first is assumed if none is named.</summary>
    public abstract IReadOnlyList<string> Classes { get; }

    /// <summary>Reads the config, asks for the tensors, builds the graph.</summary>
    public abstract ArchitectureResult Build(ConfigReader config, TensorSource tensors, ModelOptions options);
}

/// <summary>A built model.</summary>
/// <param name="Graph">The graph before all passes.</param>
/// <param name="VocabularySize">Entries of the vocabulary.</param>
/// <param name="HiddenSize">Features of the residual stream.</param>
/// <param name="MaxPositionEmbeddings">Positions that the model was made for.</param>
/// <param name="PositionLimit">Positions that it can compute at all (a learned table), or 0.</param>
/// <param name="Constants">Further constants of the generated class: (name, value, description).</param>
internal sealed record ArchitectureResult(
    ModelGraph Graph,
    int VocabularySize,
    int HiddenSize,
    int MaxPositionEmbeddings,
    int PositionLimit,
    IReadOnlyList<(string Name, int Value, string Description)> Constants);
