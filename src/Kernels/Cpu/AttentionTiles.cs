using System.Runtime.CompilerServices;
using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary>
/// The innermost loops of <see cref="AttentionKernel"/>: <c>sums[i, n] += a[i][k] * b[k, n]</c> for k in order, fused, beginning
/// with what the sums hold. Cutting the range of k, or another tile, gives the same bits.
/// </summary>
internal static unsafe class AttentionTiles
{
    /// <summary>Six rows by 64 columns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Tile6x4<V>(float** a, float* b, nint bStride, int count, float* sums, nint sumStride)
        where V : unmanaged, ILanes<V>
    {
        float* a0 = a[0];
        float* a1 = a[1];
        float* a2 = a[2];
        float* a3 = a[3];
        float* a4 = a[4];
        float* a5 = a[5];
        float* c = sums;
        V s00 = V.Load(c), s01 = V.Load(c + 16), s02 = V.Load(c + 32), s03 = V.Load(c + 48);
        c += sumStride;
        V s10 = V.Load(c), s11 = V.Load(c + 16), s12 = V.Load(c + 32), s13 = V.Load(c + 48);
        c += sumStride;
        V s20 = V.Load(c), s21 = V.Load(c + 16), s22 = V.Load(c + 32), s23 = V.Load(c + 48);
        c += sumStride;
        V s30 = V.Load(c), s31 = V.Load(c + 16), s32 = V.Load(c + 32), s33 = V.Load(c + 48);
        c += sumStride;
        V s40 = V.Load(c), s41 = V.Load(c + 16), s42 = V.Load(c + 32), s43 = V.Load(c + 48);
        c += sumStride;
        V s50 = V.Load(c), s51 = V.Load(c + 16), s52 = V.Load(c + 32), s53 = V.Load(c + 48);
        for (nint k = 0; k < count; k++)
        {
            V b0 = V.Load(b);
            V b1 = V.Load(b + 16);
            V b2 = V.Load(b + 32);
            V b3 = V.Load(b + 48);
            b += bStride;
            V x = V.Broadcast(a0[k]);
            s00 = V.Fma(x, b0, s00);
            s01 = V.Fma(x, b1, s01);
            s02 = V.Fma(x, b2, s02);
            s03 = V.Fma(x, b3, s03);
            x = V.Broadcast(a1[k]);
            s10 = V.Fma(x, b0, s10);
            s11 = V.Fma(x, b1, s11);
            s12 = V.Fma(x, b2, s12);
            s13 = V.Fma(x, b3, s13);
            x = V.Broadcast(a2[k]);
            s20 = V.Fma(x, b0, s20);
            s21 = V.Fma(x, b1, s21);
            s22 = V.Fma(x, b2, s22);
            s23 = V.Fma(x, b3, s23);
            x = V.Broadcast(a3[k]);
            s30 = V.Fma(x, b0, s30);
            s31 = V.Fma(x, b1, s31);
            s32 = V.Fma(x, b2, s32);
            s33 = V.Fma(x, b3, s33);
            x = V.Broadcast(a4[k]);
            s40 = V.Fma(x, b0, s40);
            s41 = V.Fma(x, b1, s41);
            s42 = V.Fma(x, b2, s42);
            s43 = V.Fma(x, b3, s43);
            x = V.Broadcast(a5[k]);
            s50 = V.Fma(x, b0, s50);
            s51 = V.Fma(x, b1, s51);
            s52 = V.Fma(x, b2, s52);
            s53 = V.Fma(x, b3, s53);
        }

        c = sums;
        StoreRow(c, s00, s01, s02, s03);
        c += sumStride;
        StoreRow(c, s10, s11, s12, s13);
        c += sumStride;
        StoreRow(c, s20, s21, s22, s23);
        c += sumStride;
        StoreRow(c, s30, s31, s32, s33);
        c += sumStride;
        StoreRow(c, s40, s41, s42, s43);
        c += sumStride;
        StoreRow(c, s50, s51, s52, s53);
    }

    /// <summary>Six rows by 16 columns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Tile6x1<V>(float** a, float* b, nint bStride, int count, float* sums, nint sumStride)
        where V : unmanaged, ILanes<V>
    {
        float* a0 = a[0];
        float* a1 = a[1];
        float* a2 = a[2];
        float* a3 = a[3];
        float* a4 = a[4];
        float* a5 = a[5];
        V s0 = V.Load(sums);
        V s1 = V.Load(sums + sumStride);
        V s2 = V.Load(sums + (2 * sumStride));
        V s3 = V.Load(sums + (3 * sumStride));
        V s4 = V.Load(sums + (4 * sumStride));
        V s5 = V.Load(sums + (5 * sumStride));
        for (nint k = 0; k < count; k++)
        {
            V x = V.Load(b);
            b += bStride;
            s0 = V.Fma(V.Broadcast(a0[k]), x, s0);
            s1 = V.Fma(V.Broadcast(a1[k]), x, s1);
            s2 = V.Fma(V.Broadcast(a2[k]), x, s2);
            s3 = V.Fma(V.Broadcast(a3[k]), x, s3);
            s4 = V.Fma(V.Broadcast(a4[k]), x, s4);
            s5 = V.Fma(V.Broadcast(a5[k]), x, s5);
        }

        V.Store(s0, sums);
        V.Store(s1, sums + sumStride);
        V.Store(s2, sums + (2 * sumStride));
        V.Store(s3, sums + (3 * sumStride));
        V.Store(s4, sums + (4 * sumStride));
        V.Store(s5, sums + (5 * sumStride));
    }

    /// <summary>One row by 64 columns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Tile1x4<V>(float* a, float* b, nint bStride, int count, float* sums)
        where V : unmanaged, ILanes<V>
    {
        V s0 = V.Load(sums), s1 = V.Load(sums + 16), s2 = V.Load(sums + 32), s3 = V.Load(sums + 48);
        for (nint k = 0; k < count; k++)
        {
            V x = V.Broadcast(a[k]);
            s0 = V.Fma(x, V.Load(b), s0);
            s1 = V.Fma(x, V.Load(b + 16), s1);
            s2 = V.Fma(x, V.Load(b + 32), s2);
            s3 = V.Fma(x, V.Load(b + 48), s3);
            b += bStride;
        }

        StoreRow(sums, s0, s1, s2, s3);
    }

    /// <summary>One row by 16 columns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Tile1x1<V>(float* a, float* b, nint bStride, int count, float* sums)
        where V : unmanaged, ILanes<V>
    {
        V s = V.Load(sums);
        for (nint k = 0; k < count; k++)
        {
            s = V.Fma(V.Broadcast(a[k]), V.Load(b), s);
            b += bStride;
        }

        V.Store(s, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow<V>(float* target, V s0, V s1, V s2, V s3)
        where V : unmanaged, ILanes<V>
    {
        V.Store(s0, target);
        V.Store(s1, target + 16);
        V.Store(s2, target + 32);
        V.Store(s3, target + 48);
    }
}
