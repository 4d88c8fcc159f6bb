namespace Kiln.Kernels.Packing;

/// <summary>IEEE 754 binary16.</summary>
internal static unsafe class F16
{
    /// <summary>The exact value; NaN payloads are kept in the upper bits.</summary>
    public static float ToSingle(ushort bits)
    {
        uint sign = (uint)(bits & 0x8000) << 16;
        uint magnitude = bits & 0x7fffu;
        uint result;
        if (magnitude >= 0x7c00)
        {
            result = sign | 0x7f800000 | ((magnitude & 0x3ff) << 13);
        }
        else if (magnitude >= 0x400)
        {
            result = sign | ((magnitude << 13) + (112u << 23));
        }
        else
        {
            // a subnormal counts units of 2^-24: exact as a product
            float value = magnitude * (1f / (1 << 24));
            result = sign | *(uint*)&value;
        }

        return *(float*)&result;
    }

    /// <summary>The nearest value, ties to even; overflow becomes infinity, NaN stays NaN.</summary>
    public static ushort FromSingle(float value)
    {
        uint bits = *(uint*)&value;
        uint sign = (bits >> 16) & 0x8000;
        uint magnitude = bits & 0x7fffffff;
        if (magnitude > 0x7f800000)
        {
            return (ushort)(sign | 0x7e00 | ((magnitude >> 13) & 0x3ff));
        }

        // 65520 lies half way to the value after the largest, 65504
        if (magnitude >= 0x477ff000)
        {
            return (ushort)(sign | 0x7c00);
        }

        if (magnitude < 113u << 23)
        {
            // adding 0.5 leaves a unit of 2^-24 in the last place: the addition rounds, ties to even
            float shifted = *(float*)&magnitude + 0.5f;
            return (ushort)(sign | (*(uint*)&shifted - 0x3f000000));
        }

        uint rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
        return (ushort)(sign | ((rounded - (112u << 23)) >> 13));
    }
}
