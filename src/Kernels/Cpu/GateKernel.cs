using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary><c>output = activation(gate) * up</c>.</summary>
internal unsafe struct GateKernel : IKernel
{
    public float* Gate;
    public float* Up;
    public float* Output;
    public long GateStride;
    public long UpStride;
    public long OutputStride;
    public int Width;
    public Activation Activation;

    /// <inheritdoc/>
    public static void Run<V>(void* arguments, int begin, int end)
        where V : unmanaged, ILanes<V>
    {
        GateKernel* a = (GateKernel*)arguments;
        for (long row = begin; row < end; row++)
        {
            float* output = a->Output + (row * a->OutputStride);
            Activations.Apply<V>(a->Activation, a->Gate + (row * a->GateStride), output, a->Width);
            Multiply<V>(output, a->Up + (row * a->UpStride), a->Width);
        }
    }

    private static void Multiply<V>(float* x, float* y, int width)
        where V : unmanaged, ILanes<V>
    {
        int i = 0;
        for (; i <= width - 16; i += 16)
        {
            V.Store(V.Load(x + i) * V.Load(y + i), x + i);
        }

        if (i < width)
        {
            Rows.Store(Rows.Load<V>(x + i, width - i) * Rows.Load<V>(y + i, width - i), x + i, width - i);
        }
    }
}
