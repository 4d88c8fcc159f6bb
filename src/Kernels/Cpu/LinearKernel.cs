using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using Kiln.Kernels.Cpu.Simd;
using Kiln.Kernels.Packing;

namespace Kiln.Kernels.Cpu;

/// <summary>
/// <c>output = activation(x * weight^T + bias)</c>, or added to the output. A unit of work is a panel of 16 output features.
/// </summary>
/// <remarks>
/// The order of summation is the same in every path, so that a row's bits depend on nothing but the row: each output feature sums
/// its products one by one, fused, over blocks of <see cref="LinearTiles.Block"/> input features; the blocks' sums are added in
/// order to a total that starts at zero; then comes the bias, then the activation, then what the output held.
/// </remarks>
internal unsafe struct LinearKernel : IKernel
{
    // rows that share one unpacking of the weights; a multiple of the tiles' heights
    private const int ChunkRows = 192;

    public float* X;
    public byte* Weights;
    public float* Bias;
    public float* Output;
    public long XStride;
    public long OutputStride;
    public int Rows;
    public int InFeatures;
    public int OutFeatures;
    public NumberFormat Format;
    public Activation Activation;
    public bool Add;

    /// <inheritdoc/>
    public static void Run<V>(void* arguments, int begin, int end)
        where V : unmanaged, ILanes<V>
    {
        LinearKernel* a = (LinearKernel*)arguments;
        switch (a->Format)
        {
            case NumberFormat.F32:
                Run<V, F32Weights>(a, begin, end);
                break;
            case NumberFormat.F16:
                Run<V, F16Weights>(a, begin, end);
                break;
            case NumberFormat.BF16:
                Run<V, BF16Weights>(a, begin, end);
                break;
            default:
                throw new InvalidOperationException("unknown number format");
        }
    }

    private static void Run<V, TFormat>(LinearKernel* a, int begin, int end)
        where V : unmanaged, ILanes<V>
        where TFormat : struct, IWeights
    {
        if (a->Rows == 1)
        {
            Vector<V, TFormat>(a, begin, end);
        }
        else
        {
            Matrix<V, TFormat>(a, begin, end);
        }
    }

    /// <summary>One row: the weights stream by, four panels at a time.</summary>
    [SkipLocalsInit]
    private static void Vector<V, TFormat>(LinearKernel* a, int begin, int end)
        where V : unmanaged, ILanes<V>
        where TFormat : struct, IWeights
    {
        float* totals = stackalloc float[64];
        long panelBytes = (long)a->InFeatures * 16 * TFormat.Size;
        for (int panel = begin; panel < end;)
        {
            int panels = end - panel >= 4 ? 4 : 1;
            byte* weights = a->Weights + (panel * panelBytes);
            if (panels == 4)
            {
                LinearTiles.Dot4<V, TFormat>(a->X, a->InFeatures, weights, panelBytes, totals);
            }
            else
            {
                LinearTiles.Dot1<V, TFormat>(a->X, a->InFeatures, weights, totals);
            }

            Finish<V>(a, 0, panel, panels, totals);
            panel += panels;
        }
    }

