using System;
using Kiln.Kernels;

namespace Kiln.Tests.Recording;

/// <summary>What a command touches.</summary>
public enum Memory : byte
{
    /// <summary>The arena of the Tokens space, in floats a row.</summary>
    Tokens,

    /// <summary>The arena of the Outputs space, in floats a row.</summary>
    Outputs,

    /// <summary>The caches, in floats from the start of a block.</summary>
    Cache,

    /// <summary>The packed weights, in bytes.</summary>
    Weights,
}

/// <summary>
/// A range that a command reads or writes. In the arenas, <c>[Begin, End)</c> are the floats a row of the whole value, the same for any
/// number of rows, and <c>[FirstColumn, LastColumn)</c> the columns in it.
/// </summary>
public readonly record struct MemoryRange(Memory Memory, long Begin, long End, int FirstColumn = 0, int LastColumn = int.MaxValue)
{
    public static MemoryRange Of(Value value)
    {
        // a whole value's kernels may touch its padding
        bool whole = value.Column == 0 && Value.PaddedWidth(value.Width) == value.Stride;
        return new(
            value.Space == RowSpace.Tokens ? Memory.Tokens : Memory.Outputs,
            value.Offset,
            value.Offset + value.Stride,
            value.Column,
            whole ? value.Stride : value.Column + value.Width);
    }

    public static MemoryRange Of(CacheLayer cache) => new(Memory.Cache, cache.Offset, cache.Offset + cache.Floats);

    public static MemoryRange Of(Weight weight) => new(Memory.Weights, weight.Offset, weight.Offset + weight.ByteLength);

    /// <summary>Whether the two share memory, for some number of rows.</summary>
    public bool Overlaps(MemoryRange other)
    {
        if (Memory != other.Memory || Begin >= other.End || other.Begin >= End)
        {
            return false;
        }

        // rows of one value lie on the same grid; of two different ones any row may meet any row
        bool sameGrid = Begin == other.Begin && End == other.End;
        return !sameGrid || Math.Max(FirstColumn, other.FirstColumn) < Math.Min(LastColumn, other.LastColumn);
    }
}
