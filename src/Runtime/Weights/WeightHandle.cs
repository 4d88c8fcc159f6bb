using System;
using Kiln.Kernels;
using Kiln.Kernels.Packing;

namespace Kiln;

/// <summary>
/// One tensor of the checkpoint under its own name and in its own shape, wherever it lies in the packed weights.
/// </summary>
public readonly unsafe struct WeightHandle
{
    private readonly CausalLanguageModel model;
    private readonly Weight weight;
    private readonly int firstRow;
    private readonly int rows;
    private readonly bool transposed;

    /// <summary>Names a part of a packed weight.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">The tensor's name in the checkpoint.</param>
    /// <param name="weight">The packed weight that it is a part of.</param>
    /// <param name="firstRow">Its first row there; of a vector, the first column.</param>
    /// <param name="rows">Its rows there; of a vector, its columns.</param>
    /// <param name="transposed">Whether the checkpoint has it as <c>[in, out]</c> (GPT-2's Conv1D).</param>
    public WeightHandle(CausalLanguageModel model, string name, Weight weight, int firstRow, int rows, bool transposed)
    {
        this.model = model;
        Name = name;
        this.weight = weight;
        this.firstRow = firstRow;
        this.rows = rows;
        this.transposed = transposed;
    }

    /// <summary>The tensor's name in the checkpoint.</summary>
    public string Name { get; }

    /// <summary>How its numbers are stored in the packed weights.</summary>
    public WeightFormat Format => weight.Format;

    /// <summary>Dimensions: 1 or 2.</summary>
    public int Rank => weight.Layout == WeightLayout.Vector ? 1 : 2;

    /// <summary>The checkpoint's shape, <see cref="Rank"/> numbers.</summary>
    public ReadOnlySpan<long> Shape => Rank == 1 ? new long[] { rows } : new long[] { Rows, Columns };

    /// <summary>Numbers in the tensor.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>First dimension of a matrix; 1 for a vector.</summary>
    public int Rows => Rank == 1 ? 1 : transposed ? weight.Columns : rows;

    /// <summary>Last dimension.</summary>
    public int Columns => Rank == 1 || transposed ? rows : weight.Columns;

    /// <summary>Unpacks the whole tensor, row-major in the checkpoint's shape.</summary>
    /// <param name="destination">Room for <see cref="Count"/> numbers.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public void Read(Span<float> destination)
    {
        if (destination.Length < Count)
        {
            throw new ArgumentException($"{Name} has {Count} numbers, there is room for {destination.Length}.", nameof(destination));
        }

        Unpack(0, Rows, destination);
    }

    /// <summary>Unpacks one row of a matrix, or a vector.</summary>
    /// <param name="row">0 to <see cref="Rows"/> - 1.</param>
    /// <param name="destination">Room for <see cref="Columns"/> numbers.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public void ReadRow(int row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        if (destination.Length < Columns)
        {
            throw new ArgumentException($"A row of {Name} has {Columns} numbers, there is room for {destination.Length}.", nameof(destination));
        }

        Unpack(row, row + 1, destination);
    }

    /// <inheritdoc/>
    public override string ToString() => Rank == 1 ? $"{Name}: {Format} [{rows}]" : $"{Name}: {Format} [{Rows}, {Columns}]";

    private void Unpack(int from, int to, Span<float> destination)
    {
        byte* data = model.Packed.Hold() + weight.Offset;
        try
        {
            fixed (float* target = destination)
            {
                if (weight.Layout == WeightLayout.Panels && !transposed)
                {
                    Panels.Unpack(data, (NumberFormat)weight.Format, weight.Columns, (long)firstRow + from, (long)firstRow + to, target);
                    return;
                }

                long next = 0;
                for (int row = from; row < to; row++)
                {
                    for (int column = 0; column < Columns; column++)
                    {
                        // the packed weight is [out, in], a transposed tensor [in, out]
                        long index = transposed ? Index(column, row) : Index(row, column);
                        target[next++] = Numbers.Read(data, (NumberFormat)weight.Format, index);
                    }
                }
            }
        }
        finally
        {
            model.Packed.Release();
        }
    }

    /// <summary>Where element (row, column) of this part of the packed weight lies, in numbers.</summary>
    private long Index(int row, int column)
    {
        long n = (long)firstRow + row;
        return weight.Layout switch
        {
            WeightLayout.Vector => firstRow + column,
            WeightLayout.Rows => (n * weight.Columns) + column,
            _ => ((((n / Panels.Width) * weight.Columns) + column) * Panels.Width) + (n % Panels.Width),
        };
    }
}
