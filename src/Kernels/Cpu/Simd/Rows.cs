using System.Runtime.CompilerServices;

namespace Kiln.Kernels.Cpu.Simd;

/// <summary>Access to the ends of rows whose width is not a whole number of vectors. Nothing outside a row is touched.</summary>
/// <remarks>No calls: a sum that lives across a call would be kept in memory through the loop before it.</remarks>
internal static unsafe class Rows
{
    /// <summary>Reads the first <paramref name="count"/> lanes (1 or more), at most 16; the others are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V>(float* source, int count)
        where V : unmanaged, ILanes<V> => count >= 16 ? V.Load(source) : V.LoadFirst(source, count);

    /// <summary>Writes the first <paramref name="count"/> lanes (1 or more), at most 16.</summary>
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
            V.StoreFirst(value, target, count);
        }
    }
}
