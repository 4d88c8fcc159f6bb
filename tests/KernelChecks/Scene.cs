using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Kiln.Kernels.Cpu;
using Kiln.Kernels.Packing;
using Kiln.Kernels.Reference;
using Kiln.Kernels.Threading;

namespace Kiln.Kernels.Checks;

/// <summary>
/// Random weights and values for two workspaces, one for each backend. First declare weights and values, then add the step's
/// sequences, then run.
/// </summary>
internal sealed unsafe class Scene : IDisposable
{
    private readonly Random random;
    private readonly WorkerPool pool;
    private readonly List<Value> values = [];
    private readonly List<nint> blocks = [];
    private readonly int tokenCapacity;
    private readonly byte* rawWeights;
    private readonly byte* weights;
    private long weightBytes;
    private int tokenFloats;
    private int outputFloats;
    private int cacheFloats;
    private Workspace? cpu;
    private Workspace? reference;

    public Scene(int seed = 1, int tokenCapacity = 256, WorkerPool? pool = null)
    {
        random = new Random(seed);
        this.pool = pool ?? Pools.One;
        this.tokenCapacity = tokenCapacity;
        rawWeights = (byte*)NativeMemory.AlignedAlloc(32 << 20, 64);

        // an embedded resource may start anywhere
        weights = rawWeights + 8;
    }

    public Workspace Cpu => cpu ??= NewWorkspace();

    public Workspace Reference => reference ??= NewWorkspace();

    public float Scale { get; set; } = 1f;

    public Weight Matrix(int rows, int columns, WeightFormat format, WeightLayout layout = WeightLayout.Panels)
    {
        float[] numbers = new float[rows * columns];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = Normal() / MathF.Sqrt(columns);
        }

