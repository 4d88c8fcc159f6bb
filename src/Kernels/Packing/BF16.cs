namespace Kiln.Kernels.Packing;

/// <summary>bfloat16: the upper half of a binary32.</summary>
internal static unsafe class BF16
{
    /// <summary>The exact value.</summary>
    public static float ToSingle(ushort bits)
    {
        uint result = (uint)bits << 16;
        return *(float*)&result;
    }

    /// <summary>The nearest value, ties to even; overflow becomes infinity, NaN stays NaN.</summary>
    public static ushort FromSingle(float value)
    {
        uint bits = *(uint*)&value;
        if ((bits & 0x7fffffff) > 0x7f800000)
        {
            // the quiet bit keeps a NaN whose payload lies in the lower half from becoming infinity
            return (ushort)((bits >> 16) | 0x40);
        }

        return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
