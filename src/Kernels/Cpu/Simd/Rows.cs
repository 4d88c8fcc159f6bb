using System;
using System.Runtime.CompilerServices;

namespace Kiln.Kernels.Cpu.Simd;

/// <summary>Access to the ends of rows whose width is not a whole number of vectors. Nothing outside a row is touched.</summary>
internal static unsafe class Rows
{
    /// <summary>Reads the first <paramref name="count"/> lanes (1 to 16), the others are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V>(float* source, int count)
        where V : unmanaged, ILanes<V> => count >= 16 ? V.Load(source) : LoadPart<V>(source, count);

    /// <summary>Writes the first <paramref name="count"/> lanes (1 to 16).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(V value, float* target, int count)
        where V : unmanaged, ILanes<V>
    {
        if (count >= 16)
        {
            V.Store(value, target);
        }
        else
        {
            StorePart(value, target, count);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V LoadPart<V>(float* source, int count)
        where V : unmanaged, ILanes<V>
    {
        float* lanes = stackalloc float[16];
        V.Store(V.Zero, lanes);
        for (int i = 0; i < count; i++)
        {
            lanes[i] = source[i];
        }

        return V.Load(lanes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StorePart<V>(V value, float* target, int count)
        where V : unmanaged, ILanes<V>
    {
        float* lanes = stackalloc float[16];
        V.Store(value, lanes);
        for (int i = 0; i < count; i++)
        {
            target[i] = lanes[i];
        }
    }
}
