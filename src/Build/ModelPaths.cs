using System.IO;
using Kiln.Compiler;
using Kiln.Compiler.Emit;

namespace Kiln.Build;

/// <summary>Where a model's outputs are: the same for all frameworks of a project.</summary>
internal sealed class ModelPaths(string folder, ModelOptions options)
{
    /// <summary>The manifest.</summary>
    public string Manifest { get; } = Path.Combine(folder, options.Name + ".checkpoint.json");

    /// <summary>What the outputs were made from.</summary>
    public string Stamp { get; } = Path.Combine(folder, options.Name + ".stamp.json");

    /// <summary>The compiled tokenizer.</summary>
    public string Tokenizer { get; } = Path.Combine(folder, options.Name + ".tokenizer");

    /// <summary>The packed weights.</summary>
    public string Packed { get; } = Path.Combine(folder, Names.PackedFile(options));

    /// <summary>What the packed weights were made from.</summary>
    public string PackedStamp { get; } = Path.Combine(folder, options.Name + ".packed.txt");

    /// <summary>Held while any of these is written.</summary>
    public string Lock { get; } = Path.Combine(folder, options.Name + ".lock");
}
