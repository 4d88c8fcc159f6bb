using System;
using System.Collections.Generic;
using System.Linq;
using Kiln.Kernels;

namespace Kiln.Tests.Recording;

/// <summary>Why a command has to wait.</summary>
[Flags]
public enum Hazards : byte
{
    None,

    /// <summary>It reads what is being written (RAW).</summary>
    ReadAfterWrite = 1,

    /// <summary>It writes what is being read (WAR).</summary>
    WriteAfterRead = 2,

    /// <summary>It writes what is being written (WAW).</summary>
    WriteAfterWrite = 4,
}

/// <summary>A place where all earlier commands have to be done.</summary>
/// <param name="Before">Index of the command that waits.</param>
/// <param name="Hazards">Why.</param>
public readonly record struct Barrier(int Before, Hazards Hazards);

/// <summary>Read and write ranges of commands, and where a device that runs them side by side needs barriers.</summary>
public static class Barriers
{
    /// <summary>What a command reads.</summary>
    public static IEnumerable<MemoryRange> Reads(this Command c)
    {
        switch (c.Op)
        {
            case OpCode.Embedding or OpCode.RotaryTable:
                break;
            case OpCode.PositionEmbedding:
                yield return MemoryRange.Of(c.Output);
                break;
            case OpCode.Rotary or OpCode.Add:
                yield return MemoryRange.Of(c.Output);
                yield return MemoryRange.Of(c.Y);
                break;
            case OpCode.StoreKeyValues or OpCode.Gate:
                yield return MemoryRange.Of(c.X);
                yield return MemoryRange.Of(c.Y);
                break;
            case OpCode.Attention:
                yield return MemoryRange.Of(c.X);
                yield return MemoryRange.Of(c.Cache);
                break;
            case OpCode.Linear when c.Epilogue == Epilogue.Add:
                yield return MemoryRange.Of(c.X);
                yield return MemoryRange.Of(c.Output);
                break;
            default:
                yield return MemoryRange.Of(c.X);
                break;
        }

        if (c.Weight.Exists)
        {
            yield return MemoryRange.Of(c.Weight);
        }

        if (c.Bias.Exists)
        {
            yield return MemoryRange.Of(c.Bias);
        }
    }

    /// <summary>What a command writes.</summary>
    public static MemoryRange Write(this Command c) => c.Op == OpCode.StoreKeyValues ? MemoryRange.Of(c.Cache) : MemoryRange.Of(c.Output);

    /// <summary>Where barriers are needed if commands between two of them may run in any order and side by side: as few and as late as can be.</summary>
    public static IReadOnlyList<Barrier> Of(IReadOnlyList<Command> commands)
    {
        List<Barrier> barriers = [];
        List<MemoryRange> reads = [];
        List<MemoryRange> writes = [];
        for (int i = 0; i < commands.Count; i++)
        {
            MemoryRange[] read = [.. commands[i].Reads()];
            MemoryRange write = commands[i].Write();
            Hazards hazards = (read.Any(r => writes.Any(w => w.Overlaps(r))) ? Hazards.ReadAfterWrite : 0)
                | (reads.Any(r => r.Overlaps(write)) ? Hazards.WriteAfterRead : 0)
                | (writes.Any(w => w.Overlaps(write)) ? Hazards.WriteAfterWrite : 0);
            if (hazards != Hazards.None)
            {
                barriers.Add(new Barrier(i, hazards));
                reads.Clear();
                writes.Clear();
            }

            reads.AddRange(read);
            writes.Add(write);
        }

        return barriers;
    }
}
