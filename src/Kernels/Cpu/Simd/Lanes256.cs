using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kiln.Kernels.Cpu.Simd;

/// <summary>Two vectors of AVX2, with fused multiply-add.</summary>
internal readonly unsafe struct Lanes256(Vector256<float> low, Vector256<float> high) : ILanes<Lanes256>
{
    private readonly Vector256<float> a = low;
    private readonly Vector256<float> b = high;

    public static Lanes256 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<float>.Zero, Vector256<float>.Zero);
    }

    public static Lanes256 Index
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256.Create(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f), Vector256.Create(8f, 9f, 10f, 11f, 12f, 13f, 14f, 15f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 left, Lanes256 right) => new(left.a + right.a, left.b + right.b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 left, Lanes256 right) => new(left.a - right.a, left.b - right.b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 left, Lanes256 right) => new(left.a * right.a, left.b * right.b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator /(Lanes256 left, Lanes256 right) => new(left.a / right.a, left.b / right.b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(float value)
    {
        Vector256<float> all = Vector256.Create(value);
        return new(all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadFirst(float* source, int count) =>
        new(Avx.MaskLoad(source, Mask(count)), Avx.MaskLoad(source + 8, Mask(count - 8)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadF16(ushort* source) => new(HalfF16(source), HalfF16(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadBF16(ushort* source) => new(HalfBF16(source), HalfBF16(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 value, float* target)
    {
        value.a.Store(target);
        value.b.Store(target + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(Lanes256 value, float* target, int count)
    {
        Avx.MaskStore(target, Mask(count), value.a);
        Avx.MaskStore(target + 8, Mask(count - 8), value.b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Fma(Lanes256 a, Lanes256 b, Lanes256 c) =>
        new(System.Runtime.Intrinsics.X86.Fma.MultiplyAdd(a.a, b.a, c.a), System.Runtime.Intrinsics.X86.Fma.MultiplyAdd(a.b, b.b, c.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Min(Lanes256 a, Lanes256 b) => new(Avx.Min(a.a, b.a), Avx.Min(a.b, b.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Max(Lanes256 a, Lanes256 b) => new(Avx.Max(a.a, b.a), Avx.Max(a.b, b.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Abs(Lanes256 value) => new(Vector256.Abs(value.a), Vector256.Abs(value.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 WithSign(Lanes256 magnitude, Lanes256 sign) =>
        new(magnitude.a | (sign.a & Vector256.Create(-0f)), magnitude.b | (sign.b & Vector256.Create(-0f)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 SelectLess(Lanes256 a, Lanes256 b, Lanes256 then, Lanes256 otherwise) => new(
        Vector256.ConditionalSelect(Vector256.LessThan(a.a, b.a), then.a, otherwise.a),
        Vector256.ConditionalSelect(Vector256.LessThan(a.b, b.b), then.b, otherwise.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 PowerOfTwo(Lanes256 exponent) => new(
        ((exponent.a + Vector256.Create(8388735f)).AsUInt32() << 23).AsSingle(),
        ((exponent.b + Vector256.Create(8388735f)).AsUInt32() << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes256 value) => Lanes128.SumOfHalves(value.a + value.b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Lanes256 value) => Lanes128.MaxOfHalves(Avx.Max(value.a, value.b));

    /// <summary>The first <paramref name="count"/> of 8 lanes; none below 1, all above 7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Mask(int count) =>
        Vector256.GreaterThan(Vector256.Create(count), Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> HalfBF16(ushort* source) => (Avx2.ConvertToVector256Int32(source).AsUInt32() << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> HalfF16(ushort* source)
    {
        // see Lanes512.LoadF16
        Vector256<int> bits = Avx2.ConvertToVector256Int32((short*)source) << 13;
        Vector256<int> magnitude = bits & Vector256.Create(0x0fffe000);
        Vector256<int> rebias = Vector256.Create(112 << 23);
        Vector256<int> number = magnitude + rebias;
        Vector256<float> subnormal =
            System.Runtime.Intrinsics.X86.Fma.MultiplyAdd(number.AsSingle(), Vector256.Create(2f), Vector256.Create(-1f / 16384));
        number = Vector256.ConditionalSelect(
            Vector256.LessThan(magnitude, Vector256.Create(1 << 23)), subnormal.AsInt32(), number);
        number += Vector256.GreaterThan(magnitude, Vector256.Create(0x7bff << 13)) & rebias;
        return (number | (bits & Vector256.Create(int.MinValue))).AsSingle();
    }
}
