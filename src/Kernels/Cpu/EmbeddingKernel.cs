using System;
using Kiln.Kernels.Cpu.Simd;
using Kiln.Kernels.Packing;

namespace Kiln.Kernels.Cpu;

/// <summary><c>output[r] = table[ids[r]]</c>, or added to it.</summary>
internal unsafe struct EmbeddingKernel : IKernel
{
    public byte* Table;
    public float* Output;
    public int* Ids;
    public long OutputStride;
    public int Width;
    public NumberFormat Format;
    public bool Panels;
    public bool Add;

    /// <inheritdoc/>
    public static void Run<V>(void* arguments, int begin, int end)
        where V : unmanaged, ILanes<V>
    {
        EmbeddingKernel* a = (EmbeddingKernel*)arguments;
        switch (a->Format)
        {
            case NumberFormat.F32:
                Lookup<V, F32Weights>(a, begin, end);
                break;
            case NumberFormat.F16:
                Lookup<V, F16Weights>(a, begin, end);
                break;
            case NumberFormat.BF16:
                Lookup<V, BF16Weights>(a, begin, end);
                break;
            default:
                throw new InvalidOperationException("unknown number format");
        }
    }

    private static void Lookup<V, TFormat>(EmbeddingKernel* a, int begin, int end)
        where V : unmanaged, ILanes<V>
        where TFormat : struct, IWeights
    {
        int columns = a->Width;
        for (long row = begin; row < end; row++)
        {
            long id = a->Ids[row];
            float* output = a->Output + (row * a->OutputStride);
            if (a->Panels)
            {
                byte* first = a->Table + (((id / 16 * columns * 16) + (id % 16)) * TFormat.Size);
                for (int k = 0; k < columns; k++)
                {
                    float value = TFormat.Read(first + (k * 16L * TFormat.Size));
                    output[k] = a->Add ? output[k] + value : value;
                }
            }
            else
            {
                Copy<V, TFormat>(a->Table + (id * columns * TFormat.Size), output, columns, a->Add);
            }
        }
    }

    private static void Copy<V, TFormat>(byte* source, float* output, int columns, bool add)
        where V : unmanaged, ILanes<V>
        where TFormat : struct, IWeights
    {
        int k = 0;
        for (; k <= columns - 16; k += 16)
        {
            V value = TFormat.Load<V>(source + ((long)k * TFormat.Size));
            V.Store(add ? V.Load(output + k) + value : value, output + k);
        }

        for (; k < columns; k++)
        {
            float value = TFormat.Read(source + ((long)k * TFormat.Size));
            output[k] = add ? output[k] + value : value;
        }
    }
}
