using System;
using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary>Writes the rows' keys and values into the caches of their sequences.</summary>
internal unsafe struct StoreKeyValuesKernel : IKernel
{
    public float* Key;
    public float* Value;
    public long KeyStride;
    public long ValueStride;
    public int* Positions;
    public int* SequenceOfRow;
    public Sequence* Sequences;
    public CacheLayer Cache;

    /// <inheritdoc/>
    public static void Run<V>(void* arguments, int begin, int end)
        where V : unmanaged, ILanes<V>
    {
        StoreKeyValuesKernel* a = (StoreKeyValuesKernel*)arguments;
        CacheLayer cache = a->Cache;
        int dim = cache.HeadDim;
        int padded = cache.PaddedHeadDim;
        for (long row = begin; row < end; row++)
        {
            int position = a->Positions[row];
            int slot = position % CacheLayer.BlockLength;
            float* block = a->Sequences[a->SequenceOfRow[row]].Blocks[position / CacheLayer.BlockLength];
            float* key = a->Key + (row * a->KeyStride);
            float* value = a->Value + (row * a->ValueStride);
            for (int head = 0; head < cache.Heads; head++)
            {
                float* keys = block + cache.Keys(head) + slot;
                for (int i = 0; i < dim; i++)
                {
                    keys[i * CacheLayer.BlockLength] = key[(head * dim) + i];
                }

                float* values = block + cache.Values(head) + ((long)slot * padded);
                Buffer.MemoryCopy(value + (head * dim), values, (long)dim * sizeof(float), (long)dim * sizeof(float));
                for (int i = dim; i < padded; i++)
                {
                    values[i] = 0;
                }
            }
        }
    }
}
