using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary><c>output = activation(x)</c> over rows.</summary>
internal unsafe struct ActivateKernel : IKernel
{
    public float* X;
    public float* Output;
    public long XStride;
    public long OutputStride;
    public int Width;
    public Activation Activation;

    /// <inheritdoc/>
    public static void Run<V>(void* arguments, int begin, int end)
        where V : unmanaged, ILanes<V>
    {
        ActivateKernel* a = (ActivateKernel*)arguments;
        for (long row = begin; row < end; row++)
        {
            Activations.Apply<V>(a->Activation, a->X + (row * a->XStride), a->Output + (row * a->OutputStride), a->Width);
        }
    }
}
