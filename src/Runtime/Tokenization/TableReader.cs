using System;
using System.IO;
using System.Runtime.CompilerServices;

namespace Kiln.Tokenization;

/// <summary>A part of a table: somewhere in memory, at any alignment.</summary>
internal readonly unsafe struct TablePart(byte* start, int length)
{
    /// <summary>Where it starts.</summary>
    public readonly byte* Start = start;

    /// <summary>Bytes.</summary>
    public readonly int Length = length;

    /// <summary>All of it.</summary>
    public ReadOnlySpan<byte> Span => new(Start, Length);

    /// <summary>The i-th number; the caller has checked i.</summary>
    public int Int32(int i) => Unsafe.ReadUnaligned<int>(Start + (4L * i));

    /// <summary>The i-th number; the caller has checked i.</summary>
    public uint UInt32(int i) => Unsafe.ReadUnaligned<uint>(Start + (4L * i));
}

/// <summary>Finds the sections of a table and checks that they lie inside of it. The table may come from a file that anybody wrote.</summary>
internal unsafe ref struct TableReader
{
    private readonly byte* table;
    private readonly int sections;
    private readonly long length;
    private readonly TablePart info;

    /// <summary>Checks header and directory.</summary>
    /// <exception cref="InvalidDataException">It is no table, not of this version, or truncated.</exception>
    public TableReader(byte* table, long length)
    {
        this.table = table;
        if (length < TableFormat.HeaderLength || Unsafe.ReadUnaligned<ulong>(table) != TableFormat.Magic)
        {
            throw new InvalidDataException("Not a compiled tokenizer.");
        }

        int version = Unsafe.ReadUnaligned<int>(table + 8);
        if (version != TableFormat.Version)
        {
            throw new InvalidDataException($"The compiled tokenizer has version {version}, this runtime reads version {TableFormat.Version}.");
        }

        this.length = (long)Unsafe.ReadUnaligned<ulong>(table + 16);
        sections = Unsafe.ReadUnaligned<int>(table + 12);
        if (this.length < 0 || this.length > length || sections < 0
            || sections > (this.length - TableFormat.HeaderLength) / TableFormat.DirectoryEntryLength)
        {
            throw new InvalidDataException("The compiled tokenizer is truncated.");
        }

        info = Section(TableSection.Info);
        if (info.Length != 4 * (int)TableField.Count)
        {
            throw Corrupt("Info");
        }
    }

    /// <summary>The hash in the header.</summary>
    public readonly ulong ContentHash => Unsafe.ReadUnaligned<ulong>(table + TableFormat.HashOffset);

    /// <summary>A number.</summary>
    public readonly int this[TableField field] => info.Int32((int)field);

    /// <summary>A section; empty if the table lacks it.</summary>
    public readonly TablePart Section(TableSection section)
    {
        for (int i = 0; i < sections; i++)
        {
            byte* entry = table + TableFormat.HeaderLength + ((long)i * TableFormat.DirectoryEntryLength);
            if (Unsafe.ReadUnaligned<int>(entry) != (int)section)
            {
                continue;
            }

            ulong offset = Unsafe.ReadUnaligned<ulong>(entry + 8);
            ulong bytes = Unsafe.ReadUnaligned<ulong>(entry + 16);
            return offset <= (ulong)length && bytes <= (ulong)length - offset && bytes <= int.MaxValue
                ? new TablePart(table + offset, (int)bytes)
                : throw Corrupt(section.ToString());
        }

        return default;
    }

    /// <summary>A section of four-byte numbers, of which there must be a certain number.</summary>
    public readonly TablePart Numbers(TableSection section, long count)
    {
        TablePart part = Section(section);
        return part.Length == 4 * count ? part : throw Corrupt(section.ToString());
    }

    /// <summary>A hash table's slots: a power of two of them.</summary>
    public readonly TablePart Slots(TableSection section)
    {
        TablePart part = Section(section);
        return part.Length >= 4 && (part.Length & (part.Length - 1)) == 0 ? part : throw Corrupt(section.ToString());
    }

    /// <summary>A number that must lie in a range.</summary>
    public readonly int Checked(TableField field, int least, int most) =>
        this[field] is var value && value >= least && value <= most ? value : throw Corrupt(field.ToString());

    /// <summary>An exception that names a part.</summary>
    public static InvalidDataException Corrupt(string part) => new($"The compiled tokenizer is corrupt ({part}).");
}

/// <summary>Reads the steps of a component list.</summary>
internal unsafe ref struct StepReader(TablePart part)
{
    private int position;

    /// <summary>The current step's kind.</summary>
    public int Kind { get; private set; }

    /// <summary>The current step's content that has not been read yet.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; }

    /// <summary>Goes to the next step.</summary>
    public bool Next()
    {
        if (position == part.Length)
        {
            return false;
        }

        if (part.Length - position < 8)
        {
            throw TableReader.Corrupt("step");
        }

        Kind = Unsafe.ReadUnaligned<int>(part.Start + position);
        int bytes = Unsafe.ReadUnaligned<int>(part.Start + position + 4);
        position += 8;
        if (bytes < 0 || bytes > part.Length - position)
        {
            throw TableReader.Corrupt("step");
        }

        Rest = new ReadOnlySpan<byte>(part.Start + position, bytes);
        position += bytes;
        return true;
    }

    /// <summary>Reads a number.</summary>
    public int Int32()
    {
        if (Rest.Length < 4)
        {
            throw TableReader.Corrupt("step");
        }

        int value = Unsafe.ReadUnaligned<int>(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(Rest));
        Rest = Rest[4..];
        return value;
    }

    /// <summary>Takes bytes where they lie: as long as the table does.</summary>
    public byte* Take(long bytes)
    {
        if (bytes < 0 || bytes > Rest.Length)
        {
            throw TableReader.Corrupt("step");
        }

        byte* start = (byte*)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(Rest));
        Rest = Rest[(int)bytes..];
        return start;
    }

    /// <summary>Takes a part that is read where it lies.</summary>
    public TablePart Part(long bytes)
    {
        if (bytes < 0 || bytes > Rest.Length)
        {
            throw TableReader.Corrupt("step");
        }

        var part = new TablePart((byte*)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(Rest)), (int)bytes);
        Rest = Rest[(int)bytes..];
        return part;
    }

    /// <summary>Takes numbers with their count before them.</summary>
    public TablePart Numbers() => Part(4L * Int32());

    /// <summary>Reads a string with its length before it.</summary>
    public byte[] Text()
    {
        int bytes = Int32();
        if (bytes < 0 || bytes > Rest.Length)
        {
            throw TableReader.Corrupt("step");
        }

        byte[] text = Rest[..bytes].ToArray();
        Rest = Rest[bytes..];
        return text;
    }
}
