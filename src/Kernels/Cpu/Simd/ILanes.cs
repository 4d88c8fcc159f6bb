using System.Numerics;

namespace Kiln.Kernels.Cpu.Simd;

/// <summary>
/// Sixteen float32 lanes, whatever the processor's vectors are: kernels are written once over it, and since every operation is
/// rounded alike and sums over lanes have one order, they give the same bits wherever a fused multiply-add exists.
/// </summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal unsafe interface ILanes<TSelf> :
    IAdditionOperators<TSelf, TSelf, TSelf>,
    ISubtractionOperators<TSelf, TSelf, TSelf>,
    IMultiplyOperators<TSelf, TSelf, TSelf>,
    IDivisionOperators<TSelf, TSelf, TSelf>
    where TSelf : unmanaged, ILanes<TSelf>
{
    /// <summary>All lanes zero.</summary>
    static abstract TSelf Zero { get; }

    /// <summary>The lanes' numbers, 0 to 15.</summary>
    static abstract TSelf Index { get; }

    /// <summary>All lanes the same.</summary>
    static abstract TSelf Broadcast(float value);

    /// <summary>Reads 16 numbers; any alignment.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>Reads the first <paramref name="count"/> numbers (1 to 15) and nothing beyond; the other lanes are zero.</summary>
    static abstract TSelf LoadFirst(float* source, int count);

    /// <summary>Reads 16 binary16 numbers, exactly.</summary>
    static abstract TSelf LoadF16(ushort* source);

    /// <summary>Reads 16 bfloat16 numbers, exactly.</summary>
    static abstract TSelf LoadBF16(ushort* source);

    /// <summary>Writes 16 numbers; any alignment.</summary>
    static abstract void Store(TSelf value, float* target);

    /// <summary>Writes the first <paramref name="count"/> numbers (1 to 15) and nothing beyond.</summary>
    static abstract void StoreFirst(TSelf value, float* target, int count);

    /// <summary><c>a * b + c</c>, rounded once where the processor can.</summary>
    static abstract TSelf Fma(TSelf a, TSelf b, TSelf c);

    /// <summary>The smaller; <paramref name="b"/> where it is NaN.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary>The larger; <paramref name="b"/> where it is NaN.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>Without the sign.</summary>
    static abstract TSelf Abs(TSelf value);

    /// <summary>A value that is not negative, with the sign of another.</summary>
    static abstract TSelf WithSign(TSelf magnitude, TSelf sign);

    /// <summary><c>a &lt; b ? then : otherwise</c> by lane.</summary>
    static abstract TSelf SelectLess(TSelf a, TSelf b, TSelf then, TSelf otherwise);

    /// <summary>2 to the power of whole numbers from -126 to 127.</summary>
    static abstract TSelf PowerOfTwo(TSelf exponent);

    /// <summary>Sum of the lanes: i + (i + 8), i + (i + 4), i + (i + 2), i + (i + 1).</summary>
    static abstract float Sum(TSelf value);

    /// <summary>Largest lane.</summary>
    static abstract float Max(TSelf value);
}
