namespace Kiln.Compiler.Diagnostics;

/// <summary>All diagnostics. 00xx: the project item. 01xx: files. 02xx: config. 03xx: tensors. 04xx: tokenizers. 05xx: publishing.</summary>
public static class Descriptors
{
    /// <summary>The item's folder does not exist.</summary>
    public static readonly DiagnosticDescriptor FolderNotFound = Error("KILN0001", "Checkpoint folder not found");

    /// <summary>The item's metadata has a value that Kiln does not know.</summary>
    public static readonly DiagnosticDescriptor InvalidMetadata = Error("KILN0002", "Invalid item metadata");

    /// <summary>Two items have the same name.</summary>
    public static readonly DiagnosticDescriptor DuplicateName = Error("KILN0003", "Two models have the same name");

    /// <summary>The compiler itself failed; the checkpoint is refused and the text asks for a report.</summary>
    public static readonly DiagnosticDescriptor InternalError = Error("KILN0009", "Internal error");

    /// <summary>A file that the checkpoint needs is missing.</summary>
    public static readonly DiagnosticDescriptor FileNotFound = Error("KILN0101", "Checkpoint file not found");

    /// <summary>A file cannot be read.</summary>
    public static readonly DiagnosticDescriptor FileUnreadable = Error("KILN0102", "Checkpoint file cannot be read");

    /// <summary>A JSON file is not valid JSON, or not of the expected form.</summary>
    public static readonly DiagnosticDescriptor InvalidJson = Error("KILN0103", "Invalid JSON");

    /// <summary>A safetensors file that the reference library refuses.</summary>
    public static readonly DiagnosticDescriptor InvalidSafetensors = Error("KILN0104", "Invalid safetensors file");

    /// <summary>The shard index names a file that is not there.</summary>
    public static readonly DiagnosticDescriptor ShardNotFound = Error("KILN0105", "Shard not found");

    /// <summary>The shard index names a path outside the checkpoint's folder.</summary>
    public static readonly DiagnosticDescriptor ShardOutsideFolder = Error("KILN0106", "Shard path leaves the folder");

    /// <summary>The same tensor is in two files, or the index and the shards disagree.</summary>
    public static readonly DiagnosticDescriptor InconsistentShards = Error("KILN0107", "Shards and index disagree");

    /// <summary>Only pickled weights (<c>.bin</c>, <c>.pt</c>) were found.</summary>
    public static readonly DiagnosticDescriptor OnlyPickledWeights = Error("KILN0108", "Weights are not safetensors");

    /// <summary>The model type or its head is not supported.</summary>
    public static readonly DiagnosticDescriptor UnsupportedArchitecture = Error("KILN0201", "Unsupported architecture");

    /// <summary>A config field is missing or has a value of the wrong type or out of range.</summary>
    public static readonly DiagnosticDescriptor InvalidConfigValue = Error("KILN0202", "Invalid config value");

    /// <summary>A known config field has a value that Kiln does not support.</summary>
    public static readonly DiagnosticDescriptor UnsupportedConfigValue = Error("KILN0203", "Unsupported config value");

    /// <summary>A config field that neither the family reads nor is known to be harmless.</summary>
    public static readonly DiagnosticDescriptor UnknownConfigField = Warning("KILN0204", "Unknown config field");

    /// <summary>A setting of generation_config.json that Kiln does not have.</summary>
    public static readonly DiagnosticDescriptor UnsupportedGenerationSetting = Warning("KILN0205", "Unsupported generation setting");

    /// <summary>A tensor that the architecture needs is missing.</summary>
    public static readonly DiagnosticDescriptor MissingTensor = Error("KILN0301", "Missing tensor");

    /// <summary>A tensor has another shape than the config implies.</summary>
    public static readonly DiagnosticDescriptor TensorShape = Error("KILN0302", "Tensor of the wrong shape");

    /// <summary>A tensor is stored in a format that its use does not allow.</summary>
    public static readonly DiagnosticDescriptor TensorFormat = Error("KILN0303", "Tensor of the wrong type");

    /// <summary>A tensor that the architecture does not use.</summary>
    public static readonly DiagnosticDescriptor ExtraTensor = Warning("KILN0304", "Unused tensor");

    /// <summary>A tokenizer file is corrupt.</summary>
    public static readonly DiagnosticDescriptor InvalidTokenizer = Error("KILN0401", "Invalid tokenizer file");

    /// <summary>A tokenizer component or option that Kiln does not support.</summary>
    public static readonly DiagnosticDescriptor UnsupportedTokenizer = Error("KILN0402", "Unsupported tokenizer component");

    /// <summary>A special token named by the configuration is not in the vocabulary.</summary>
    public static readonly DiagnosticDescriptor SpecialTokenNotFound = Error("KILN0403", "Special token not in the vocabulary");

    /// <summary>The tokenizer has ids that the model's vocabulary does not.</summary>
    public static readonly DiagnosticDescriptor VocabularyMismatch = Error("KILN0404", "Tokenizer and model disagree");

    /// <summary>An AOT publish without an instruction set: the binary would be SSE only.</summary>
    public static readonly DiagnosticDescriptor NoInstructionSet = Warning("KILN0501", "No instruction set for AOT");

    private static DiagnosticDescriptor Error(string id, string title) => new(id, title, DiagnosticSeverity.Error);

    private static DiagnosticDescriptor Warning(string id, string title) => new(id, title, DiagnosticSeverity.Warning);
}