    /// <summary>Many rows: a block of the weights stays in the cache while all rows pass over it.</summary>
    [SkipLocalsInit]
    private static void Matrix<V, TFormat>(LinearKernel* a, int begin, int end)
        where V : unmanaged, ILanes<V>
        where TFormat : struct, IWeights
    {
        float* scratch = stackalloc float[(ChunkRows * 64) + (TFormat.Size == 4 ? 0 : 4 * LinearTiles.Block * 16) + 16];
        float* totals = (float*)(((nuint)scratch + 63) & ~(nuint)63);
        float* unpacked = totals + (ChunkRows * 64);
        long panelBytes = (long)a->InFeatures * 16 * TFormat.Size;
        for (int firstRow = 0; firstRow < a->Rows; firstRow += ChunkRows)
        {
            int rows = Math.Min(ChunkRows, a->Rows - firstRow);
            float* x = a->X + (firstRow * a->XStride);
            for (int panel = begin; panel < end; panel += 4)
            {
                int panels = Math.Min(4, end - panel);
                Unsafe.InitBlockUnaligned(totals, 0, (uint)((rows + 5) / 6 * 6 * 64 * sizeof(float)));
                for (int k = 0; k < a->InFeatures; k += LinearTiles.Block)
                {
                    int block = Math.Min(LinearTiles.Block, a->InFeatures - k);
                    byte* weights = a->Weights + (panel * panelBytes) + (k * 16L * TFormat.Size);
                    if (rows <= TFormat.DirectRows)
                    {
                        Tiles<V, TFormat>(x + k, a->XStride, rows, weights, panelBytes, panels, block, totals);
                    }
                    else
                    {
                        for (int i = 0; i < panels; i++)
                        {
                            LinearTiles.Unpack<V, TFormat>(weights + (i * panelBytes), block, unpacked + (i * LinearTiles.Block * 16));
                        }

                        Tiles<V, F32Weights>(
                            x + k, a->XStride, rows, (byte*)unpacked, LinearTiles.Block * 16 * sizeof(float), panels, block, totals);
                    }
                }

                for (int row = 0; row < rows; row++)
                {
                    Finish<V>(a, firstRow + row, panel, panels, totals + (row * 64));
                }
            }
        }
    }

    /// <summary>Adds the products of one block to the totals <c>[rows, 64]</c>, tile by tile.</summary>
    private static void Tiles<V, TFormat>(
        float* x, long xStride, int rows, byte* weights, long panelBytes, int panels, int block, float* totals)
        where V : unmanaged, ILanes<V>
        where TFormat : struct, IWeights
    {
        if (typeof(V) == typeof(Lanes512) && panels == 4)
        {
            int row = 0;
            for (; row < rows - 3; row += 6)
            {
                LinearTiles.Tile6x4<V, TFormat>(x + (row * xStride), xStride, rows - row, weights, panelBytes, block, totals + (row * 64));
            }

            if (row < rows)
            {
                LinearTiles.Tile3x4<V, TFormat>(x + (row * xStride), xStride, rows - row, weights, panelBytes, block, totals + (row * 64));
            }

            return;
        }

        for (int panel = 0; panel < panels; panel++)
        {
            byte* panelWeights = weights + (panel * panelBytes);
            float* panelTotals = totals + (panel * 16);
            if (typeof(V) != typeof(Lanes128) || AdvSimd.IsSupported)
            {
                int row = 0;
                for (; row < rows - 3; row += 6)
                {
                    LinearTiles.Tile6x1<V, TFormat>(x + (row * xStride), xStride, rows - row, panelWeights, block, panelTotals + (row * 64));
                }

                if (row < rows)
                {
                    LinearTiles.Tile3x1<V, TFormat>(x + (row * xStride), xStride, rows - row, panelWeights, block, panelTotals + (row * 64));
                }
            }
            else
            {
                for (int row = 0; row < rows; row += 2)
                {
                    LinearTiles.Tile2x1<V, TFormat>(x + (row * xStride), xStride, rows - row, panelWeights, block, panelTotals + (row * 64));
                }
            }
        }
    }

    /// <summary>Bias, activation and residual of one row and up to four panels.</summary>
    private static void Finish<V>(LinearKernel* a, int row, int panel, int panels, float* totals)
        where V : unmanaged, ILanes<V>
    {
        int first = panel * 16;
        int width = Math.Min(panels * 16, a->OutFeatures - first);
        float* output = a->Output + (row * a->OutputStride) + first;
        for (int i = 0; i < width; i += 16)
        {
            V sum = V.Load(totals + i);
            if (a->Bias != null)
            {
                sum += V.Load(a->Bias + first + i);
            }

            if (a->Add)
            {
                sum = Simd.Rows.Load<V>(output + i, width - i) + sum;
            }

            Simd.Rows.Store(sum, output + i, width - i);
        }

        if (a->Activation != Activation.None)
        {
            Activations.Apply<V>(a->Activation, output, output, width);
        }
    }
}
