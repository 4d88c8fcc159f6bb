using System;

namespace Kiln.Tokenization;

/// <summary>The bytes of the original text that a byte of a normalized one stands for: whole characters.</summary>
internal struct ByteRange(int start, int end)
{
    /// <summary>The first of them.</summary>
    public int Start = start;

    /// <summary>The one behind the last.</summary>
    public int End = end;
}

/// <summary>A text on its way through the normalizers: valid UTF-8 and, where somebody asks for offsets, where each byte comes from.</summary>
internal unsafe struct AlignedText
{
    /// <summary>Where it starts.</summary>
    public byte* Text;

    /// <summary>Its bytes.</summary>
    public int Length;

    /// <summary>For each byte its range in the original text; null if nobody asks, which costs nothing then.</summary>
    public ByteRange* Ranges;

    /// <summary>A text that has not been changed: each character stands for itself.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="offset">Where it starts in the original text.</param>
    /// <param name="buffer">Holds the ranges.</param>
    public static AlignedText Original(byte* text, int length, int offset, ref NativeBuffer buffer)
    {
        var ranges = (ByteRange*)buffer.Reserve((nuint)length * (nuint)sizeof(ByteRange));
        for (int i = 0; i < length;)
        {
            int bytes = text[i] < 0x80 ? 1 : Math.Min(Utf8Text.SequenceLength(text[i]), length - i);
            var range = new ByteRange(offset + i, offset + i + bytes);
            for (int j = 0; j < bytes; j++)
            {
                ranges[i++] = range;
            }
        }

        return new AlignedText { Text = text, Length = length, Ranges = ranges };
    }

    /// <summary>The ranges of a part; null if there are none.</summary>
    public readonly ByteRange* RangesAt(int at) => Ranges == null ? null : Ranges + at;
}

/// <summary>What a normalizer writes to: text and ranges side by side, native memory that is kept for the next text.</summary>
internal unsafe struct AlignedBuffer
{
    private NativeBuffer text;
    private NativeBuffer ranges;
    private NativeBuffer work;
    private byte* bytes;
    private ByteRange* origins;
    private int capacity;
    private bool aligned;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>Native memory that it holds.</summary>
    public readonly nuint Capacity => text.Capacity + ranges.Capacity + work.Capacity;

    /// <summary>Starts a new text.</summary>
    /// <param name="source">What it is made of: says whether ranges are kept.</param>
    /// <param name="room">Bytes that it will probably have.</param>
    public void Begin(in AlignedText source, long room)
    {
        aligned = source.Ranges != null;
        Length = 0;
        capacity = 0;
        Grow(Math.Max(room, 16));
    }

    /// <summary>Memory for a normalizer's own use.</summary>
    public byte* Work(nuint size) => work.Reserve(size);

    /// <summary>Appends bytes that keep where they come from.</summary>
    public void Copy(byte* from, int count, ByteRange* origin)
    {
        Reserve(count);
        new ReadOnlySpan<byte>(from, count).CopyTo(new Span<byte>(bytes + Length, count));
        if (aligned)
        {
            new ReadOnlySpan<ByteRange>(origin, count).CopyTo(new Span<ByteRange>(origins + Length, count));
        }

        Length += count;
    }

    /// <summary>Appends bytes that all come from one place.</summary>
    public void Append(ReadOnlySpan<byte> text, ByteRange* origin)
    {
        Reserve(text.Length);
        byte* to = bytes + Length;
        for (int i = 0; i < text.Length; i++)
        {
            to[i] = text[i];
        }

        SetOrigin(text.Length, origin);
        Length += text.Length;
    }

    /// <summary>Appends a byte.</summary>
    public void Append(byte value, ByteRange* origin)
    {
        Reserve(1);
        bytes[Length] = value;
        if (aligned)
        {
            origins[Length] = *origin;
        }

        Length++;
    }

    /// <summary>Appends a character.</summary>
    public void AppendCharacter(int codePoint, ByteRange* origin)
    {
        Reserve(4);
        int count = Utf8Text.Encode(codePoint, bytes + Length);
        SetOrigin(count, origin);
        Length += count;
    }

    /// <summary>Appends ASCII through a map; stops at something else and where the map says that it takes more.</summary>
    /// <returns>How many characters were taken.</returns>
    public int AppendMapped(byte* from, int count, ByteRange* origin, byte* map)
    {
        Reserve(count);
        byte* to = bytes + Length;
        int written = 0;
        int i = 0;
        for (; i < count && from[i] < 0x80; i++)
        {
            byte value = map[from[i]];
            if (value >= CharacterMap.Other)
            {
                if (value == CharacterMap.Other)
                {
                    break;
                }

                continue;
            }

            to[written] = value;
            if (aligned)
            {
                origins[Length + written] = origin[i];
            }

            written++;
        }

        Length += written;
        return i;
    }

    /// <summary>The text that has been written.</summary>
    public readonly AlignedText Finish() => new() { Text = bytes, Length = Length, Ranges = aligned ? origins : null };

    /// <summary>Takes back what was appended since a length.</summary>
    public void CutTo(int length) => Length = length;

    /// <summary>Whether a text lies here.</summary>
    public readonly bool Contains(byte* at) => at >= text.Pointer && at < text.Pointer + text.Capacity;

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        text.Free();
        ranges.Free();
        work.Free();
        bytes = null;
        origins = null;
        capacity = 0;
    }

    private readonly void SetOrigin(int count, ByteRange* origin)
    {
        if (aligned)
        {
            ByteRange range = *origin;
            for (int i = 0; i < count; i++)
            {
                origins[Length + i] = range;
            }
        }
    }

    private void Reserve(int count)
    {
        if (count > capacity - Length)
        {
            Grow((long)Length + count);
        }
    }

    private void Grow(long needed)
    {
        bytes = text.ReserveText(needed);
        capacity = (int)Math.Min(text.Capacity, NativeBuffer.MaxBytes);
        if (aligned)
        {
            origins = (ByteRange*)ranges.Reserve((nuint)capacity * (nuint)sizeof(ByteRange));
        }
    }
}
