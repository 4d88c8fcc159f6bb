using System;
using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary><c>output = x / sqrt(mean(x^2) + eps) * weight</c> over rows.</summary>
internal unsafe struct RmsNormKernel : IKernel
{
    public float* X;
    public float* Output;
    public float* Weight;
    public long XStride;
    public long OutputStride;
    public int Width;
    public float Epsilon;

    /// <inheritdoc/>
    public static void Run<V>(void* arguments, int begin, int end)
        where V : unmanaged, ILanes<V>
    {
        RmsNormKernel* a = (RmsNormKernel*)arguments;
        for (long row = begin; row < end; row++)
        {
            float* x = a->X + (row * a->XStride);
            float scale = 1f / MathF.Sqrt((SumOfSquares<V>(x, a->Width) / a->Width) + a->Epsilon);
            Scale<V>(x, scale, a->Weight, a->Output + (row * a->OutputStride), a->Width);
        }
    }

    private static float SumOfSquares<V>(float* x, int width)
        where V : unmanaged, ILanes<V>
    {
        V sum = V.Zero;
        int i = 0;
        for (; i <= width - 16; i += 16)
        {
            V v = V.Load(x + i);
            sum = V.Fma(v, v, sum);
        }

        if (i < width)
        {
            V v = Rows.Load<V>(x + i, width - i);
            sum = V.Fma(v, v, sum);
        }

        return V.Sum(sum);
    }

    private static void Scale<V>(float* x, float scale, float* weight, float* output, int width)
        where V : unmanaged, ILanes<V>
    {
        V factor = V.Broadcast(scale);
        int i = 0;
        for (; i <= width - 16; i += 16)
        {
            V.Store(V.Load(x + i) * factor * V.Load(weight + i), output + i);
        }

        if (i < width)
        {
            Rows.Store(Rows.Load<V>(x + i, width - i) * factor * V.Load(weight + i), output + i, width - i);
        }
    }
}
