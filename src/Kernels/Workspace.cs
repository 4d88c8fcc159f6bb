using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kiln.Kernels;

/// <summary>One sequence's rows in a step.</summary>
public unsafe struct Sequence
{
    /// <summary>First row in the Tokens space.</summary>
    public int Start;

    /// <summary>Number of rows.</summary>
    public int Length;

    /// <summary>Position of the first row; the others follow.</summary>
    public int Position;

    /// <summary>
    /// The length that dynamic rotary scaling goes by: the whole prompt's while it is fed, however it is cut, and position + 1 after.
    /// </summary>
    public int RotaryLength;

    /// <summary>The cache's table of blocks: each a pointer to <see cref="MemoryPlan.CacheBlockFloats"/> floats.</summary>
    public float** Blocks;
}

/// <summary>What the compiler's memory plan asks of a workspace and of a cache, in floats.</summary>
/// <param name="TokenFloats">Floats for each row of the Tokens space; a multiple of 16.</param>
/// <param name="OutputFloats">Floats for each row of the Outputs space; a multiple of 16.</param>
/// <param name="CacheBlockFloats">Floats of one cache block, all layers.</param>
public readonly record struct MemoryPlan(int TokenFloats, int OutputFloats, int CacheBlockFloats);

/// <summary>
/// Room for one step: the arena of all intermediates and the tables that say what each row is. It belongs to whoever runs a step;
/// it is not for two threads at once.
/// </summary>
public sealed unsafe class Workspace : IDisposable
{
    private readonly MemoryPlan plan;
    private readonly nuint arenaFloats;
    private float* tokenArena;
    private float* outputArena;
    private void* arena;
    private void* tables;

