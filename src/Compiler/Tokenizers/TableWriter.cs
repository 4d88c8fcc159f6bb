using System;
using System.Collections.Generic;
using System.Text;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>Bytes in little-endian order, growing.</summary>
internal sealed class ByteWriter
{
    private byte[] bytes = new byte[64];

    public int Length { get; private set; }

    public void Byte(byte value)
    {
        Reserve(1);
        bytes[Length++] = value;
    }

    public void Int32(int value) => UInt32((uint)value);

    public void UInt32(uint value)
    {
        Reserve(4);
        for (int i = 0; i < 4; i++)
        {
            bytes[Length++] = (byte)(value >> (8 * i));
        }
    }

    public void UInt64(ulong value)
    {
        UInt32((uint)value);
        UInt32((uint)(value >> 32));
    }

    public void Bytes(byte[] value)
    {
        Reserve(value.Length);
        Buffer.BlockCopy(value, 0, bytes, Length, value.Length);
        Length += value.Length;
    }

    /// <summary>Length in bytes of the UTF-8 form, then this form.</summary>
    public void Text(string value)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(value);
        Int32(utf8.Length);
        Bytes(utf8);
    }

    /// <summary>A step of a component list: kind, length, content.</summary>
    public void Step(int kind, ByteWriter content)
    {
        Int32(kind);
        Int32(content.Length);
        Bytes(content.ToArray());
    }

    public void Align(int alignment)
    {
        while (Length % alignment != 0)
        {
            Byte(0);
        }
    }

    public byte[] ToArray()
    {
        byte[] result = new byte[Length];
        Buffer.BlockCopy(bytes, 0, result, 0, Length);
        return result;
    }

    private void Reserve(int count)
    {
        if (Length + count > bytes.Length)
        {
            Array.Resize(ref bytes, Math.Max(2 * bytes.Length, Length + count));
        }
    }
}

/// <summary>Collects the sections of a table and puts it together.</summary>
internal sealed class TableWriter
{
    private readonly SortedDictionary<TableSection, ByteWriter> sections = new();
    private readonly int[] info = new int[(int)TableField.Count];

    public TableWriter()
    {
        for (int i = 0; i < info.Length; i++)
        {
            info[i] = -1;
        }
    }

    public ByteWriter this[TableSection section]
    {
        get
        {
            if (!sections.TryGetValue(section, out ByteWriter? writer))
            {
                sections[section] = writer = new ByteWriter();
            }

            return writer;
        }
    }

    public void Set(TableField field, int value) => info[(int)field] = value;

    public int Get(TableField field) => info[(int)field];

    public byte[] Build()
    {
        ByteWriter infoSection = this[TableSection.Info];
        foreach (int value in info)
        {
            infoSection.Int32(value);
        }

        var directory = new ByteWriter();
        var content = new ByteWriter();
        int contentStart = TableFormat.HeaderLength + (sections.Count * TableFormat.DirectoryEntryLength);
        foreach (KeyValuePair<TableSection, ByteWriter> section in sections)
        {
            content.Align(TableFormat.SectionAlignment);
            directory.Int32((int)section.Key);
            directory.Int32(0);
            directory.UInt64((ulong)(contentStart + content.Length));
            directory.UInt64((ulong)section.Value.Length);
            content.Bytes(section.Value.ToArray());
        }

        content.Align(TableFormat.SectionAlignment);
        var rest = new ByteWriter();
        rest.Bytes(directory.ToArray());
        rest.Bytes(content.ToArray());
        byte[] hashed = rest.ToArray();
        var table = new ByteWriter();
        table.UInt64(TableFormat.Magic);
        table.Int32(TableFormat.Version);
        table.Int32(sections.Count);
        table.UInt64((ulong)(TableFormat.HeaderLength + hashed.Length));
        table.UInt64(TableHash.Of(hashed, hashed.Length));
        table.Bytes(hashed);
        return table.ToArray();
    }
}

/// <summary>Hashes of byte strings, as <see cref="TableFormat"/> defines them.</summary>
internal static class TableHash
{
    public static ulong Of(byte[] bytes, int length)
    {
        ulong hash = TableFormat.HashStart(length);
        int i = 0;
        for (; i + 8 <= length; i += 8)
        {
            hash = TableFormat.HashStep(hash, BitConverter.ToUInt64(bytes, i));
        }

        if (i < length)
        {
            ulong rest = 0;
            for (int j = 0; i + j < length; j++)
            {
                rest |= (ulong)bytes[i + j] << (8 * j);
            }

            hash = TableFormat.HashStep(hash, rest);
        }

        return hash;
    }
}
