using System;
using System.Runtime.CompilerServices;
using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary>The activation functions over a row.</summary>
internal static unsafe class Activations
{
    private interface IFunction
    {
        static abstract V Invoke<V>(V x)
            where V : unmanaged, ILanes<V>;
    }

    /// <summary><c>y[i] = activation(x[i])</c>; in place if both are the same.</summary>
    public static void Apply<V>(Activation activation, float* x, float* y, int width)
        where V : unmanaged, ILanes<V>
    {
        switch (activation)
        {
            case Activation.None:
                if (x != y)
                {
                    Buffer.MemoryCopy(x, y, (long)width * sizeof(float), (long)width * sizeof(float));
                }

                break;
            case Activation.Silu:
                Map<V, Silu>(x, y, width);
                break;
            case Activation.Gelu:
                Map<V, Gelu>(x, y, width);
                break;
            case Activation.GeluTanh:
                Map<V, GeluTanh>(x, y, width);
                break;
            case Activation.QuickGelu:
                Map<V, QuickGelu>(x, y, width);
                break;
            case Activation.Relu:
                Map<V, Relu>(x, y, width);
                break;
            case Activation.Relu2:
                Map<V, Relu2>(x, y, width);
                break;
            case Activation.Relu6:
                Map<V, Relu6>(x, y, width);
                break;
            case Activation.Tanh:
                Map<V, Tanh>(x, y, width);
                break;
            case Activation.Sigmoid:
                Map<V, Sigmoid>(x, y, width);
                break;
            case Activation.Mish:
                Map<V, Mish>(x, y, width);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(activation));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Map<V, TFunction>(float* x, float* y, int width)
        where V : unmanaged, ILanes<V>
        where TFunction : struct, IFunction
    {
        int i = 0;
        for (; i <= width - 16; i += 16)
        {
            V.Store(TFunction.Invoke(V.Load(x + i)), y + i);
        }

        if (i < width)
        {
            Rows.Store(TFunction.Invoke(Rows.Load<V>(x + i, width - i)), y + i, width - i);
        }
    }

    private struct Silu : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x)
            where V : unmanaged, ILanes<V> => x / (V.Broadcast(1f) + Functions.Exp(V.Zero - x));
    }

    private struct Gelu : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x)
            where V : unmanaged, ILanes<V> =>
            x * V.Broadcast(0.5f) * (V.Broadcast(1f) + Functions.Erf(x * V.Broadcast(0.707106781f)));
    }

    private struct GeluTanh : IFunction
    {
        // (1 + tanh(u)) / 2 = sigmoid(2 u), 2 u = 2 sqrt(2 / pi) x (1 + 0.044715 x^2)
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x)
            where V : unmanaged, ILanes<V>
        {
            V u = V.Broadcast(-1.59576912f) * x * V.Fma(x * x, V.Broadcast(0.044715f), V.Broadcast(1f));
            return x / (V.Broadcast(1f) + Functions.Exp(u));
        }
    }

    private struct QuickGelu : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x)
            where V : unmanaged, ILanes<V> => x / (V.Broadcast(1f) + Functions.Exp(x * V.Broadcast(-1.702f)));
    }

    private struct Relu : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x)
            where V : unmanaged, ILanes<V> => V.Max(V.Zero, x);
    }

    private struct Relu2 : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x)
            where V : unmanaged, ILanes<V>
        {
            V positive = V.Max(V.Zero, x);
            return positive * positive;
        }
    }

    private struct Relu6 : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x)
            where V : unmanaged, ILanes<V> => V.Min(V.Broadcast(6f), V.Max(V.Zero, x));
    }

    private struct Tanh : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x)
            where V : unmanaged, ILanes<V> => Functions.Tanh(x);
    }

    private struct Sigmoid : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x)
            where V : unmanaged, ILanes<V> => Functions.Sigmoid(x);
    }

    private struct Mish : IFunction
    {
        // tanh(ln(1 + e)) = n / (n + 2) with n = e (e + 2); over 20 it is 1, and e^2 would overflow
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x)
            where V : unmanaged, ILanes<V>
        {
            V e = Functions.Exp(V.Min(V.Broadcast(20f), x));
            V n = e * (e + V.Broadcast(2f));
            return x * (n / (n + V.Broadcast(2f)));
        }
    }
}
