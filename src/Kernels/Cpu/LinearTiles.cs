using System;
using System.Runtime.CompilerServices;
using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary>
/// The innermost loops of <see cref="LinearKernel"/>. Each is a method of its own with its sums in locals, which is what keeps them
/// in registers.
/// </summary>
internal static unsafe class LinearTiles
{
    /// <summary>Input features summed before the sum is added to the total.</summary>
    public const int Block = 256;

    /// <summary>One row by four panels, read as they are stored: <c>totals[0..64) = x * weights^T</c>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Dot4<V, TFormat>(float* x, int inFeatures, byte* weights, long panelBytes, float* totals)
        where V : unmanaged, ILanes<V>
        where TFormat : struct, IWeights
    {
        byte* w0 = weights;
        byte* w1 = w0 + panelBytes;
        byte* w2 = w1 + panelBytes;
        byte* w3 = w2 + panelBytes;
        V t0 = V.Zero, t1 = V.Zero, t2 = V.Zero, t3 = V.Zero;
        for (int start = 0; start < inFeatures; start += Block)
        {
            int end = Math.Min(start + Block, inFeatures);
            V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero;
            for (nint k = start; k < end; k++)
            {
                nint offset = k * 16 * TFormat.Size;
                V a = V.Broadcast(x[k]);
                s0 = V.Fma(a, TFormat.Load<V>(w0 + offset), s0);
                s1 = V.Fma(a, TFormat.Load<V>(w1 + offset), s1);
                s2 = V.Fma(a, TFormat.Load<V>(w2 + offset), s2);
                s3 = V.Fma(a, TFormat.Load<V>(w3 + offset), s3);
            }

            t0 += s0;
            t1 += s1;
            t2 += s2;
            t3 += s3;
        }

        V.Store(t0, totals);
        V.Store(t1, totals + 16);
        V.Store(t2, totals + 32);
        V.Store(t3, totals + 48);
    }

    /// <summary>One row by one panel, read as it is stored: <c>totals[0..16) = x * weights^T</c>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Dot1<V, TFormat>(float* x, int inFeatures, byte* weights, float* totals)
        where V : unmanaged, ILanes<V>
        where TFormat : struct, IWeights
    {
        V t = V.Zero;
        for (int start = 0; start < inFeatures; start += Block)
        {
            int end = Math.Min(start + Block, inFeatures);
            V s = V.Zero;
            for (nint k = start; k < end; k++)
            {
                s = V.Fma(V.Broadcast(x[k]), TFormat.Load<V>(weights + (k * 16 * TFormat.Size)), s);
            }

            t += s;
        }

        V.Store(t, totals);
    }

    /// <summary>Part of a panel as float32.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Unpack<V, TFormat>(byte* weights, int block, float* unpacked)
        where V : unmanaged, ILanes<V>
        where TFormat : struct, IWeights
    {
        for (nint k = 0; k < block; k++)
        {
            V.Store(TFormat.Load<V>(weights + (k * 16 * TFormat.Size)), unpacked + (k * 16));
        }
    }

