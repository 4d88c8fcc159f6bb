using System.Runtime.CompilerServices;

namespace Kiln.Kernels.Cpu.Simd;

/// <summary>
/// Elementary functions over lanes. The polynomials are Chebyshev fits over the stated intervals, made at 120 bits and rounded.
/// </summary>
internal static class Functions
{
    /// <summary>e^x within 2 units in the last place, subnormal results included; 0 for -infinity, infinity above 88.73.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        // adding 1.5 * 2^23 leaves no fraction: rounds to the nearest whole number
        V round = V.Broadcast(12582912f);
        x = V.Min(V.Broadcast(89f), V.Max(V.Broadcast(-104f), x));
        V n = V.Fma(x, V.Broadcast(1.44269502f), round) - round;
        V r = V.Fma(n, V.Broadcast(-0.693359375f), x);
        r = V.Fma(n, V.Broadcast(2.12194440e-4f), r);
        V p = V.Broadcast(0.000198909809f);
        p = V.Fma(p, r, V.Broadcast(0.00139336416f));
        p = V.Fma(p, r, V.Broadcast(0.00833331048f));
        p = V.Fma(p, r, V.Broadcast(0.0416664667f));
        p = V.Fma(p, r, V.Broadcast(0.166666672f));
        p = V.Fma(p, r, V.Broadcast(0.5f));
        p = V.Fma(p, r * r, r) + V.Broadcast(1f);

        // in two steps, since 2^n itself may lie outside the range
        V half = V.Fma(n, V.Broadcast(0.5f), round) - round;
        return p * V.PowerOfTwo(half) * V.PowerOfTwo(n - half);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V>(V x)
        where V : unmanaged, ILanes<V> => V.Broadcast(1f) / (V.Broadcast(1f) + Exp(V.Zero - x));

    /// <summary>tanh within a few units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        V t = V.Abs(x);

        // |x| < 0.625: x + x^3 P(x^2)
        V s = x * x;
        V p = V.Broadcast(0.00229274482f);
        p = V.Fma(p, s, V.Broadcast(-0.00834394526f));
        p = V.Fma(p, s, V.Broadcast(0.0217689183f));
        p = V.Fma(p, s, V.Broadcast(-0.0539592579f));
        p = V.Fma(p, s, V.Broadcast(0.133333042f));
        p = V.Fma(p, s, V.Broadcast(-0.333333343f));
        V small = V.Fma(p, s * t, t);
        V large = V.Broadcast(1f) - (V.Broadcast(2f) / (Exp(t + t) + V.Broadcast(1f)));
        return V.WithSign(V.SelectLess(t, V.Broadcast(0.625f), small, large), x);
    }

    /// <summary>The error function, within 1.5e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        V t = V.Abs(x);

        // |x| < 1: x P(x^2)
        V s = t * t;
        V p = V.Broadcast(-9.66704465e-6f);
        p = V.Fma(p, s, V.Broadcast(0.000112659589f));
        p = V.Fma(p, s, V.Broadcast(-0.000848408032f));
        p = V.Fma(p, s, V.Broadcast(0.00522103161f));
        p = V.Fma(p, s, V.Broadcast(-0.0268654302f));
        p = V.Fma(p, s, V.Broadcast(0.112837821f));
        p = V.Fma(p, s, V.Broadcast(-0.376126379f));
        p = V.Fma(p, s, V.Broadcast(1.12837923f));
        V small = p * t;

        // 1 to 4: 1 - exp(-Q(x)) with Q = -ln(1 - erf); 1 beyond
        V u = V.Min(V.Broadcast(4f), t);
        V q = V.Broadcast(-1.6371514e-6f);
        q = V.Fma(q, u, V.Broadcast(4.60580413e-5f));
        q = V.Fma(q, u, V.Broadcast(-0.00059680565f));
        q = V.Fma(q, u, V.Broadcast(0.0047595962f));
        q = V.Fma(q, u, V.Broadcast(-0.0264211353f));
        q = V.Fma(q, u, V.Broadcast(0.110080086f));
        q = V.Fma(q, u, V.Broadcast(0.631826043f));
        q = V.Fma(q, u, V.Broadcast(1.13023341f));
        q = V.Fma(q, u, V.Broadcast(-0.00032013806f));
        V large = V.Broadcast(1f) - Exp(V.Zero - q);
        return V.WithSign(V.SelectLess(t, V.Broadcast(1f), small, large), x);
    }
}
