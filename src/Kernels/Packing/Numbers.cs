using System;

namespace Kiln.Kernels.Packing;

/// <summary>Conversion of arrays of numbers between formats.</summary>
internal static unsafe class Numbers
{
    /// <summary>Bytes of one number.</summary>
    public static int Size(NumberFormat format) => format == NumberFormat.F32 ? 4 : 2;

    /// <summary>Reads one number.</summary>
    /// <param name="source">Start of the array; any alignment.</param>
    /// <param name="format">Its format.</param>
    /// <param name="index">Which number.</param>
    public static float Read(byte* source, NumberFormat format, long index) => format switch
    {
        NumberFormat.F32 => ((float*)source)[index],
        NumberFormat.F16 => F16.ToSingle(((ushort*)source)[index]),
        NumberFormat.BF16 => BF16.ToSingle(((ushort*)source)[index]),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    /// <summary>Writes one number, rounded to nearest even.</summary>
    /// <param name="target">Start of the array; any alignment.</param>
    /// <param name="format">Its format.</param>
    /// <param name="index">Which number.</param>
    /// <param name="value">What to write.</param>
    public static void Write(byte* target, NumberFormat format, long index, float value)
    {
        switch (format)
        {
            case NumberFormat.F32:
                ((float*)target)[index] = value;
                break;
            case NumberFormat.F16:
                ((ushort*)target)[index] = F16.FromSingle(value);
                break;
            case NumberFormat.BF16:
                ((ushort*)target)[index] = BF16.FromSingle(value);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format));
        }
    }

    /// <summary>Converts numbers; equal formats are copied bit by bit. The arrays do not overlap.</summary>
    /// <param name="source">Numbers to read; any alignment.</param>
    /// <param name="from">Their format.</param>
    /// <param name="target">Room for <paramref name="count"/> numbers; any alignment.</param>
    /// <param name="to">The format to write, rounded to nearest even.</param>
    /// <param name="count">How many.</param>
    public static void Convert(byte* source, NumberFormat from, byte* target, NumberFormat to, long count)
    {
        if (from == to)
        {
            long bytes = count * Size(from);
            Buffer.MemoryCopy(source, target, bytes, bytes);
            return;
        }

        for (long i = 0; i < count; i++)
        {
            Write(target, to, i, Read(source, from, i));
        }
    }
}
