using Kiln.Kernels;

namespace Kiln.Tests.Recording;

/// <summary>Which op of <see cref="IBackend"/>.</summary>
public enum OpCode : byte
{
    Embedding,
    PositionEmbedding,
    RmsNorm,
    LayerNorm,
    Linear,
    RotaryTable,
    Rotary,
    StoreKeyValues,
    Attention,
    Activate,
    Gate,
    Add,
    Copy,
    SelectOutputs,
}

/// <summary>One recorded op: its operands as handles, its parameters, and nothing of the step that it was recorded in.</summary>
public sealed record Command(OpCode Op)
{
    /// <summary>First input.</summary>
    public Value X { get; init; }

    /// <summary>Second input: the rotary table, values beside keys, up beside gate, the other summand.</summary>
    public Value Y { get; init; }

    /// <summary>Result.</summary>
    public Value Output { get; init; }

    public Weight Weight { get; init; }

    public Weight Bias { get; init; }

    public CacheLayer Cache { get; init; }

    public Rotary? Rotary { get; init; }

    /// <summary>Epsilon of a norm, scale of attention.</summary>
    public float Number { get; init; }

    public int HeadDim { get; init; }

    public Activation Activation { get; init; }

    public Epilogue Epilogue { get; init; }
}
