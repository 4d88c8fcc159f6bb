using System;

namespace Kiln.Kernels.Packing;

/// <summary>
/// The panel layout of a matrix <c>[rows, columns]</c> = [out features, in features]: panels of 16 rows, columns innermost but for
/// the row in its panel. Element (n, k) is number <c>(n / 16 * columns + k) * 16 + n % 16</c>; rows are padded with zeros to a
/// whole panel.
/// </summary>
internal static unsafe class Panels
{
    /// <summary>Rows of a panel.</summary>
    public const int Width = 16;

    /// <summary>Bytes of a packed matrix, padding included.</summary>
    public static long ByteLength(long rows, long columns, NumberFormat format) =>
        checked((rows + Width - 1) / Width * Width * columns * Numbers.Size(format));

    /// <summary>
    /// Packs a block of a matrix. Several calls fill one packed matrix: the parts of a fused one below each other, or stripes of a
    /// large one. Padding rows are left to <see cref="ClearPadding"/>.
    /// </summary>
    /// <param name="source">The block's first element; any alignment.</param>
    /// <param name="sourceFormat">The source's format.</param>
    /// <param name="rowStride">Numbers from one row to the next: the columns of a row-major matrix, 1 for a transposed one.</param>
    /// <param name="columnStride">Numbers from one column to the next: 1 for a row-major matrix, the rows of a transposed one.</param>
    /// <param name="rows">Rows of the block.</param>
    /// <param name="columns">Columns of the block.</param>
    /// <param name="packed">The packed matrix.</param>
    /// <param name="packedFormat">Its format; a narrower one is rounded to nearest even.</param>
    /// <param name="packedColumns">Columns of the packed matrix.</param>
    /// <param name="packedRow">Row of the packed matrix where the block begins.</param>
    /// <param name="packedColumn">Column of the packed matrix where the block begins.</param>
    public static void Pack(
        byte* source,
        NumberFormat sourceFormat,
        long rowStride,
        long columnStride,
        long rows,
        long columns,
        byte* packed,
        NumberFormat packedFormat,
        long packedColumns,
        long packedRow,
        long packedColumn = 0)
    {
        int sourceSize = Numbers.Size(sourceFormat);
        int packedSize = Numbers.Size(packedFormat);
        for (long row = 0; row < rows;)
        {
            long target = packedRow + row;
            int lane = (int)(target % Width);
            int lanes = (int)Math.Min(Width - lane, rows - row);
            byte* from = source + (row * rowStride * sourceSize);
            byte* to = packed + (((((target / Width) * packedColumns) + packedColumn) * Width) + lane) * packedSize;
            if (sourceFormat != packedFormat)
            {
                ConvertPanel(from, sourceFormat, rowStride, columnStride, lanes, columns, to, packedFormat);
            }
            else if (packedSize == 4)
            {
                CopyPanel((uint*)from, rowStride, columnStride, lanes, columns, (uint*)to);
            }
            else
            {
                CopyPanel((ushort*)from, rowStride, columnStride, lanes, columns, (ushort*)to);
            }

            row += lanes;
        }
    }

    /// <summary>Sets the padding rows behind the last row to zero.</summary>
    /// <param name="packed">The packed matrix.</param>
    /// <param name="format">Its format.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    public static void ClearPadding(byte* packed, NumberFormat format, long rows, long columns)
    {
        int used = (int)(rows % Width);
        if (used == 0)
        {
            return;
        }

        int size = Numbers.Size(format);
        byte* panel = packed + (rows / Width * columns * Width * size);
        for (long k = 0; k < columns; k++)
        {
            byte* end = panel + ((k + 1) * Width * size);
            for (byte* p = panel + (((k * Width) + used) * size); p < end; p++)
            {
                *p = 0;
            }
        }
    }

    /// <summary>Reads rows <c>[rowStart, rowEnd)</c> as float32, row-major.</summary>
    /// <param name="packed">The packed matrix.</param>
    /// <param name="format">Its format.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="rowStart">First row to read.</param>
    /// <param name="rowEnd">The row after the last.</param>
    /// <param name="rows">Room for <c>[rowEnd - rowStart, columns]</c>.</param>
    public static void Unpack(byte* packed, NumberFormat format, long columns, long rowStart, long rowEnd, float* rows)
    {
        for (long row = rowStart; row < rowEnd; row++)
        {
            byte* first = packed + (((row / Width * columns * Width) + (row % Width)) * Numbers.Size(format));
            float* target = rows + ((row - rowStart) * columns);
            switch (format)
            {
                case NumberFormat.F32:
                    for (long k = 0; k < columns; k++)
                    {
                        target[k] = ((float*)first)[k * Width];
                    }

                    break;
                case NumberFormat.F16:
                    for (long k = 0; k < columns; k++)
                    {
                        target[k] = F16.ToSingle(((ushort*)first)[k * Width]);
                    }

                    break;
                case NumberFormat.BF16:
                    for (long k = 0; k < columns; k++)
                    {
                        target[k] = BF16.ToSingle(((ushort*)first)[k * Width]);
                    }

                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(format));
            }
        }
    }

    private static void ConvertPanel(
        byte* source, NumberFormat sourceFormat, long rowStride, long columnStride, int lanes, long columns, byte* target, NumberFormat format)
    {
        for (long k = 0; k < columns; k++)
        {
            for (int n = 0; n < lanes; n++)
            {
                Numbers.Write(target, format, (k * Width) + n, Numbers.Read(source, sourceFormat, (n * rowStride) + (k * columnStride)));
            }
        }
    }

    private static void CopyPanel(uint* source, long rowStride, long columnStride, int lanes, long columns, uint* target)
    {
        for (long k = 0; k < columns; k++)
        {
            for (int n = 0; n < lanes; n++)
            {
                target[(k * Width) + n] = source[(n * rowStride) + (k * columnStride)];
            }
        }
    }

    private static void CopyPanel(ushort* source, long rowStride, long columnStride, int lanes, long columns, ushort* target)
    {
        for (long k = 0; k < columns; k++)
        {
            for (int n = 0; n < lanes; n++)
            {
                target[(k * Width) + n] = source[(n * rowStride) + (k * columnStride)];
            }
        }
    }
}