    /// <summary>Allocates room outside the garbage-collected heap; the system hands pages over when they are first touched.</summary>
    /// <param name="plan">The model's memory plan.</param>
    /// <param name="tokenCapacity">Most rows of a step, at least 1.</param>
    /// <param name="outputCapacity">Most rows whose logits are wanted in one step, at least 1.</param>
    /// <param name="sequenceCapacity">Most sequences of a step, at least 1.</param>
    public Workspace(MemoryPlan plan, int tokenCapacity, int outputCapacity, int sequenceCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokenCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceCapacity, 1);
        this.plan = plan;
        TokenCapacity = tokenCapacity;
        OutputCapacity = outputCapacity;
        SequenceCapacity = sequenceCapacity;
        nuint tokenFloats = checked((nuint)plan.TokenFloats * (nuint)tokenCapacity);
        arenaFloats = checked(tokenFloats + ((nuint)plan.OutputFloats * (nuint)outputCapacity));
        // zeroed: the padding of every row starts as zero
        arena = AllocateZeroed(checked(arenaFloats * sizeof(float)));
        tokenArena = (float*)arena;
        outputArena = tokenArena + tokenFloats;
        nuint sequenceBytes = (nuint)sequenceCapacity * (nuint)sizeof(Sequence);
        tables = AllocateZeroed(sequenceBytes + (((nuint)tokenCapacity * 3) + (nuint)outputCapacity) * sizeof(int));
        Sequences = (Sequence*)tables;
        Ids = (int*)((byte*)tables + sequenceBytes);
        Positions = Ids + tokenCapacity;
        SequenceOfRow = Positions + tokenCapacity;
        OutputRows = SequenceOfRow + tokenCapacity;
    }

    /// <summary>Frees the room if <see cref="Dispose"/> was forgotten.</summary>
    ~Workspace() => Free();

    /// <summary>Most rows of a step.</summary>
    public int TokenCapacity { get; }

    /// <summary>Most output rows of a step.</summary>
    public int OutputCapacity { get; }

    /// <summary>Most sequences of a step.</summary>
    public int SequenceCapacity { get; }

    /// <summary>Rows of the current step.</summary>
    public int Tokens { get; private set; }

    /// <summary>Output rows of the current step.</summary>
    public int Outputs { get; private set; }

    /// <summary>Sequences of the current step.</summary>
    public int SequenceCount { get; private set; }

    /// <summary>Token id of each row.</summary>
    public int* Ids { get; }

    /// <summary>Position of each row in its sequence.</summary>
    public int* Positions { get; }

    /// <summary>Sequence of each row.</summary>
    public int* SequenceOfRow { get; }

    /// <summary>For each output row its row in the Tokens space.</summary>
    public int* OutputRows { get; }

    /// <summary>The sequences.</summary>
    public Sequence* Sequences { get; }

    /// <summary>Bytes held outside the garbage-collected heap.</summary>
    public long ByteLength => (long)arenaFloats * sizeof(float);

    /// <summary>Starts a new step without rows.</summary>
    public void Clear()
    {
        Tokens = 0;
        Outputs = 0;
        SequenceCount = 0;
    }

    /// <summary>Appends a sequence's rows to the step. The caller has checked ids and capacity.</summary>
    /// <param name="ids">Token ids, at least one.</param>
    /// <param name="position">Position of the first.</param>
    /// <param name="rotaryLength">See <see cref="Sequence.RotaryLength"/>.</param>
    /// <param name="blocks">The cache's block table, with room for <c>position + ids.Length</c> positions.</param>
    /// <param name="outputs">How many of the last rows' logits are wanted, 0 to <c>ids.Length</c>.</param>
    /// <returns>Index of the sequence's first output row.</returns>
    public int Add(ReadOnlySpan<int> ids, int position, int rotaryLength, float** blocks, int outputs)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(outputs, ids.Length);
        if (ids.IsEmpty || ids.Length > TokenCapacity - Tokens || outputs > OutputCapacity - Outputs || SequenceCount == SequenceCapacity)
        {
            throw new InvalidOperationException(
                $"The step is full: {Tokens} of {TokenCapacity} rows, {Outputs} of {OutputCapacity} outputs, {SequenceCount} of {SequenceCapacity} sequences are taken.");
        }

        Sequences[SequenceCount] = new Sequence
        {
            Start = Tokens,
            Length = ids.Length,
            Position = position,
            RotaryLength = rotaryLength,
            Blocks = blocks,
        };
        for (int i = 0; i < ids.Length; i++)
        {
            Ids[Tokens + i] = ids[i];
            Positions[Tokens + i] = position + i;
            SequenceOfRow[Tokens + i] = SequenceCount;
        }

        int firstOutput = Outputs;
        for (int i = ids.Length - outputs; i < ids.Length; i++)
        {
            OutputRows[Outputs++] = Tokens + i;
        }

        SequenceCount++;
        Tokens += ids.Length;
        return firstOutput;
    }

    /// <summary>Current rows of a space.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Rows(RowSpace space) => space == RowSpace.Tokens ? Tokens : Outputs;

    /// <summary>Address of row 0 of a value; the next rows follow at <see cref="Value.Stride"/> floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Address(Value value) => value.Space == RowSpace.Tokens
        ? tokenArena + ((long)value.Offset * TokenCapacity) + value.Column
        : outputArena + ((long)value.Offset * OutputCapacity) + value.Column;

    /// <summary>A row of a value, without its padding.</summary>
    public ReadOnlySpan<float> Row(Value value, int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows(value.Space), nameof(row));
        return new ReadOnlySpan<float>(Address(value) + ((long)row * value.Stride), value.Width);
    }

    /// <summary>Frees the room. The workspace must not be used by a running step.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private static void* AllocateZeroed(nuint bytes)
    {
        // calloc, aligned by hand to a cache line: aligned_alloc would have to be cleared, which touches every page
        byte* raw = (byte*)NativeMemory.AllocZeroed(bytes + 64 + (nuint)sizeof(void*));
        byte* aligned = (byte*)(((nuint)raw + (nuint)sizeof(void*) + 63) & ~(nuint)63);
        ((void**)aligned)[-1] = raw;
        return aligned;
    }

    private void Free()
    {
        if (arena != null)
        {
            NativeMemory.Free(((void**)arena)[-1]);
            NativeMemory.Free(((void**)tables)[-1]);
            arena = tables = null;
            tokenArena = outputArena = null;
        }
    }
}
