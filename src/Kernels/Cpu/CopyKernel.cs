using System;
using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary><c>output[r] = x[rows[r]]</c>, or <c>x[r]</c> where there is no list of rows.</summary>
internal unsafe struct CopyKernel : IKernel
{
    public float* X;
    public float* Output;
    public long XStride;
    public long OutputStride;
    public int* SourceRows;
    public int Width;

    /// <inheritdoc/>
    public static void Run<V>(void* arguments, int begin, int end)
        where V : unmanaged, ILanes<V>
    {
        CopyKernel* a = (CopyKernel*)arguments;
        long bytes = (long)a->Width * sizeof(float);
        for (long row = begin; row < end; row++)
        {
            long source = a->SourceRows == null ? row : a->SourceRows[row];
            Buffer.MemoryCopy(a->X + (source * a->XStride), a->Output + (row * a->OutputStride), bytes, bytes);
        }
    }
}
