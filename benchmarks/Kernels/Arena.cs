using System;
using System.Runtime.InteropServices;

namespace Kiln.Kernels.Benchmarks;

/// <summary>Weights in one buffer outside the garbage-collected heap, filled with numbers that are neither zero nor subnormal.</summary>
internal sealed unsafe class Arena : IDisposable
{
    private long used;

    public Arena(long bytes)
    {
        Length = (bytes + 4095) / 4096 * 4096;
        Bytes = (byte*)NativeMemory.AlignedAlloc((nuint)Length + 4096, 4096);
        uint state = 1;
        for (long i = 0; i < (Length + 4096) / 2; i++)
        {
            state = (state * 1664525) + 1013904223;

            // +-0.0078 to 0.0156 as bf16 and f32, something as small as f16
            ((ushort*)Bytes)[i] = (ushort)(0x3c00 | ((state >> 16) & 0x807f));
        }
    }

    public byte* Bytes { get; }

    public long Length { get; }

    public Weight Place(int rows, int columns, WeightFormat format)
    {
        Weight weight = new(used, rows, columns, format, WeightLayout.Panels);
        used += (weight.ByteLength + 63) / 64 * 64;
        return used <= Length + 4096 ? weight : throw new InvalidOperationException("the arena is full");
    }

    public Weight Vector(int columns)
    {
        Weight weight = new(used, 1, columns, WeightFormat.F32, WeightLayout.Vector);
        used += (weight.ByteLength + 63) / 64 * 64;
        return weight;
    }

    public void Dispose() => NativeMemory.AlignedFree(Bytes);
}
