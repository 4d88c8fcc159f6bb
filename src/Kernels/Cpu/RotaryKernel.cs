using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary>Rotates the pairs <c>(x_i, x_{i + d/2})</c> of each head, in place, by the angles of the row.</summary>
internal unsafe struct RotaryKernel : IKernel
{
    public float* X;
    public float* Table;
    public long XStride;
    public long TableStride;
    public int Heads;
    public int HeadDim;
    public int Pairs;

    /// <inheritdoc/>
    public static void Run<V>(void* arguments, int begin, int end)
        where V : unmanaged, ILanes<V>
    {
        RotaryKernel* a = (RotaryKernel*)arguments;
        for (long row = begin; row < end; row++)
        {
            float* x = a->X + (row * a->XStride);
            for (int head = 0; head < a->Heads; head++)
            {
                Rotate<V>(x + ((long)head * a->HeadDim), a->Table + (row * a->TableStride), a->Pairs);
            }
        }
    }

    private static void Rotate<V>(float* x, float* table, int pairs)
        where V : unmanaged, ILanes<V>
    {
        float* y = x + pairs;
        for (int i = 0; i < pairs; i += 16)
        {
            int count = pairs - i;
            V cos = Rows.Load<V>(table + i, count);
            V sin = Rows.Load<V>(table + pairs + i, count);
            V first = Rows.Load<V>(x + i, count);
            V second = Rows.Load<V>(y + i, count);
            Rows.Store(V.Fma(first, cos, V.Zero - (second * sin)), x + i, count);
            Rows.Store(V.Fma(second, cos, first * sin), y + i, count);
        }
    }
}
