using System.Collections.Generic;
using Kiln.Compiler.Checkpoints;

namespace Kiln.Compiler.Passes;

/// <summary>How a packed weight is stored. The numbers are those of the runtime's <c>Kiln.Kernels.WeightFormat</c>.</summary>
public enum PackedFormat
{
    /// <summary>IEEE 754 binary32.</summary>
    F32 = 1,

    /// <summary>IEEE 754 binary16.</summary>
    F16 = 2,

    /// <summary>bfloat16.</summary>
    BF16 = 3,
}

/// <summary>How a packed weight is arranged; see the runtime's <c>Kiln.Kernels.WeightLayout</c> of the same numbers.</summary>
public enum PackedLayout
{
    /// <summary>One padded row of float32.</summary>
    Vector = 0,

    /// <summary>Row-major.</summary>
    Rows = 1,

    /// <summary>Panels of 16 output features.</summary>
    Panels = 2,
}

/// <summary>One checkpoint tensor's share of a packed weight.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="FirstRow">First row (output feature) of the packed weight that it fills; for a vector, first column.</param>
/// <param name="Rows">Number of rows; for a vector, of columns.</param>
/// <param name="Transposed">The tensor is stored <c>[in, out]</c> (GPT-2's Conv1D) and is transposed while packing.</param>
public sealed record PackedPart(ManifestTensor Tensor, int FirstRow, int Rows, bool Transposed);

/// <summary>One packed weight.</summary>
/// <param name="Name">Its name in the packed file: the checkpoint's name, or one made of its parts' common path.</param>
/// <param name="Offset">Bytes from the start of the data; a multiple of 64.</param>
/// <param name="Length">Bytes, padding of the layout included.</param>
/// <param name="Rows">Output features, or table entries; 1 for a vector.</param>
/// <param name="Columns">Input features, or a vector's length.</param>
/// <param name="Format">Number format.</param>
/// <param name="Layout">Arrangement.</param>
/// <param name="Parts">What fills it, in the order of rows. Adapters, gradients and saving find tensors by these.</param>
public sealed record PackedTensor(
    string Name,
    long Offset,
    long Length,
    int Rows,
    int Columns,
    PackedFormat Format,
    PackedLayout Layout,
    IReadOnlyList<PackedPart> Parts);

/// <summary>
/// What the build task writes: a safetensors file whose data hold the packed weights one after the other, each at a multiple of
/// 64 bytes.
/// </summary>
public sealed class PackingPlan
{
    /// <summary>The packed weights by offset.</summary>
    public required IReadOnlyList<PackedTensor> Tensors { get; init; }

    /// <summary>Bytes of the data section.</summary>
    public required long DataLength { get; init; }

    /// <summary>SHA-256 over the plan: names, layouts, offsets, parts, and the packing format's version.</summary>
    public required string PlanHash { get; init; }

    /// <summary>SHA-256 over the checkpoint files' hashes.</summary>
    public required string ContentHash { get; init; }

    /// <summary>Bytes of the JSON header, padded so that the data start at a multiple of 64 bytes in the file.</summary>
    public required int HeaderLength { get; init; }

    /// <summary>
    /// The header's UTF-8 text, <see cref="HeaderLength"/> ASCII characters. It begins
    /// <c>{"__metadata__":{"kiln.content":"...","kiln.plan":"...","kiln.data":"..."},</c>.
    /// </summary>
    /// <param name="dataHash">SHA-256 of the data section, 64 lower-case hexadecimal digits; known when the data are written.</param>
    public string Header(string dataHash) => PackedHeader.Write(this, dataHash);
}
