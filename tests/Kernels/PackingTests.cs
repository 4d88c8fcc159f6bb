using System;
using Kiln.Kernels.Packing;
using Xunit;

namespace Kiln.Kernels.Tests;

public sealed unsafe class PackingTests
{
    [Fact]
    public void F16ReadsAllNumbersExactly()
    {
        for (int bits = 0; bits < 65536; bits++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            float actual = F16.ToSingle((ushort)bits);
            if (float.IsNaN(expected))
            {
                Assert.True(float.IsNaN(actual));
            }
            else
            {
                Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(actual));
            }
        }
    }

    [Fact]
    public void F16WritesAsHalfDoes()
    {
        // every upper half of a float32 with several lower halves: ties, their neighbours, subnormals, overflow
        for (uint high = 0; high < 65536; high++)
        {
            foreach (uint low in (uint[])[0, 1, 0x0fff, 0x1000, 0x1001, 0x2000, 0x3000, 0x7fff, 0x8000, 0x8001, 0xefff, 0xf000, 0xffff])
            {
                float value = BitConverter.UInt32BitsToSingle((high << 16) | low);
                ushort actual = F16.FromSingle(value);
                if (float.IsNaN(value))
                {
                    Assert.True(Half.IsNaN(BitConverter.UInt16BitsToHalf(actual)));
                }
                else
                {
                    Assert.Equal(BitConverter.HalfToUInt16Bits((Half)value), actual);
                }
            }
        }
    }

    [Theory]
    [InlineData(0x3f800000u, 0x3f80)]
    [InlineData(0x3f808000u, 0x3f80)]
    [InlineData(0x3f808001u, 0x3f81)]
    [InlineData(0x3f818000u, 0x3f82)]
    [InlineData(0x3f817fffu, 0x3f81)]
    [InlineData(0x7f7fffffu, 0x7f80)]
    [InlineData(0xff7fffffu, 0xff80)]
    [InlineData(0x7f800000u, 0x7f80)]
    [InlineData(0x00000001u, 0x0000)]
    [InlineData(0x80008001u, 0x8001)]
    public void BF16RoundsToNearestEven(uint single, int expected) =>
        Assert.Equal(expected, BF16.FromSingle(BitConverter.UInt32BitsToSingle(single)));

    [Theory]
    [InlineData(0x7f800001u)]
    [InlineData(0x7fffffffu)]
    [InlineData(0xff80ffffu)]
    public void BF16KeepsNaN(uint single) =>
        Assert.True(float.IsNaN(BF16.ToSingle(BF16.FromSingle(BitConverter.UInt32BitsToSingle(single)))));

    [Theory]
    [InlineData(WeightFormat.F32, WeightFormat.F32)]
    [InlineData(WeightFormat.F32, WeightFormat.BF16)]
    [InlineData(WeightFormat.F32, WeightFormat.F16)]
    [InlineData(WeightFormat.F16, WeightFormat.F32)]
    [InlineData(WeightFormat.BF16, WeightFormat.BF16)]
    [InlineData(WeightFormat.F16, WeightFormat.BF16)]
    public void FusedPartsComeBackWhole(WeightFormat source, WeightFormat target)
    {
        // the two enumerations have the same values
        NumberFormat from = (NumberFormat)source;
        NumberFormat to = (NumberFormat)target;

        // two parts below each other, the second from a transposed source and in two stripes of columns
        const int Columns = 21;
        const int First = 19;
        const int Second = 7;
        byte[] first = Random(First * Columns, from, 1, out float[] firstNumbers);
        byte[] second = Random(Second * Columns, from, 2, out float[] secondNumbers);
        byte[] packed = new byte[Panels.ByteLength(First + Second, Columns, to)];
        packed.AsSpan().Fill(0xff);
        float[] unpacked = new float[(First + Second) * Columns];
        fixed (byte* a = first, b = second, p = packed)
        fixed (float* u = unpacked)
        {
            Panels.Pack(a, from, Columns, 1, First, Columns, p, to, Columns, 0);
            Panels.Pack(b, from, 1, Second, Second, 9, p, to, Columns, First);
            Panels.Pack(b + (9 * Second * Numbers.Size(from)), from, 1, Second, Second, Columns - 9, p, to, Columns, First, 9);
            Panels.ClearPadding(p, to, First + Second, Columns);
            Panels.Unpack(p, to, Columns, 0, First + Second, u);
            for (int n = 0; n < First + Second; n++)
            {
                for (int k = 0; k < Columns; k++)
                {
                    float number = n < First ? firstNumbers[(n * Columns) + k] : secondNumbers[(k * Second) + n - First];
                    float expected = Rounded(number, to);
                    Assert.Equal(expected, unpacked[(n * Columns) + k]);
                    Assert.Equal(expected, Numbers.Read(p, to, (((n / 16 * Columns) + k) * 16) + (n % 16)));
                }
            }

            for (int n = First + Second; n < 32; n++)
            {
                for (int k = 0; k < Columns; k++)
                {
                    Assert.Equal(0f, Numbers.Read(p, to, (((n / 16 * Columns) + k) * 16) + (n % 16)));
                }
            }
        }
    }

    [Fact]
    public void UnpackReadsARangeOfRows()
    {
        const int Rows = 40;
        const int Columns = 3;
        byte[] source = Random(Rows * Columns, NumberFormat.F32, 3, out float[] numbers);
        byte[] packed = new byte[Panels.ByteLength(Rows, Columns, NumberFormat.F32)];
        float[] rows = new float[5 * Columns];
        fixed (byte* s = source, p = packed)
        fixed (float* r = rows)
        {
            Panels.Pack(s, NumberFormat.F32, Columns, 1, Rows, Columns, p, NumberFormat.F32, Columns, 0);
            Panels.Unpack(p, NumberFormat.F32, Columns, 14, 19, r);
        }

        Assert.Equal(numbers.AsSpan(14 * Columns, 5 * Columns).ToArray(), rows);
    }

    [Fact]
    public void SizesAreOf64Bits() => Assert.Equal(4L * 16 * 6251 * 100_000, Panels.ByteLength(100_001, 100_000, NumberFormat.F32));

    private static float Rounded(float value, NumberFormat format) => format switch
    {
        NumberFormat.F16 => (float)(Half)value,
        NumberFormat.BF16 => BF16.ToSingle(BF16.FromSingle(value)),
        _ => value,
    };

    private static byte[] Random(int count, NumberFormat format, int seed, out float[] numbers)
    {
        Random random = new(seed);
        byte[] bytes = new byte[count * Numbers.Size(format)];
        numbers = new float[count];
        fixed (byte* b = bytes)
        {
            for (int i = 0; i < count; i++)
            {
                Numbers.Write(b, format, i, (float)(random.NextDouble() - 0.5));
                numbers[i] = Numbers.Read(b, format, i);
            }
        }

        return bytes;
    }
}
