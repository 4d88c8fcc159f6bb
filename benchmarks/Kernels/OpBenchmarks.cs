using System;
using System.Runtime.InteropServices;
using Kiln.Kernels.Cpu;
using Kiln.Kernels.Threading;

namespace Kiln.Kernels.Benchmarks;

/// <summary>The other ops of a SmolLM2-135M layer, in microseconds.</summary>
internal static unsafe class OpBenchmarks
{
    private const int Hidden = 576;
    private const int Intermediate = 1536;
    private const int Heads = 9;
    private const int KeyHeads = 3;
    private const int HeadDim = 64;

    public static void Run(WorkerPool pool, int rows, double seconds)
    {
        Measure(pool, rows, 0, seconds);
        Measure(pool, 1, rows, seconds);
        Measure(pool, 1, 8 * rows, seconds);
    }

    private static void Measure(WorkerPool pool, int rows, int position, double seconds)
    {
        using Arena arena = new(100_000);
        Weight norm = arena.Vector(Hidden);
        Value x = new(RowSpace.Tokens, 0, Hidden);
        Value y = new(RowSpace.Tokens, Hidden, Hidden);
        Value gateUp = new(RowSpace.Tokens, 2 * Hidden, 2 * Intermediate);
        Value gated = new(RowSpace.Tokens, (2 * Hidden) + (2 * Intermediate), Intermediate);
        Value qkv = new(RowSpace.Tokens, (2 * Hidden) + (3 * Intermediate), 960);
        Value angles = new(RowSpace.Tokens, (2 * Hidden) + (3 * Intermediate) + 960, HeadDim);
        CacheLayer cache = new(0, KeyHeads, HeadDim);
        using Workspace workspace = new(new MemoryPlan((2 * Hidden) + (3 * Intermediate) + 960 + HeadDim, 16, cache.Floats), rows, 1, 1);
        int blockCount = ((position + rows) / CacheLayer.BlockLength) + 1;
        float** blocks = stackalloc float*[blockCount];
        float* memory = (float*)NativeMemory.AlignedAlloc((nuint)blockCount * (nuint)cache.Floats * sizeof(float), 64);
        new Span<float>(memory, blockCount * cache.Floats).Fill(0.1f);
        for (int i = 0; i < blockCount; i++)
        {
            blocks[i] = memory + (i * cache.Floats);
        }

        workspace.Add(new int[rows], position, position + rows, blocks, 0);
        for (int row = 0; row < rows; row++)
        {
            new Span<float>(workspace.Address(gateUp) + (row * gateUp.Stride), gateUp.Width).Fill(0.3f);
            new Span<float>(workspace.Address(qkv) + (row * qkv.Stride), qkv.Width).Fill(0.3f);
            new Span<float>(workspace.Address(x) + (row * x.Stride), x.Width).Fill(0.3f);
        }

        float[] frequencies = new float[HeadDim / 2];
        Rotary rotary = new(frequencies);
        CpuBackend k = new(arena.Bytes, workspace, pool);
        void Print(string name, Action action, double work = 0)
        {
            double time = Machine.Time(action, seconds);
            string rate = work > 0 ? $", {work / time / 1e9:f1} GFLOPS" : string.Empty;
            Console.WriteLine($"op {rows,4} rows at {position,4}: {name,-14} {time * 1e6:f2} us{rate}");
        }

        Print("rms-norm", () => k.RmsNorm(x, norm, 1e-5f, y));
        Print("layer-norm", () => k.LayerNorm(x, norm, norm, 1e-5f, y));
        Print("rotary-table", () => k.RotaryTable(rotary, angles));
        Print("rotary", () => k.Rotary(qkv.Columns(0, 768), HeadDim, angles));
        Print("store", () => k.StoreKeyValues(qkv.Columns(576, 192), qkv.Columns(768, 192), cache));
        double positions = rows * (position + ((rows + 1) / 2.0));
        Print("attention", () => k.Attention(qkv.Columns(0, 576), cache, 0.125f, y), positions * Heads * HeadDim * 4);
        Print("gate silu", () => k.Gate(gateUp.Columns(0, gated.Width), gateUp.Columns(gated.Width, gated.Width), Activation.Silu, gated));
        Print("gate gelu", () => k.Gate(gateUp.Columns(0, gated.Width), gateUp.Columns(gated.Width, gated.Width), Activation.Gelu, gated));
        Print("add", () => k.Add(y, x));
        NativeMemory.AlignedFree(memory);
    }
}