        return Matrix(numbers, rows, columns, format, layout);
    }

    public Weight Matrix(float[] numbers, int rows, int columns, WeightFormat format, WeightLayout layout = WeightLayout.Panels)
    {
        Weight weight = Place(new Weight(0, rows, columns, format, layout));
        NumberFormat number = (NumberFormat)format;
        fixed (float* source = numbers)
        {
            byte* target = weights + weight.Offset;
            if (layout == WeightLayout.Panels)
            {
                Panels.Pack((byte*)source, NumberFormat.F32, columns, 1, rows, columns, target, number, columns, 0);
                Panels.ClearPadding(target, number, rows, columns);
            }
            else
            {
                Numbers.Convert((byte*)source, NumberFormat.F32, target, number, numbers.Length);
            }
        }

        return weight;
    }

    public Weight Vector(int length, float mean = 0)
    {
        Weight weight = Place(new Weight(0, 1, length, WeightFormat.F32, WeightLayout.Vector));
        float* target = (float*)(weights + weight.Offset);
        for (int i = 0; i < Value.PaddedWidth(length); i++)
        {
            target[i] = i < length ? mean + (Normal() * 0.5f) : 0;
        }

        return weight;
    }

    public byte* Bytes(Weight weight) => weights + weight.Offset;

    public Value Tokens(int width)
    {
        Value value = new(RowSpace.Tokens, tokenFloats, width);
        tokenFloats += value.Stride;
        values.Add(value);
        return value;
    }

    public Value Outputs(int width)
    {
        Value value = new(RowSpace.Outputs, outputFloats, width);
        outputFloats += value.Stride;
        values.Add(value);
        return value;
    }

    public CacheLayer Cache(int heads, int headDim)
    {
        CacheLayer layer = new(cacheFloats, heads, headDim);
        cacheFloats += layer.Floats;
        return layer;
    }

    /// <summary>A cache for some positions; memory that was never written holds NaN.</summary>
    public float** Blocks(int positions)
    {
        int count = (positions + CacheLayer.BlockLength - 1) / CacheLayer.BlockLength;
        float** table = (float**)NativeMemory.Alloc((nuint)(count * sizeof(float*)));
        blocks.Add((nint)table);
        for (int i = 0; i < count; i++)
        {
            table[i] = (float*)NativeMemory.Alloc((nuint)Math.Max(cacheFloats, 1) * sizeof(float));
            new Span<float>(table[i], cacheFloats).Fill(float.NaN);
            blocks.Add((nint)table[i]);
        }

        return table;
    }

    /// <summary>Adds a sequence with random ids to both workspaces, each with a cache of its own, and fills all values.</summary>
    public void Sequence(int length, int position = 0, int outputs = 1, int vocabulary = 10, int rotaryLength = 0)
    {
        int[] ids = new int[length];
        for (int i = 0; i < length; i++)
        {
            ids[i] = random.Next(vocabulary);
        }

        int dynamicLength = rotaryLength == 0 ? position + length : rotaryLength;
        Cpu.Add(ids, position, dynamicLength, Blocks(position + length), outputs);
        Reference.Add(ids, position, dynamicLength, Blocks(position + length), outputs);
    }

    /// <summary>Fills every value of both workspaces with the same numbers.</summary>
    public void Fill()
    {
        foreach (Value value in values)
        {
            for (int row = 0; row < Cpu.Rows(value.Space); row++)
            {
                float* first = Cpu.Address(value) + (row * value.Stride);
                float* second = Reference.Address(value) + (row * value.Stride);
                for (int i = 0; i < value.Stride; i++)
                {
                    // padding holds anything finite
                    first[i] = second[i] = i < value.Width ? Normal() * Scale : 1000f;
                }
            }
        }
    }

    /// <summary>Runs a program on the CPU backend and on the reference.</summary>
    public void Run(Action<IBackend> program)
    {
        RunCpu(program);
        program(new ReferenceBackend(weights, Reference));
    }

    public void RunCpu(Action<IBackend> program, WorkerPool? on = null) => program(Backend(Cpu, on ?? pool));

    public IBackend Backend(Workspace workspace, WorkerPool on) => new CpuBackend(weights, workspace, on);

    /// <summary>Compares a whole value, also the columns beside a view.</summary>
    /// <param name="bits">Takes the CPU's results in.</param>
    /// <param name="value">What to compare.</param>
    /// <param name="tolerance">Largest difference, in units of the reference's largest number; 0 wants equal bits.</param>
    /// <param name="what">For the message.</param>
    public void Compare(ref Bits bits, Value value, double tolerance, string what)
    {
        double largest = 0;
        double difference = 0;
        int rows = Cpu.Rows(value.Space);
        int worst = -1;
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> actual = Cpu.Row(value, row);
            ReadOnlySpan<float> expected = Reference.Row(value, row);
            bits.Add(actual);
            for (int i = 0; i < actual.Length; i++)
            {
                largest = Math.Max(largest, Math.Abs(expected[i]));
                bool same = BitConverter.SingleToInt32Bits(actual[i]) == BitConverter.SingleToInt32Bits(expected[i]);
                double d = same ? 0 : Math.Abs((double)actual[i] - expected[i]);
                if (!(d <= difference))
                {
                    difference = d;
                    worst = (row * value.Stride) + i;
                }
            }
        }

        if (!(difference <= tolerance * largest))
        {
            throw new CheckException($"{what}: differs by {difference:g3} of {largest:g3} at [{worst / value.Stride}, {worst % value.Stride}]");
        }
    }

    public void Dispose()
    {
        cpu?.Dispose();
        reference?.Dispose();
        foreach (nint block in blocks)
        {
            NativeMemory.Free((void*)block);
        }

        NativeMemory.AlignedFree(rawWeights);
    }

    public Workspace NewWorkspace() => new(new MemoryPlan(Math.Max(tokenFloats, 16), Math.Max(outputFloats, 16), cacheFloats), tokenCapacity, 64, 16);

    public float Normal() =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

    private Weight Place(Weight weight)
    {
        Weight placed = weight with { Offset = weightBytes };
        weightBytes += (weight.ByteLength + 63) / 64 * 64;
        if (weightBytes > (32 << 20) - 64)
        {
            throw new InvalidOperationException("the scene's weights are too large");
        }

        return placed;
    }
}