    /// <summary>
    /// Six rows by four panels: <c>totals[6, 64] += x * weights^T</c> over one block. Rows beyond <paramref name="rows"/> repeat the
    /// last; the totals have room for them.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Tile6x4<V, TFormat>(float* x, long xStride, int rows, byte* weights, long panelBytes, int block, float* totals)
        where V : unmanaged, ILanes<V>
        where TFormat : struct, IWeights
    {
        float* x0 = x;
        float* x1 = x0 + (rows > 1 ? xStride : 0);
        float* x2 = x1 + (rows > 2 ? xStride : 0);
        float* x3 = x2 + (rows > 3 ? xStride : 0);
        float* x4 = x3 + (rows > 4 ? xStride : 0);
        float* x5 = x4 + (rows > 5 ? xStride : 0);
        byte* w0 = weights;
        byte* w1 = w0 + panelBytes;
        byte* w2 = w1 + panelBytes;
        byte* w3 = w2 + panelBytes;
        V s00 = V.Zero, s01 = V.Zero, s02 = V.Zero, s03 = V.Zero;
        V s10 = V.Zero, s11 = V.Zero, s12 = V.Zero, s13 = V.Zero;
        V s20 = V.Zero, s21 = V.Zero, s22 = V.Zero, s23 = V.Zero;
        V s30 = V.Zero, s31 = V.Zero, s32 = V.Zero, s33 = V.Zero;
        V s40 = V.Zero, s41 = V.Zero, s42 = V.Zero, s43 = V.Zero;
        V s50 = V.Zero, s51 = V.Zero, s52 = V.Zero, s53 = V.Zero;
        for (nint k = 0; k < block; k++)
        {
            V b0 = TFormat.Load<V>(w0 + (k * 16 * TFormat.Size));
            V b1 = TFormat.Load<V>(w1 + (k * 16 * TFormat.Size));
            V b2 = TFormat.Load<V>(w2 + (k * 16 * TFormat.Size));
            V b3 = TFormat.Load<V>(w3 + (k * 16 * TFormat.Size));
            V a = V.Broadcast(x0[k]);
            s00 = V.Fma(a, b0, s00);
            s01 = V.Fma(a, b1, s01);
            s02 = V.Fma(a, b2, s02);
            s03 = V.Fma(a, b3, s03);
            a = V.Broadcast(x1[k]);
            s10 = V.Fma(a, b0, s10);
            s11 = V.Fma(a, b1, s11);
            s12 = V.Fma(a, b2, s12);
            s13 = V.Fma(a, b3, s13);
            a = V.Broadcast(x2[k]);
            s20 = V.Fma(a, b0, s20);
            s21 = V.Fma(a, b1, s21);
            s22 = V.Fma(a, b2, s22);
            s23 = V.Fma(a, b3, s23);
            a = V.Broadcast(x3[k]);
            s30 = V.Fma(a, b0, s30);
            s31 = V.Fma(a, b1, s31);
            s32 = V.Fma(a, b2, s32);
            s33 = V.Fma(a, b3, s33);
            a = V.Broadcast(x4[k]);
            s40 = V.Fma(a, b0, s40);
            s41 = V.Fma(a, b1, s41);
            s42 = V.Fma(a, b2, s42);
            s43 = V.Fma(a, b3, s43);
            a = V.Broadcast(x5[k]);
            s50 = V.Fma(a, b0, s50);
            s51 = V.Fma(a, b1, s51);
            s52 = V.Fma(a, b2, s52);
            s53 = V.Fma(a, b3, s53);
        }

        AddRow(totals, s00, s01, s02, s03);
        AddRow(totals + 64, s10, s11, s12, s13);
        AddRow(totals + 128, s20, s21, s22, s23);
        AddRow(totals + 192, s30, s31, s32, s33);
        AddRow(totals + 256, s40, s41, s42, s43);
        AddRow(totals + 320, s50, s51, s52, s53);
    }

    /// <summary>Three rows by four panels, for what is left of the rows.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Tile3x4<V, TFormat>(float* x, long xStride, int rows, byte* weights, long panelBytes, int block, float* totals)
        where V : unmanaged, ILanes<V>
        where TFormat : struct, IWeights
    {
        float* x0 = x;
        float* x1 = x0 + (rows > 1 ? xStride : 0);
        float* x2 = x1 + (rows > 2 ? xStride : 0);
        byte* w0 = weights;
        byte* w1 = w0 + panelBytes;
        byte* w2 = w1 + panelBytes;
        byte* w3 = w2 + panelBytes;
        V s00 = V.Zero, s01 = V.Zero, s02 = V.Zero, s03 = V.Zero;
        V s10 = V.Zero, s11 = V.Zero, s12 = V.Zero, s13 = V.Zero;
        V s20 = V.Zero, s21 = V.Zero, s22 = V.Zero, s23 = V.Zero;
        for (nint k = 0; k < block; k++)
        {
            V b0 = TFormat.Load<V>(w0 + (k * 16 * TFormat.Size));
            V b1 = TFormat.Load<V>(w1 + (k * 16 * TFormat.Size));
            V b2 = TFormat.Load<V>(w2 + (k * 16 * TFormat.Size));
            V b3 = TFormat.Load<V>(w3 + (k * 16 * TFormat.Size));
            V a = V.Broadcast(x0[k]);
            s00 = V.Fma(a, b0, s00);
            s01 = V.Fma(a, b1, s01);
            s02 = V.Fma(a, b2, s02);
            s03 = V.Fma(a, b3, s03);
            a = V.Broadcast(x1[k]);
            s10 = V.Fma(a, b0, s10);
            s11 = V.Fma(a, b1, s11);
            s12 = V.Fma(a, b2, s12);
            s13 = V.Fma(a, b3, s13);
            a = V.Broadcast(x2[k]);
            s20 = V.Fma(a, b0, s20);
            s21 = V.Fma(a, b1, s21);
            s22 = V.Fma(a, b2, s22);
            s23 = V.Fma(a, b3, s23);
        }

        AddRow(totals, s00, s01, s02, s03);
        AddRow(totals + 64, s10, s11, s12, s13);
        AddRow(totals + 128, s20, s21, s22, s23);
    }

