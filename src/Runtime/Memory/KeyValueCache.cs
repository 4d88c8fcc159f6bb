using System;
using System.Runtime.InteropServices;
using Kiln.Kernels;

namespace Kiln;

/// <summary>
/// Keys and values of one sequence, all layers, reached through a table of blocks of <see cref="CacheLayer.BlockLength"/> positions.
/// Its room is reserved whole, so that no step waits for memory; the system hands pages over when they are first touched.
/// </summary>
internal sealed unsafe class KeyValueCache : IDisposable
{
    private readonly nuint byteLength;
    private float** blocks;
    private void* memory;

    public KeyValueCache(MemoryPlan plan, int maxTokens)
    {
        int count = (int)(((long)maxTokens + CacheLayer.BlockLength - 1) / CacheLayer.BlockLength);
        nuint blockFloats = (nuint)Value.PaddedWidth(plan.CacheBlockFloats);
        byteLength = checked(blockFloats * (nuint)count * sizeof(float));

        // zeroed, for the padding of the value rows; 64 more to align by hand, since aligned_alloc would have to be cleared
        memory = NativeMemory.AllocZeroed(checked(byteLength + 64));
        blocks = (float**)NativeMemory.Alloc((nuint)count, (nuint)sizeof(float*));
        float* aligned = (float*)(((nuint)memory + 63) & ~(nuint)63);
        for (int i = 0; i < count; i++)
        {
            blocks[i] = aligned + ((nuint)i * blockFloats);
        }
    }

    ~KeyValueCache() => Free();

    /// <summary>The table of blocks.</summary>
    public float** Blocks => blocks;

    /// <summary>Bytes reserved.</summary>
    public long ByteLength => (long)byteLength;

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(memory);
        NativeMemory.Free(blocks);
        memory = null;
        blocks = null;
    }
}
