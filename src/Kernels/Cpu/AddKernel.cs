using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary><c>x += y</c> over rows.</summary>
internal unsafe struct AddKernel : IKernel
{
    public float* X;
    public float* Y;
    public long XStride;
    public long YStride;
    public int Width;

    /// <inheritdoc/>
    public static void Run<V>(void* arguments, int begin, int end)
        where V : unmanaged, ILanes<V>
    {
        AddKernel* a = (AddKernel*)arguments;
        for (long row = begin; row < end; row++)
        {
            float* x = a->X + (row * a->XStride);
            float* y = a->Y + (row * a->YStride);
            int i = 0;
            for (; i <= a->Width - 16; i += 16)
            {
                V.Store(V.Load(x + i) + V.Load(y + i), x + i);
            }

            if (i < a->Width)
            {
                int rest = a->Width - i;
                Rows.Store(Rows.Load<V>(x + i, rest) + Rows.Load<V>(y + i, rest), x + i, rest);
            }
        }
    }
}
