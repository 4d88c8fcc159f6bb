using System.Runtime.CompilerServices;
using Kiln.Kernels.Packing;

namespace Kiln.Kernels.Cpu.Simd;

/// <summary>How the numbers of a weight are read.</summary>
internal unsafe interface IWeights
{
    /// <summary>Bytes of a number.</summary>
    static abstract int Size { get; }

    /// <summary>Rows up to which a product converts the numbers as it uses them, for each six rows anew, and does not unpack them before.</summary>
    static abstract int DirectRows { get; }

    /// <summary>One number.</summary>
    static abstract float Read(byte* source);

    /// <summary>16 numbers; any alignment.</summary>
    static abstract V Load<V>(byte* source)
        where V : unmanaged, ILanes<V>;
}

/// <summary>binary32.</summary>
internal unsafe struct F32Weights : IWeights
{
    public static int Size => 4;

    public static int DirectRows => int.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Read(byte* source) => *(float*)source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V>(byte* source)
        where V : unmanaged, ILanes<V> => V.Load((float*)source);
}

/// <summary>binary16.</summary>
internal unsafe struct F16Weights : IWeights
{
    public static int Size => 2;

    // more constants than registers
    public static int DirectRows => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Read(byte* source) => F16.ToSingle(*(ushort*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V>(byte* source)
        where V : unmanaged, ILanes<V> => V.LoadF16((ushort*)source);
}

/// <summary>bfloat16.</summary>
internal unsafe struct BF16Weights : IWeights
{
    public static int Size => 2;

    public static int DirectRows => 24;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Read(byte* source) => BF16.ToSingle(*(ushort*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V>(byte* source)
        where V : unmanaged, ILanes<V> => V.LoadBF16((ushort*)source);
}
