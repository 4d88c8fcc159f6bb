using System;
using System.Collections.Generic;
using Kiln.Kernels.Cpu;
using Kiln.Kernels.Threading;

namespace Kiln.Kernels.Benchmarks;

/// <summary>The products of a SmolLM2-135M layer.</summary>
internal static unsafe class LinearBenchmarks
{
    private static readonly (int In, int Out)[] Shapes = [(576, 960), (576, 576), (576, 3072), (1536, 576)];

    /// <summary>Many rows, weights in the cache: GFLOPS beside the peak.</summary>
    public static void Gemm(WorkerPool pool, int rows, double seconds)
    {
        double peak = Machine.PeakGflops(pool, seconds);
        Console.WriteLine($"fused multiply-add peak {peak:f1} GFLOPS");
        foreach (WeightFormat format in (WeightFormat[])[WeightFormat.F32, WeightFormat.BF16, WeightFormat.F16])
        {
            double time = 0;
            double work = 0;
            foreach ((int inFeatures, int outFeatures) in Shapes)
            {
                using Arena arena = new(4L * inFeatures * outFeatures);
                Weight weight = arena.Place(outFeatures, inFeatures, format);
                Value x = new(RowSpace.Tokens, 0, inFeatures);
                Value y = new(RowSpace.Tokens, x.Stride, outFeatures);
                using Workspace workspace = NewWorkspace(x, y, rows);
                CpuBackend backend = new(arena.Bytes, workspace, pool);
                double once = Machine.Time(() => backend.Linear(x, weight, y), seconds);
                double flops = 2.0 * rows * inFeatures * outFeatures;
                Console.WriteLine(
                    $"gemm {format,-4} m={rows} {inFeatures}->{outFeatures}: {flops / once / 1e9:f1} GFLOPS, {flops / once / 1e9 / peak:p1} of the peak");
                time += once;
                work += flops;
            }

            Console.WriteLine($"gemm {format,-4} layer: {work / time / 1e9:f1} GFLOPS, {work / time / 1e9 / peak:p1} of the peak");
        }

        Console.WriteLine($"peak again {Machine.PeakGflops(pool, seconds):f1} GFLOPS");
    }

    /// <summary>One row, weights of many layers one after the other, far more than the cache holds: GB/s beside a plain read.</summary>
    public static void Gemv(WorkerPool pool, int megabytes, double seconds)
    {
        foreach (WeightFormat format in (WeightFormat[])[WeightFormat.BF16, WeightFormat.F32, WeightFormat.F16])
        {
            using Arena arena = new(megabytes * 1000L * 1000);
            List<Weight> weights = [];
            long bytes = 0;
            for (int i = 0; ; i++)
            {
                (int inFeatures, int outFeatures) = Shapes[i % Shapes.Length];
                long size = new Weight(0, outFeatures, inFeatures, format, WeightLayout.Panels).ByteLength;
                if (bytes + size > arena.Length)
                {
                    break;
                }

                bytes += size;
                weights.Add(arena.Place(outFeatures, inFeatures, format));
            }

            Value x = new(RowSpace.Tokens, 0, 3072);
            Value y = new(RowSpace.Tokens, x.Stride, 3072);
            using Workspace workspace = NewWorkspace(x, y, 1);
            CpuBackend backend = new(arena.Bytes, workspace, pool);
            double read = 0;
            double gemv = 0;
            for (int round = 0; round < 3; round++)
            {
                read = Math.Max(read, Machine.ReadBandwidth(pool, arena.Bytes, arena.Length, seconds));
                double time = Machine.Time(
                    () =>
                    {
                        foreach (Weight weight in weights)
                        {
                            backend.Linear(x.Columns(0, weight.Columns), weight, y.Columns(0, weight.Rows));
                        }
                    },
                    seconds);
                gemv = Math.Max(gemv, bytes / time / 1e9);
            }

            Console.WriteLine($"gemv {format,-4} {bytes / 1e6:f0} MB: {gemv:f1} GB/s, plain read {read:f1} GB/s, {gemv / read:p1}");
        }
    }

    private static Workspace NewWorkspace(Value x, Value y, int rows)
    {
        Workspace workspace = new(new MemoryPlan(x.Stride + y.Stride, 16, 0), rows, 1, 1);
        workspace.Add(new int[rows], 0, rows, null, 0);
        for (int row = 0; row < rows; row++)
        {
            new Span<float>(workspace.Address(x) + ((long)row * x.Stride), x.Width).Fill(0.01f * (row + 1));
        }

        return workspace;
    }
}
