using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary><c>output = activation(gate) * up</c> over rows of [gate | up].</summary>
internal unsafe struct GateKernel : IKernel
{
    public float* GateUp;
    public float* Output;
    public long GateUpStride;
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
            float* gate = a->GateUp + (row * a->GateUpStride);
            float* output = a->Output + (row * a->OutputStride);
            Activations.Apply<V>(a->Activation, gate, output, a->Width);
            Multiply<V>(output, gate + a->Width, a->Width);
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
