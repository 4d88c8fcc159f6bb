using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kiln.Kernels.Cpu.Simd;

/// <summary>One vector of AVX-512.</summary>
internal readonly unsafe struct Lanes512(Vector512<float> value) : ILanes<Lanes512>
{
    private readonly Vector512<float> v = value;

    public static Lanes512 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<float>.Zero);
    }

    public static Lanes512 Index
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512.Create(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f, 10f, 11f, 12f, 13f, 14f, 15f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator +(Lanes512 left, Lanes512 right) => new(left.v + right.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator -(Lanes512 left, Lanes512 right) => new(left.v - right.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator *(Lanes512 left, Lanes512 right) => new(left.v * right.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator /(Lanes512 left, Lanes512 right) => new(left.v / right.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadFirst(float* source, int count) => new(Vector512.Create(
        Avx.MaskLoad(source, Lanes256.Mask(count)), Avx.MaskLoad(source + 8, Lanes256.Mask(count - 8))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadF16(ushort* source)
    {
        // sign-extended and shifted, the exponent and mantissa lie where float32 has them, the sign at the top
        Vector512<int> bits = Avx512F.ConvertToVector512Int32(Vector256.Load((short*)source)) << 13;
        Vector512<int> magnitude = bits & Vector512.Create(0x0fffe000);
        Vector512<int> rebias = Vector512.Create(112 << 23);
        Vector512<int> number = magnitude + rebias;

        // exponent 0: 2^-15 (1 + m) now, 2^-14 m is meant; exponent 31 is infinity or NaN
        Vector512<float> subnormal = Avx512F.FusedMultiplyAdd(number.AsSingle(), Vector512.Create(2f), Vector512.Create(-1f / 16384));
        number = Vector512.ConditionalSelect(
            Vector512.LessThan(magnitude, Vector512.Create(1 << 23)), subnormal.AsInt32(), number);
        number = Vector512.ConditionalSelect(
            Vector512.GreaterThan(magnitude, Vector512.Create(0x7bff << 13)), number + rebias, number);
        return new((number | (bits & Vector512.Create(int.MinValue))).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadBF16(ushort* source) =>
        new((Avx512F.ConvertToVector512UInt32(Vector256.Load(source)) << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512 value, float* target) => value.v.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(Lanes512 value, float* target, int count)
    {
        Avx.MaskStore(target, Lanes256.Mask(count), value.v.GetLower());
        Avx.MaskStore(target + 8, Lanes256.Mask(count - 8), value.v.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Fma(Lanes512 a, Lanes512 b, Lanes512 c) => new(Avx512F.FusedMultiplyAdd(a.v, b.v, c.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Min(Lanes512 a, Lanes512 b) => new(Avx512F.Min(a.v, b.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Max(Lanes512 a, Lanes512 b) => new(Avx512F.Max(a.v, b.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Abs(Lanes512 value) => new(Vector512.Abs(value.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 WithSign(Lanes512 magnitude, Lanes512 sign) => new(magnitude.v | (sign.v & Vector512.Create(-0f)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 SelectLess(Lanes512 a, Lanes512 b, Lanes512 then, Lanes512 otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(a.v, b.v), then.v, otherwise.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 PowerOfTwo(Lanes512 exponent) =>
        // 2^23 + 127 puts the biased exponent into the lowest bits of the sum
        new(((exponent.v + Vector512.Create(8388735f)).AsUInt32() << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes512 value) => Lanes128.SumOfHalves(value.v.GetLower() + value.v.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Lanes512 value) => Lanes128.MaxOfHalves(Avx.Max(value.v.GetLower(), value.v.GetUpper()));
}
