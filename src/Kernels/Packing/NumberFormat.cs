namespace Kiln.Kernels.Packing;

/// <summary>Encodings of stored numbers. The values are those of <c>WeightFormat</c>, which is unknown where the build links this file.</summary>
internal enum NumberFormat : byte
{
    /// <summary>IEEE 754 binary32.</summary>
    F32 = 1,

    /// <summary>IEEE 754 binary16.</summary>
    F16 = 2,

    /// <summary>bfloat16: the upper half of a binary32.</summary>
    BF16 = 3,
}
