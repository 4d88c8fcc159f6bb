using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Kiln.Kernels.Threading;

namespace Kiln.Kernels.Benchmarks;

/// <summary>The machine's limits and a stop watch.</summary>
internal static unsafe class Machine
{
    /// <summary>
    /// Best time of one call, in seconds: calls for about <paramref name="seconds"/> in slices of a millisecond or one call, of which
    /// the fastest counts, since others may use the machine.
    /// </summary>
    public static double Time(Action action, double seconds)
    {
        action();
        long start = Stopwatch.GetTimestamp();
        action();
        double once = Math.Max(Stopwatch.GetElapsedTime(start).TotalSeconds, 1e-7);
        int calls = Math.Max(1, (int)(1e-3 / once));
        double best = double.MaxValue;
        long begin = Stopwatch.GetTimestamp();
        for (int slice = 0; slice < 5 || Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds; slice++)
        {
            start = Stopwatch.GetTimestamp();
            for (int i = 0; i < calls; i++)
            {
                action();
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds / calls);
        }

        return best;
    }

    /// <summary>Fused multiply-adds from registers, GFLOPS of all threads.</summary>
    public static double PeakGflops(WorkerPool pool, double seconds)
    {
        const int Steps = 100_000;
        int threads = pool.Threads;
        double time = Time(() => pool.Run(&Peak, null, threads, threads), seconds);
        int width = Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;
        return 2.0 * 12 * width * Steps * threads / time / 1e9;

        static void Peak(void* arguments, int begin, int end)
        {
            for (int i = begin; i < end; i++)
            {
                if (Vector512.IsHardwareAccelerated)
                {
                    Peak512(Steps);
                }
                else if (Vector256.IsHardwareAccelerated)
                {
                    Peak256(Steps);
                }
                else
                {
                    Peak128(Steps);
                }
            }
        }
    }

    /// <summary>Plain reads of a buffer, GB/s of all threads.</summary>
    public static double ReadBandwidth(WorkerPool pool, byte* buffer, long bytes, double seconds)
    {
        ReadArguments arguments = new() { Buffer = buffer };
        int blocks = (int)(bytes / 4096);
        nint pointer = (nint)(&arguments);
        double time = Time(() => pool.Run(&Read, (void*)pointer, blocks, pool.Threads), seconds);
        return (double)blocks * 4096 / time / 1e9;
    }

    private static void Read(void* arguments, int begin, int end)
    {
        byte* buffer = ((ReadArguments*)arguments)->Buffer;
        Sink = Sum(buffer + (begin * 4096L), (end - begin) * 4096L);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static long Sum(byte* p, long bytes)
    {
        byte* end = p + bytes;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<long> a = default, b = default, c = default, d = default;
            for (; p < end; p += 256)
            {
                a += Vector512.Load((long*)p);
                b += Vector512.Load((long*)(p + 64));
                c += Vector512.Load((long*)(p + 128));
                d += Vector512.Load((long*)(p + 192));
            }

            return Vector512.Sum(a + b + c + d);
        }
        else
        {
            Vector256<long> a = default, b = default, c = default, d = default;
            for (; p < end; p += 128)
            {
                a += Vector256.Load((long*)p);
                b += Vector256.Load((long*)(p + 32));
                c += Vector256.Load((long*)(p + 64));
                d += Vector256.Load((long*)(p + 96));
            }

            return Vector256.Sum(a + b + c + d);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Peak512(int steps)
    {
        Vector512<float> x = Vector512.Create(0.9999f);
        Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int step = 0; step < steps; step++)
        {
            a = Avx512F.FusedMultiplyAdd(a, x, x);
            b = Avx512F.FusedMultiplyAdd(b, x, x);
            c = Avx512F.FusedMultiplyAdd(c, x, x);
            d = Avx512F.FusedMultiplyAdd(d, x, x);
            e = Avx512F.FusedMultiplyAdd(e, x, x);
            f = Avx512F.FusedMultiplyAdd(f, x, x);
            g = Avx512F.FusedMultiplyAdd(g, x, x);
            h = Avx512F.FusedMultiplyAdd(h, x, x);
            i = Avx512F.FusedMultiplyAdd(i, x, x);
            j = Avx512F.FusedMultiplyAdd(j, x, x);
            k = Avx512F.FusedMultiplyAdd(k, x, x);
            l = Avx512F.FusedMultiplyAdd(l, x, x);
        }

        Sink = (long)Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Peak256(int steps)
    {
        Vector256<float> x = Vector256.Create(0.9999f);
        Vector256<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int step = 0; step < steps; step++)
        {
            a = Vector256.MultiplyAddEstimate(a, x, x);
            b = Vector256.MultiplyAddEstimate(b, x, x);
            c = Vector256.MultiplyAddEstimate(c, x, x);
            d = Vector256.MultiplyAddEstimate(d, x, x);
            e = Vector256.MultiplyAddEstimate(e, x, x);
            f = Vector256.MultiplyAddEstimate(f, x, x);
            g = Vector256.MultiplyAddEstimate(g, x, x);
            h = Vector256.MultiplyAddEstimate(h, x, x);
            i = Vector256.MultiplyAddEstimate(i, x, x);
            j = Vector256.MultiplyAddEstimate(j, x, x);
            k = Vector256.MultiplyAddEstimate(k, x, x);
            l = Vector256.MultiplyAddEstimate(l, x, x);
        }

        Sink = (long)Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Peak128(int steps)
    {
        Vector128<float> x = Vector128.Create(0.9999f);
        Vector128<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int step = 0; step < steps; step++)
        {
            a = Vector128.MultiplyAddEstimate(a, x, x);
            b = Vector128.MultiplyAddEstimate(b, x, x);
            c = Vector128.MultiplyAddEstimate(c, x, x);
            d = Vector128.MultiplyAddEstimate(d, x, x);
            e = Vector128.MultiplyAddEstimate(e, x, x);
            f = Vector128.MultiplyAddEstimate(f, x, x);
            g = Vector128.MultiplyAddEstimate(g, x, x);
            h = Vector128.MultiplyAddEstimate(h, x, x);
            i = Vector128.MultiplyAddEstimate(i, x, x);
            j = Vector128.MultiplyAddEstimate(j, x, x);
            k = Vector128.MultiplyAddEstimate(k, x, x);
            l = Vector128.MultiplyAddEstimate(l, x, x);
        }

        Sink = (long)Vector128.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    private static long Sink { get; set; }

    private struct ReadArguments
    {
        public byte* Buffer;
    }
}
