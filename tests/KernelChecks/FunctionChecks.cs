using System;
using System.Collections.Generic;
using Kiln.Kernels.Cpu.Simd;
using Kiln.Kernels.Reference;

namespace Kiln.Kernels.Checks;

/// <summary>The elementary functions against double.</summary>
internal static unsafe class FunctionChecks
{
    public static IEnumerable<(string Name, Func<ulong> Check)> All =>
    [
        ("functions/exp", Exp),
        ("functions/exp-ends", ExpEnds),
        ("functions/tanh", Tanh),
        ("functions/erf", Erf),
    ];

    private static ulong Exp()
    {
        float[] x = Sweep(-103, 88.7f);
        return Check(x, Apply<ExpFunction>(x), Math.Exp, (_, exact) => 2 * Ulp(exact));
    }

    private static ulong ExpEnds()
    {
        float[] x = [0, -0f, float.NegativeInfinity, float.PositiveInfinity, -1e30f, 1e30f, -104, -150, 89, 100, float.NaN, 1, -1, 88.72f, -87.4f, -103.2f];
        float[] y = Apply<ExpFunction>(x);
        float[] expected = [1, 1, 0, float.PositiveInfinity, 0, float.PositiveInfinity, 0, 0, float.PositiveInfinity, float.PositiveInfinity, float.NaN];
        for (int i = 0; i < expected.Length; i++)
        {
            if (!y[i].Equals(expected[i]))
            {
                throw new CheckException($"exp({x[i]}) = {y[i]:g9}, not {expected[i]:g9}");
            }
        }

        Bits bits = new();
        bits.Add(y.AsSpan(11));
        return bits.Hash;
    }

    private static ulong Tanh()
    {
        float[] x = Sweep(-12, 12);
        return Check(x, Apply<TanhFunction>(x), Math.Tanh, (_, exact) => 4 * Ulp(exact));
    }

    private static ulong Erf()
    {
        float[] x = Sweep(-6, 6);
        return Check(x, Apply<ErfFunction>(x), v => 1 - ErrorFunction.OneMinusErf(v), (_, _) => 1.5e-7);
    }

    private static ulong Check(float[] x, float[] y, Func<double, double> exact, Func<double, double, double> allowed)
    {
        for (int i = 0; i < x.Length; i++)
        {
            double expected = exact(x[i]);
            if (!(Math.Abs(y[i] - expected) <= allowed(x[i], expected)))
            {
                throw new CheckException($"f({x[i]:g9}) = {y[i]:g9}, not {expected:g12}: {(y[i] - expected) / Ulp(expected):g3} units in the last place");
            }
        }

        Bits bits = new();
        bits.Add(y);
        return bits.Hash;
    }

    private static float[] Sweep(float from, float to)
    {
        float[] x = new float[64 * 1024];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = from + ((to - from) * i / (x.Length - 1));

            // every other one small: the neighbourhood of zero deserves its share
            if (i % 4 == 0)
            {
                x[i] *= MathF.Exp(-i / 4096f);
            }
        }

        return x;
    }

    private static double Ulp(double value) => (double)MathF.BitIncrement((float)Math.Abs(value)) - (float)Math.Abs(value);

    private static float[] Apply<TFunction>(float[] x)
        where TFunction : unmanaged, IFunction
    {
        float[] y = new float[x.Length];
        fixed (float* from = x, to = y)
        {
            MapKernel<TFunction> kernel = new() { X = from, Y = to };
            Launcher.Run(Pools.One, ref kernel, x.Length / 16, 1);
        }

        return y;
    }

    private interface IFunction
    {
        static abstract V Invoke<V>(V x)
            where V : unmanaged, ILanes<V>;
    }

    private struct MapKernel<TFunction> : IKernel
        where TFunction : unmanaged, IFunction
    {
        public float* X;
        public float* Y;

        public static void Run<V>(void* arguments, int begin, int end)
            where V : unmanaged, ILanes<V>
        {
            MapKernel<TFunction>* a = (MapKernel<TFunction>*)arguments;
            for (int i = begin; i < end; i++)
            {
                V.Store(TFunction.Invoke(V.Load(a->X + (i * 16))), a->Y + (i * 16));
            }
        }
    }

    private struct ExpFunction : IFunction
    {
        public static V Invoke<V>(V x)
            where V : unmanaged, ILanes<V> => Functions.Exp(x);
    }

    private struct TanhFunction : IFunction
    {
        public static V Invoke<V>(V x)
            where V : unmanaged, ILanes<V> => Functions.Tanh(x);
    }

    private struct ErfFunction : IFunction
    {
        public static V Invoke<V>(V x)
            where V : unmanaged, ILanes<V> => Functions.Erf(x);
    }
}
