using System;
using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary>
/// <c>output = (x - mean(x)) / sqrt(var(x) + eps) * weight + bias</c> over rows: the mean first, then the variance about it.
/// </summary>
internal unsafe struct LayerNormKernel : IKernel
{
    public float* X;
    public float* Output;
    public float* Weight;
    public float* Bias;
    public long XStride;
    public long OutputStride;
    public int Width;
    public float Epsilon;

    /// <inheritdoc/>
    public static void Run<V>(void* arguments, int begin, int end)
        where V : unmanaged, ILanes<V>
    {
        LayerNormKernel* a = (LayerNormKernel*)arguments;
        for (long row = begin; row < end; row++)
        {
            float* x = a->X + (row * a->XStride);
            float mean = Sum<V>(x, a->Width) / a->Width;
            float scale = 1f / MathF.Sqrt((SumOfSquares<V>(x, mean, a->Width) / a->Width) + a->Epsilon);
            Scale<V>(a, x, mean, scale, a->Output + (row * a->OutputStride));
        }
    }

    private static float Sum<V>(float* x, int width)
        where V : unmanaged, ILanes<V>
    {
        V sum = V.Zero;
        int i = 0;
        for (; i <= width - 16; i += 16)
        {
            sum += V.Load(x + i);
        }

        if (i < width)
        {
            sum += Rows.Load<V>(x + i, width - i);
        }

        return V.Sum(sum);
    }

    private static float SumOfSquares<V>(float* x, float mean, int width)
        where V : unmanaged, ILanes<V>
    {
        V center = V.Broadcast(mean);
        V sum = V.Zero;
        int i = 0;
        for (; i <= width - 16; i += 16)
        {
            V v = V.Load(x + i) - center;
            sum = V.Fma(v, v, sum);
        }

        if (i < width)
        {
            V v = V.SelectLess(V.Index, V.Broadcast(width - i), Rows.Load<V>(x + i, width - i) - center, V.Zero);
            sum = V.Fma(v, v, sum);
        }

        return V.Sum(sum);
    }

    private static void Scale<V>(LayerNormKernel* a, float* x, float mean, float scale, float* output)
        where V : unmanaged, ILanes<V>
    {
        V center = V.Broadcast(mean);
        V factor = V.Broadcast(scale);
        for (int i = 0; i < a->Width; i += 16)
        {
            int count = a->Width - i;
            V bias = a->Bias == null ? V.Zero : V.Load(a->Bias + i);
            V normal = (Rows.Load<V>(x + i, count) - center) * factor;
            Rows.Store(V.Fma(normal, V.Load(a->Weight + i), bias), output + i, count);
        }
    }
}
