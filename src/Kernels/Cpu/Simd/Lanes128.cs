using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Kiln.Kernels.Cpu.Simd;

/// <summary>
/// Four vectors of 128 bits: Arm64's AdvSimd, and processors without AVX2. The multiply-add is fused where the processor has one;
/// an x86 processor without it rounds the product too, so its results differ in the last bits.
/// </summary>
internal readonly unsafe struct Lanes128(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) : ILanes<Lanes128>
{
    private readonly Vector128<float> a = a;
    private readonly Vector128<float> b = b;
    private readonly Vector128<float> c = c;
    private readonly Vector128<float> d = d;

    public static Lanes128 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => All(Vector128<float>.Zero);
    }

    public static Lanes128 Index
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(
            Vector128.Create(0f, 1f, 2f, 3f), Vector128.Create(4f, 5f, 6f, 7f), Vector128.Create(8f, 9f, 10f, 11f), Vector128.Create(12f, 13f, 14f, 15f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator +(Lanes128 x, Lanes128 y) => new(x.a + y.a, x.b + y.b, x.c + y.c, x.d + y.d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator -(Lanes128 x, Lanes128 y) => new(x.a - y.a, x.b - y.b, x.c - y.c, x.d - y.d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator *(Lanes128 x, Lanes128 y) => new(x.a * y.a, x.b * y.b, x.c * y.c, x.d * y.d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator /(Lanes128 x, Lanes128 y) => new(x.a / y.a, x.b / y.b, x.c / y.c, x.d / y.d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Broadcast(float value) => All(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(float* source) =>
        new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadFirst(float* source, int count) =>
        new(First(source, count), First(source + 4, count - 4), First(source + 8, count - 8), First(source + 12, count - 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadF16(ushort* source)
    {
        Vector128<short> low = Vector128.Load((short*)source);
        Vector128<short> high = Vector128.Load((short*)source + 8);
        return new(
            FromF16(Vector128.WidenLower(low)), FromF16(Vector128.WidenUpper(low)), FromF16(Vector128.WidenLower(high)), FromF16(Vector128.WidenUpper(high)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadBF16(ushort* source)
    {
        Vector128<ushort> low = Vector128.Load(source);
        Vector128<ushort> high = Vector128.Load(source + 8);
        return new(
            (Vector128.WidenLower(low) << 16).AsSingle(),
            (Vector128.WidenUpper(low) << 16).AsSingle(),
            (Vector128.WidenLower(high) << 16).AsSingle(),
            (Vector128.WidenUpper(high) << 16).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes128 value, float* target)
    {
        value.a.Store(target);
        value.b.Store(target + 4);
        value.c.Store(target + 8);
        value.d.Store(target + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(Lanes128 value, float* target, int count)
    {
        First(value.a, target, count);
        First(value.b, target + 4, count - 4);
        First(value.c, target + 8, count - 8);
        First(value.d, target + 12, count - 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Fma(Lanes128 x, Lanes128 y, Lanes128 z) =>
        new(MultiplyAdd(x.a, y.a, z.a), MultiplyAdd(x.b, y.b, z.b), MultiplyAdd(x.c, y.c, z.c), MultiplyAdd(x.d, y.d, z.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Min(Lanes128 x, Lanes128 y) =>
        new(Vector128.MinNative(x.a, y.a), Vector128.MinNative(x.b, y.b), Vector128.MinNative(x.c, y.c), Vector128.MinNative(x.d, y.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Max(Lanes128 x, Lanes128 y) =>
        new(Vector128.MaxNative(x.a, y.a), Vector128.MaxNative(x.b, y.b), Vector128.MaxNative(x.c, y.c), Vector128.MaxNative(x.d, y.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Abs(Lanes128 value) =>
        new(Vector128.Abs(value.a), Vector128.Abs(value.b), Vector128.Abs(value.c), Vector128.Abs(value.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 WithSign(Lanes128 magnitude, Lanes128 sign)
    {
        Vector128<float> mask = Vector128.Create(-0f);
        return new(
            magnitude.a | (sign.a & mask), magnitude.b | (sign.b & mask), magnitude.c | (sign.c & mask), magnitude.d | (sign.d & mask));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 SelectLess(Lanes128 x, Lanes128 y, Lanes128 then, Lanes128 otherwise) => new(
        Vector128.ConditionalSelect(Vector128.LessThan(x.a, y.a), then.a, otherwise.a),
        Vector128.ConditionalSelect(Vector128.LessThan(x.b, y.b), then.b, otherwise.b),
        Vector128.ConditionalSelect(Vector128.LessThan(x.c, y.c), then.c, otherwise.c),
        Vector128.ConditionalSelect(Vector128.LessThan(x.d, y.d), then.d, otherwise.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 PowerOfTwo(Lanes128 exponent)
    {
        Vector128<float> bias = Vector128.Create(8388735f);
        return new(
            ((exponent.a + bias).AsUInt32() << 23).AsSingle(),
            ((exponent.b + bias).AsUInt32() << 23).AsSingle(),
            ((exponent.c + bias).AsUInt32() << 23).AsSingle(),
            ((exponent.d + bias).AsUInt32() << 23).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes128 value) => SumOfQuarter((value.a + value.c) + (value.b + value.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Lanes128 value) =>
        MaxOfQuarter(Vector128.MaxNative(Vector128.MaxNative(value.a, value.c), Vector128.MaxNative(value.b, value.d)));

    /// <summary>Sum of 8 lanes that are sums already, in the order of <see cref="ILanes{TSelf}.Sum"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float SumOfHalves(Vector256<float> value) => SumOfQuarter(value.GetLower() + value.GetUpper());

    /// <summary>Largest of 8 lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float MaxOfHalves(Vector256<float> value) => MaxOfQuarter(Vector128.MaxNative(value.GetLower(), value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfQuarter(Vector128<float> value) =>
        (value.GetElement(0) + value.GetElement(2)) + (value.GetElement(1) + value.GetElement(3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float MaxOfQuarter(Vector128<float> value)
    {
        Vector128<float> pairs = Vector128.MaxNative(value, Vector128.Shuffle(value, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(pairs, Vector128.Shuffle(pairs, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> First(float* source, int count) => count switch
    {
        < 1 => Vector128<float>.Zero,
        1 => Vector128.CreateScalar(source[0]),
        2 => Vector128.Create(source[0], source[1], 0, 0),
        3 => Vector128.Create(source[0], source[1], source[2], 0),
        _ => Vector128.Load(source),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void First(Vector128<float> value, float* target, int count)
    {
        if (count >= 4)
        {
            value.Store(target);
            return;
        }

        if (count > 0)
        {
            target[0] = value.GetElement(0);
        }

        if (count > 1)
        {
            target[1] = value.GetElement(1);
        }

        if (count > 2)
        {
            target[2] = value.GetElement(2);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes128 All(Vector128<float> value) => new(value, value, value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> MultiplyAdd(Vector128<float> x, Vector128<float> y, Vector128<float> z) =>
        AdvSimd.IsSupported ? AdvSimd.FusedMultiplyAdd(z, x, y)
        : System.Runtime.Intrinsics.X86.Fma.IsSupported ? System.Runtime.Intrinsics.X86.Fma.MultiplyAdd(x, y, z)
        : (x * y) + z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> FromF16(Vector128<int> signExtended)
    {
        // see Lanes512.LoadF16; the product by 2 is exact, fused or not
        Vector128<int> bits = signExtended << 13;
        Vector128<int> magnitude = bits & Vector128.Create(0x0fffe000);
        Vector128<int> rebias = Vector128.Create(112 << 23);
        Vector128<int> number = magnitude + rebias;
        Vector128<float> subnormal = MultiplyAdd(number.AsSingle(), Vector128.Create(2f), Vector128.Create(-1f / 16384));
        number = Vector128.ConditionalSelect(
            Vector128.LessThan(magnitude, Vector128.Create(1 << 23)), subnormal.AsInt32(), number);
        number += Vector128.GreaterThan(magnitude, Vector128.Create(0x7bff << 13)) & rebias;
        return (number | (bits & Vector128.Create(int.MinValue))).AsSingle();
    }
}
