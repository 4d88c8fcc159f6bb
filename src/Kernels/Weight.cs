namespace Kiln.Kernels;

/// <summary>How the numbers of a weight are stored.</summary>
public enum WeightFormat : byte
{
    /// <summary>No weight: an optional operand that the model does not have.</summary>
    None,

    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>bfloat16: the upper half of a binary32.</summary>
    BF16,
}

/// <summary>How the numbers of a weight are arranged.</summary>
public enum WeightLayout : byte
{
    /// <summary>One row of <c>Columns</c> numbers, always F32, padded with zeros to a multiple of 16: norms and biases.</summary>
    Vector,

    /// <summary>Row-major <c>[Rows, Columns]</c>, unpadded: tables that are only looked up.</summary>
    Rows,

    /// <summary>
    /// Panels of 16 rows (output features), the rows padded with zeros to a multiple of 16:
    /// <c>[ceil(Rows / 16), Columns, 16]</c>. Element (n, k) is number <c>(n / 16 * Columns + k) * 16 + n % 16</c>.
    /// </summary>
    Panels,
}

/// <summary>
/// A handle to a packed weight <c>[Rows, Columns]</c> = [out features, in features]: where it starts in the packed weights and how
/// it is stored. <c>default</c> stands for an absent one.
/// </summary>
/// <param name="Offset">Bytes from the start of the packed weights.</param>
/// <param name="Rows">Output features, or entries of a table; 1 for a vector.</param>
/// <param name="Columns">Input features, or the length of a vector.</param>
/// <param name="Format">Number format.</param>
/// <param name="Layout">Arrangement.</param>
public readonly record struct Weight(long Offset, int Rows, int Columns, WeightFormat Format, WeightLayout Layout)
{
    /// <summary>Whether the model has this weight.</summary>
    public bool Exists => Format != WeightFormat.None;

    /// <summary>Bytes of one number.</summary>
    public int ElementSize => Format switch { WeightFormat.F32 => 4, WeightFormat.None => 0, _ => 2 };

    /// <summary>Bytes of the packed weight, padding of the layout included.</summary>
    public long ByteLength => Layout switch
    {
        WeightLayout.Vector => (long)Value.PaddedWidth(Columns) * ElementSize,
        WeightLayout.Panels => (long)((Rows + 15) / 16 * 16L) * Columns * ElementSize,
        _ => (long)Rows * Columns * ElementSize,
    };
}
