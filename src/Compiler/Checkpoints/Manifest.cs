using System.Collections.Generic;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Checkpoints;

/// <summary>Number formats of a checkpoint's tensors. The names are those of safetensors.</summary>
public enum TensorEncoding
{
    /// <summary>Boolean bytes.</summary>
    BOOL,

    /// <summary>Unsigned bytes.</summary>
    U8,

    /// <summary>Signed bytes.</summary>
    I8,

    /// <summary>8-bit float, 5 exponent bits.</summary>
    F8_E5M2,

    /// <summary>8-bit float, 4 exponent bits.</summary>
    F8_E4M3,

    /// <summary>Signed 16-bit integers.</summary>
    I16,

    /// <summary>Unsigned 16-bit integers.</summary>
    U16,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>bfloat16.</summary>
    BF16,

    /// <summary>Signed 32-bit integers.</summary>
    I32,

    /// <summary>Unsigned 32-bit integers.</summary>
    U32,

    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary64.</summary>
    F64,

    /// <summary>Signed 64-bit integers.</summary>
    I64,

    /// <summary>Unsigned 64-bit integers.</summary>
    U64,
}

/// <summary>A file that holds tensors.</summary>
/// <param name="Name">File name, relative to the checkpoint's folder.</param>
/// <param name="Length">Bytes.</param>
/// <param name="ContentHash">SHA-256 of the whole file, 64 lower-case hexadecimal digits.</param>
public sealed record ManifestFile(string Name, long Length, string ContentHash);

/// <summary>Where a tensor is and what it looks like. Another file format is only another reader that makes these.</summary>
/// <param name="Name">Name in the checkpoint.</param>
/// <param name="Encoding">Number format.</param>
/// <param name="Shape">Dimensions, outermost first; empty for a scalar.</param>
/// <param name="File">Index into <see cref="Manifest.Files"/>.</param>
/// <param name="Offset">First byte, from the start of the file.</param>
/// <param name="Length">Bytes.</param>
public sealed record ManifestTensor(string Name, TensorEncoding Encoding, IReadOnlyList<long> Shape, int File, long Offset, long Length)
{
    /// <summary>The shape as text: <c>[512, 64]</c>.</summary>
    public string ShapeText => "[" + string.Join(", ", Shape) + "]";
}

/// <summary>What the compiler needs to know of a model's compiled tokenizer.</summary>
/// <param name="ContentHash">SHA-256 of the compiled table, 64 lower-case hexadecimal digits.</param>
/// <param name="VocabularySize">Entries, added tokens included: ids are below this.</param>
/// <param name="SpecialTokens">Special tokens by role: (<c>bos_token</c>, <c>&lt;s&gt;</c>, 1).</param>
/// <param name="Components">What of the runtime's <c>TokenizerComponents</c> it uses: <c>BpeModel</c>, <c>ByteLevelDecoder</c>.</param>
public sealed record ManifestTokenizer(
    string ContentHash,
    int VocabularySize,
    IReadOnlyList<(string Role, string Content, int Id)> SpecialTokens,
    IReadOnlyList<string> Components);

/// <summary>
/// All that the compiler may know of a checkpoint: its configuration and where its tensors are, never their data. The build task
/// writes it as JSON into <c>obj/kiln</c>; task and generator compile the same manifest, so packed weights and code agree.
/// </summary>
public sealed record Manifest
{
    /// <summary>Item metadata.</summary>
    public required ModelOptions Options { get; init; }

    /// <summary>Version of Kiln that wrote the manifest: another version rebuilds.</summary>
    public required string KilnVersion { get; init; }

    /// <summary><c>config.json</c>.</summary>
    public required JsonValue Config { get; init; }

    /// <summary><c>generation_config.json</c>, or null.</summary>
    public JsonValue? GenerationConfig { get; init; }

    /// <summary>The files that hold tensors.</summary>
    public required IReadOnlyList<ManifestFile> Files { get; init; }

    /// <summary>All tensors, in the order of files and offsets.</summary>
    public required IReadOnlyList<ManifestTensor> Tensors { get; init; }

    /// <summary>The tokenizer, or null if the folder has none.</summary>
    public ManifestTokenizer? Tokenizer { get; init; }

    /// <summary>The task refused this model: the generator emits an empty class, so that one error stays one error.</summary>
    public bool Refused { get; init; }
}
