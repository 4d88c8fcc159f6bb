using System;

namespace Kiln.Tokenization;

/// <summary>A list of byte strings that lie back to back.</summary>
internal sealed unsafe class PieceList
{
    private NativeBuffer bytes;
    private NativeBuffer ends;

    /// <summary>Number of strings.</summary>
    public int Count { get; private set; }

    /// <summary>Number of bytes of all strings.</summary>
    public int Length { get; private set; }

    /// <summary>All strings in one.</summary>
    public ReadOnlySpan<byte> Bytes => new(bytes.Pointer, Length);

    /// <summary>Native memory that it holds.</summary>
    public nuint Capacity => bytes.Capacity + ends.Capacity;

    /// <summary>One of the strings.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            int* end = (int*)ends.Pointer;
            int start = index == 0 ? 0 : end[index - 1];
            return new ReadOnlySpan<byte>(bytes.Pointer + start, end[index] - start);
        }
    }

    /// <summary>Makes it empty.</summary>
    public void Clear()
    {
        Count = 0;
        Length = 0;
    }

    /// <summary>Appends to the string that is being built.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        byte* to = bytes.ReserveText((long)Length + text.Length) + Length;
        if (text.Length > 16)
        {
            text.CopyTo(new Span<byte>(to, text.Length));
        }
        else
        {
            for (int i = 0; i < text.Length; i++)
            {
                to[i] = text[i];
            }
        }

        Length += text.Length;
    }

    /// <summary>Appends a byte to the string that is being built.</summary>
    public void Append(byte value)
    {
        bytes.ReserveText(Length + 1L)[Length] = value;
        Length++;
    }

    /// <summary>Takes back what was appended since a length.</summary>
    public void CutTo(int length) => Length = length;

    /// <summary>What has been appended since a length, to be changed in place.</summary>
    public Span<byte> Since(int length) => new(bytes.Pointer + length, Length - length);

    /// <summary>Ends the string that is being built.</summary>
    public void Finish()
    {
        int* end = (int*)ends.Reserve((nuint)(Count + 1L) * sizeof(int));
        end[Count++] = Length;
    }

    /// <summary>Makes all strings one.</summary>
    public void Join()
    {
        Count = 0;
        Finish();
    }

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        bytes.Free();
        ends.Free();
        Clear();
    }
}
