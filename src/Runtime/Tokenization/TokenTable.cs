using System;
using System.Text;

namespace Kiln.Tokenization;

/// <summary>The tokens of a table by id.</summary>
internal sealed unsafe class TokenTable
{
    private readonly TablePart offsets;
    private readonly TablePart bytes;

    /// <summary>Checks the sections' sizes; each offset is checked when it is used.</summary>
    public TokenTable(TableReader table)
    {
        IdCount = table.Checked(TableField.IdCount, 0, TableFormat.MaxTokenCount);
        offsets = table.Numbers(TableSection.TokenOffsets, IdCount + 1L);
        bytes = table.Section(TableSection.TokenBytes);
        IsByteLevel = ((ModelFlags)table[TableField.ModelFlags] & ModelFlags.ByteLevel) != 0;
    }

    /// <summary>Largest id + 1.</summary>
    public int IdCount { get; }

    /// <summary>Whether tokens are stored as the bytes they stand for, rather than as UTF-8 of their text.</summary>
    public bool IsByteLevel { get; }

    /// <summary>A token's stored bytes; empty for an id that does not exist.</summary>
    public ReadOnlySpan<byte> Bytes(int id)
    {
        if ((uint)id >= (uint)IdCount)
        {
            return default;
        }

        uint start = offsets.UInt32(id) & TableFormat.TokenOffsetMask;
        uint end = offsets.UInt32(id + 1) & TableFormat.TokenOffsetMask;
        return start <= end && end <= (uint)bytes.Length ? new ReadOnlySpan<byte>(bytes.Start + start, (int)(end - start)) : default;
    }

    /// <summary>What is known of a token.</summary>
    public TokenFlags Flags(int id) =>
        (uint)id < (uint)IdCount ? (TokenFlags)(offsets.UInt32(id) & ~TableFormat.TokenOffsetMask) : TokenFlags.Absent;

    /// <summary>Appends a token's text, which for byte-level tokens is spelled in GPT-2's alphabet, and ends the piece.</summary>
    public void AppendText(int id, PieceList target)
    {
        if (IsByteLevel && (Flags(id) & TokenFlags.Literal) == 0)
        {
            ByteAlphabet.AppendCharacters(Bytes(id), target);
        }
        else
        {
            target.Append(Bytes(id));
        }

        target.Finish();
    }

    /// <summary>A token's text; null for an id that does not exist.</summary>
    public string? Text(int id)
    {
        if ((Flags(id) & TokenFlags.Absent) != 0)
        {
            return null;
        }

        if (!IsByteLevel || (Flags(id) & TokenFlags.Literal) != 0)
        {
            return Encoding.UTF8.GetString(Bytes(id));
        }

        return string.Create(Bytes(id).Length, (Table: this, Id: id), static (text, state) =>
        {
            ReadOnlySpan<byte> source = state.Table.Bytes(state.Id);
            for (int i = 0; i < text.Length; i++)
            {
                text[i] = (char)ByteAlphabet.Character(source[i]);
            }
        });
    }

    /// <summary>The id of a token's text, or null. Searches all tokens.</summary>
    public int? Find(string text)
    {
        for (int id = 0; id < IdCount; id++)
        {
            // the bytes of a byte-level token are as many as its characters
            bool mapped = IsByteLevel && (Flags(id) & TokenFlags.Literal) == 0;
            int length = Bytes(id).Length;
            bool possible = mapped ? length == text.Length : length >= text.Length && length <= 3 * text.Length;
            if (possible && (Flags(id) & TokenFlags.Absent) == 0 && Text(id) == text)
            {
                return id;
            }
        }

        return null;
    }
}

/// <summary>GPT-2's 256 printable characters, one for each byte (<c>bytes_to_unicode</c> in <c>tokenization_gpt2.py</c>).</summary>
internal static class ByteAlphabet
{
    private const int FirstMoved = 256;

    /// <summary>A byte's character.</summary>
    public static int Character(byte value) => value switch
    {
        <= 0x20 => FirstMoved + value,
        >= 0x7F and <= 0xA0 => FirstMoved + 33 + (value - 0x7F),
        0xAD => FirstMoved + 67,
        _ => value,
    };

    /// <summary>A character's byte, or -1.</summary>
    public static int Byte(int character) => character switch
    {
        <= 0x20 or (>= 0x7F and <= 0xA0) or 0xAD => -1,
        < FirstMoved => character,
        <= FirstMoved + 0x20 => character - FirstMoved,
        < FirstMoved + 67 => character - FirstMoved - 33 + 0x7F,
        FirstMoved + 67 => 0xAD,
        _ => -1,
    };

    /// <summary>Appends the characters of bytes.</summary>
    public static void AppendCharacters(ReadOnlySpan<byte> bytes, PieceList target)
    {
        foreach (byte value in bytes)
        {
            int character = Character(value);
            if (character < 0x80)
            {
                target.Append((byte)character);
            }
            else
            {
                target.Append((byte)(0xC0 | (character >> 6)));
                target.Append((byte)(0x80 | (character & 0x3F)));
            }
        }
    }
}
