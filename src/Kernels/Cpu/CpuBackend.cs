using System;
using Kiln.Kernels.Cpu.Simd;
using Kiln.Kernels.Packing;
using Kiln.Kernels.Threading;

namespace Kiln.Kernels.Cpu;

/// <summary>
/// The ops on SIMD kernels: AVX-512, AVX2 with FMA, Arm64 AdvSimd or plain 128-bit vectors, whichever the processor (or, compiled
/// ahead of time, the target's instruction set) has.
/// </summary>
/// <remarks>
/// Beyond the promise of <see cref="IBackend"/>, results have the same bits on every instruction set with a fused multiply-add,
/// but for <see cref="RotaryTable"/>, whose sines come from the platform. No op allocates.
/// </remarks>
/// <param name="weights">Start of the packed weights; any alignment. They outlive the backend.</param>
/// <param name="workspace">The step's rows.</param>
/// <param name="pool">Threads to run on.</param>
public readonly unsafe struct CpuBackend(byte* weights, Workspace workspace, WorkerPool pool) : IBackend
{
    private readonly byte* weights = weights;
    private readonly Workspace workspace = workspace;
    private readonly WorkerPool pool = pool;

    /// <summary>The vectors in use: <c>AVX-512</c>, <c>AVX2</c>, <c>Vector128</c> or <c>software</c>.</summary>
    public static string InstructionSet => Launcher.Name;

    /// <inheritdoc/>
    public void Embedding(Weight table, Value output) => Lookup(table, output, workspace.Ids, add: false);

    /// <inheritdoc/>
    public void PositionEmbedding(Weight table, Value x) => Lookup(table, x, workspace.Positions, add: true);

    /// <inheritdoc/>
    public void RmsNorm(Value x, Weight weight, float eps, Value output)
    {
        RmsNormKernel kernel = new()
        {
            X = workspace.Address(x),
            Output = workspace.Address(output),
            Weight = Vector(weight),
            XStride = x.Stride,
            OutputStride = output.Stride,
            Width = x.Width,
            Epsilon = eps,
        };
        RunRows(ref kernel, x, 1);
    }

    /// <inheritdoc/>
    public void LayerNorm(Value x, Weight weight, Weight bias, float eps, Value output)
    {
        LayerNormKernel kernel = new()
        {
            X = workspace.Address(x),
            Output = workspace.Address(output),
            Weight = Vector(weight),
            Bias = Vector(bias),
            XStride = x.Stride,
            OutputStride = output.Stride,
            Width = x.Width,
            Epsilon = eps,
        };
        RunRows(ref kernel, x, 2);
    }

    /// <inheritdoc/>
    public void Linear(Value x, Weight weight, Value output, Weight bias = default, Activation activation = Activation.None, Epilogue epilogue = Epilogue.Store)
    {
        LinearKernel kernel = new()
        {
            X = workspace.Address(x),
            Weights = weights + weight.Offset,
            Bias = Vector(bias),
            Output = workspace.Address(output),
            XStride = x.Stride,
            OutputStride = output.Stride,
            Rows = workspace.Rows(x.Space),
            InFeatures = weight.Columns,
            OutFeatures = weight.Rows,
            Format = (NumberFormat)weight.Format,
            Activation = activation,
            Add = epilogue == Epilogue.Add,
        };
        if (kernel.Rows > 0)
        {
            Launcher.Run(pool, ref kernel, (weight.Rows + 15) / 16, (long)kernel.Rows * weight.Rows * weight.Columns);
        }
    }

    /// <inheritdoc/>
    public void RotaryTable(Rotary rotary, Value table)
    {
        fixed (float* frequencies = rotary.InverseFrequencies)
        {
            RotaryTableKernel kernel = new()
            {
                Table = workspace.Address(table),
                Stride = table.Stride,
                InverseFrequencies = frequencies,
                Positions = workspace.Positions,
                SequenceOfRow = workspace.SequenceOfRow,
                Sequences = workspace.Sequences,
                Pairs = rotary.InverseFrequencies.Length,
                AttentionFactor = rotary.AttentionFactor,
                DynamicFactor = rotary.DynamicFactor,
                DynamicMaxPositions = rotary.DynamicMaxPositions,
                Base = rotary.Base,
            };
            RunRows(ref kernel, table, 256);
        }
    }

    /// <inheritdoc/>
    public void Rotary(Value x, int headDim, Value table)
    {
        RotaryKernel kernel = new()
        {
            X = workspace.Address(x),
            Table = workspace.Address(table),
            XStride = x.Stride,
            TableStride = table.Stride,
            Heads = x.Width / headDim,
            HeadDim = headDim,
            Pairs = table.Width / 2,
        };
        RunRows(ref kernel, x, 2);
    }

    /// <inheritdoc/>
    public void StoreKeyValues(Value key, Value value, CacheLayer cache)
    {
        StoreKeyValuesKernel kernel = new()
        {
            Key = workspace.Address(key),
            Value = workspace.Address(value),
            KeyStride = key.Stride,
            ValueStride = value.Stride,
            Positions = workspace.Positions,
            SequenceOfRow = workspace.SequenceOfRow,
            Sequences = workspace.Sequences,
            Cache = cache,
        };
        RunRows(ref kernel, key, 16);
    }

    /// <inheritdoc/>
    public void Attention(Value query, CacheLayer cache, float scale, Value output)
    {
        int rows = workspace.Tokens;
        AttentionKernel kernel = new()
        {
            Query = workspace.Address(query),
            Output = workspace.Address(output),
            QueryStride = query.Stride,
            OutputStride = output.Stride,
            Positions = workspace.Positions,
            SequenceOfRow = workspace.SequenceOfRow,
            Sequences = workspace.Sequences,
            Cache = cache,
            Rows = rows,
            HeadsPerKey = query.Width / cache.HeadDim / cache.Heads,
            Scale = scale,
        };
        long positions = 0;
        for (int i = 0; i < workspace.SequenceCount; i++)
        {
            Sequence sequence = workspace.Sequences[i];
            positions += sequence.Length * (sequence.Position + ((sequence.Length + 1L) / 2));
        }

        int tiles = (rows + AttentionKernel.TileRows - 1) / AttentionKernel.TileRows;
        Launcher.Run(pool, ref kernel, tiles * cache.Heads, positions * query.Width * 4);
    }

    /// <inheritdoc/>
    public void Activate(Value x, Activation activation, Value output)
    {
        ActivateKernel kernel = new()
        {
            X = workspace.Address(x),
            Output = workspace.Address(output),
            XStride = x.Stride,
            OutputStride = output.Stride,
            Width = x.Width,
            Activation = activation,
        };
        RunRows(ref kernel, x, 16);
    }

    /// <inheritdoc/>
    public void Gate(Value gate, Value up, Activation activation, Value output)
    {
        GateKernel kernel = new()
        {
            Gate = workspace.Address(gate),
            Up = workspace.Address(up),
            Output = workspace.Address(output),
            GateStride = gate.Stride,
            UpStride = up.Stride,
            OutputStride = output.Stride,
            Width = output.Width,
            Activation = activation,
        };
        RunRows(ref kernel, output, 16);
    }

    /// <inheritdoc/>
    public void Add(Value x, Value y)
    {
        AddKernel kernel = new()
        {
            X = workspace.Address(x),
            Y = workspace.Address(y),
            XStride = x.Stride,
            YStride = y.Stride,
            Width = x.Width,
        };
        RunRows(ref kernel, x, 1);
    }

    /// <inheritdoc/>
    public void Copy(Value x, Value output) => CopyRows(x, output, null);

    /// <inheritdoc/>
    public void SelectOutputs(Value tokens, Value outputs) => CopyRows(tokens, outputs, workspace.OutputRows);

    /// <inheritdoc/>
    public ReadOnlySpan<float> Download(Value value, int row) => workspace.Row(value, row);

    private void CopyRows(Value x, Value output, int* sourceRows)
    {
        CopyKernel kernel = new()
        {
            X = workspace.Address(x),
            Output = workspace.Address(output),
            XStride = x.Stride,
            OutputStride = output.Stride,
            SourceRows = sourceRows,
            Width = x.Width,
        };
        RunRows(ref kernel, output, 1);
    }

    private void Lookup(Weight table, Value output, int* ids, bool add)
    {
        EmbeddingKernel kernel = new()
        {
            Table = weights + table.Offset,
            Output = workspace.Address(output),
            Ids = ids,
            OutputStride = output.Stride,
            Width = table.Columns,
            Format = (NumberFormat)table.Format,
            Panels = table.Layout == WeightLayout.Panels,
            Add = add,
        };
        RunRows(ref kernel, output, 16);
    }

    private float* Vector(Weight weight) => weight.Exists ? (float*)(weights + weight.Offset) : null;

    /// <summary>Runs a kernel whose unit of work is a row of a value.</summary>
    private void RunRows<TKernel>(ref TKernel kernel, Value value, int costOfNumber)
        where TKernel : unmanaged, IKernel
    {
        int rows = workspace.Rows(value.Space);
        Launcher.Run(pool, ref kernel, rows, (long)rows * value.Width * costOfNumber);
    }
}