    /// <summary>Six rows by one panel: <c>totals[6, 16] += x * weights^T</c> over one block; the totals' rows are 64 apart.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Tile6x1<V, TFormat>(float* x, long xStride, int rows, byte* weights, int block, float* totals)
        where V : unmanaged, ILanes<V>
        where TFormat : struct, IWeights
    {
        float* x0 = x;
        float* x1 = x0 + (rows > 1 ? xStride : 0);
        float* x2 = x1 + (rows > 2 ? xStride : 0);
        float* x3 = x2 + (rows > 3 ? xStride : 0);
        float* x4 = x3 + (rows > 4 ? xStride : 0);
        float* x5 = x4 + (rows > 5 ? xStride : 0);
        V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero, s4 = V.Zero, s5 = V.Zero;
        for (nint k = 0; k < block; k++)
        {
            V b = TFormat.Load<V>(weights + (k * 16 * TFormat.Size));
            s0 = V.Fma(V.Broadcast(x0[k]), b, s0);
            s1 = V.Fma(V.Broadcast(x1[k]), b, s1);
            s2 = V.Fma(V.Broadcast(x2[k]), b, s2);
            s3 = V.Fma(V.Broadcast(x3[k]), b, s3);
            s4 = V.Fma(V.Broadcast(x4[k]), b, s4);
            s5 = V.Fma(V.Broadcast(x5[k]), b, s5);
        }

        V.Store(V.Load(totals) + s0, totals);
        V.Store(V.Load(totals + 64) + s1, totals + 64);
        V.Store(V.Load(totals + 128) + s2, totals + 128);
        V.Store(V.Load(totals + 192) + s3, totals + 192);
        V.Store(V.Load(totals + 256) + s4, totals + 256);
        V.Store(V.Load(totals + 320) + s5, totals + 320);
    }

    /// <summary>Three rows by one panel, for what is left of the rows.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Tile3x1<V, TFormat>(float* x, long xStride, int rows, byte* weights, int block, float* totals)
        where V : unmanaged, ILanes<V>
        where TFormat : struct, IWeights
    {
        float* x0 = x;
        float* x1 = x0 + (rows > 1 ? xStride : 0);
        float* x2 = x1 + (rows > 2 ? xStride : 0);
        V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero;
        for (nint k = 0; k < block; k++)
        {
            V b = TFormat.Load<V>(weights + (k * 16 * TFormat.Size));
            s0 = V.Fma(V.Broadcast(x0[k]), b, s0);
            s1 = V.Fma(V.Broadcast(x1[k]), b, s1);
            s2 = V.Fma(V.Broadcast(x2[k]), b, s2);
        }

        V.Store(V.Load(totals) + s0, totals);
        V.Store(V.Load(totals + 64) + s1, totals + 64);
        V.Store(V.Load(totals + 128) + s2, totals + 128);
    }

    /// <summary>Two rows by one panel, for 16 registers of 128 bits.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Tile2x1<V, TFormat>(float* x, long xStride, int rows, byte* weights, int block, float* totals)
        where V : unmanaged, ILanes<V>
        where TFormat : struct, IWeights
    {
        float* x0 = x;
        float* x1 = x0 + (rows > 1 ? xStride : 0);
        V s0 = V.Zero, s1 = V.Zero;
        for (nint k = 0; k < block; k++)
        {
            V b = TFormat.Load<V>(weights + (k * 16 * TFormat.Size));
            s0 = V.Fma(V.Broadcast(x0[k]), b, s0);
            s1 = V.Fma(V.Broadcast(x1[k]), b, s1);
        }

        V.Store(V.Load(totals) + s0, totals);
        V.Store(V.Load(totals + 64) + s1, totals + 64);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow<V>(float* totals, V s0, V s1, V s2, V s3)
        where V : unmanaged, ILanes<V>
    {
        V.Store(V.Load(totals) + s0, totals);
        V.Store(V.Load(totals + 16) + s1, totals + 16);
        V.Store(V.Load(totals + 32) + s2, totals + 32);
        V.Store(V.Load(totals + 48) + s3, totals + 48);
    }
}
