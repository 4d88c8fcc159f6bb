using System.Runtime.CompilerServices;

namespace Kiln.Kernels;

/// <summary>The row spaces of a step: what a row of a value stands for.</summary>
public enum RowSpace : byte
{
    /// <summary>One row for each token of the step, sequences back to back.</summary>
    Tokens,

    /// <summary>One row for each token whose logits are wanted, in the order of <see cref="Workspace.OutputRows"/>.</summary>
    Outputs,
}

/// <summary>
/// A handle to an intermediate result, <c>[rows of Space, Width]</c> float32, or to some columns of one. It names a place in
/// the memory plan, not an address: the same handle serves every workspace, so a recorded step can be replayed elsewhere.
/// </summary>
/// <remarks>
/// The plan is linear in each row space. In a workspace that holds <c>R</c> rows of the space, row <c>r</c> starts at
/// <c>Offset * R + r * Stride + Column</c> floats from the start of that space's arena.
/// </remarks>
public readonly record struct Value
{
    /// <summary>Rows are padded to a multiple of this many floats: one AVX-512 vector, one cache line.</summary>
    public const int Padding = 16;

    /// <summary>A handle to a whole value.</summary>
    /// <param name="space">Row space.</param>
    /// <param name="offset">Floats a row that come before it in the space's arena; a multiple of <see cref="Padding"/>.</param>
    /// <param name="width">Features a row, at least 1.</param>
    public Value(RowSpace space, int offset, int width)
        : this(space, offset, PaddedWidth(width), 0, width)
    {
    }

    private Value(RowSpace space, int offset, int stride, int column, int width)
    {
        Space = space;
        Offset = offset;
        Stride = stride;
        Column = column;
        Width = width;
    }

    /// <summary>The row space.</summary>
    public RowSpace Space { get; }

    /// <summary>Floats a row that come before the value in the space's arena.</summary>
    public int Offset { get; }

    /// <summary>Floats from one row to the next.</summary>
    public int Stride { get; }

    /// <summary>First column, for a handle made by <see cref="Columns"/>.</summary>
    public int Column { get; }

    /// <summary>Features a row.</summary>
    public int Width { get; }

    /// <summary>The columns <c>[start, start + width)</c> of this value, in place.</summary>
    public Value Columns(int start, int width) => new(Space, Offset, Stride, Column + start, width);

    /// <summary>The value of the same shape that lies <paramref name="index"/> places behind this one in the plan.</summary>
    public Value At(int index) => new(Space, Offset + (index * Stride), Stride, Column, Width);

    /// <summary><paramref name="width"/> rounded up to a whole number of vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PaddedWidth(int width) => (width + Padding - 1) & ~(Padding - 1);
}
