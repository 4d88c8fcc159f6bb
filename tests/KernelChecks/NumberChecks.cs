using System;
using System.Collections.Generic;

namespace Kiln.Kernels.Checks;

/// <summary>All 65536 numbers of each 16-bit format as the kernels read them.</summary>
internal static unsafe class NumberChecks
{
    public static IEnumerable<(string Name, Func<ulong> Check)> All =>
    [
        ("numbers/f16", () => Every(WeightFormat.F16, bits => (float)BitConverter.UInt16BitsToHalf(bits))),
        ("numbers/bf16", () => Every(WeightFormat.BF16, bits => BitConverter.UInt32BitsToSingle((uint)bits << 16))),
    ];

    private static ulong Every(WeightFormat format, Func<ushort, float> expected)
    {
        using Scene scene = new();
        Weight table = scene.Matrix(4096, 16, format, WeightLayout.Rows);
        Weight panels = scene.Matrix(4096, 16, format);
        ushort* numbers = (ushort*)scene.Bytes(table);
        for (int i = 0; i < 65536; i++)
        {
            numbers[i] = (ushort)i;
        }

        // the same numbers as panels: row n, column k
        ushort* packed = (ushort*)scene.Bytes(panels);
        for (int i = 0; i < 65536; i++)
        {
            packed[(((i / 16 / 16 * 16) + (i % 16)) * 16) + (i / 16 % 16)] = (ushort)i;
        }

        Value rows = scene.Tokens(16);
        Value gathered = scene.Tokens(16);
        Bits bits = new();
        Workspace workspace = scene.Cpu;
        int[] ids = new int[256];
        for (int start = 0; start < 4096; start += 256)
        {
            for (int i = 0; i < 256; i++)
            {
                ids[i] = start + i;
            }

            workspace.Clear();
            workspace.Add(ids, 0, 256, null, 0);
            scene.RunCpu(k =>
            {
                k.Embedding(table, rows);
                k.Embedding(panels, gathered);
            });
            for (int row = 0; row < 256; row++)
            {
                bits.Add(workspace.Row(rows, row));
                for (int i = 0; i < 16; i++)
                {
                    ushort number = (ushort)(((start + row) * 16) + i);
                    Same(expected(number), workspace.Row(rows, row)[i], number);
                    Same(expected(number), workspace.Row(gathered, row)[i], number);
                }
            }
        }

        return bits.Hash;
    }

    private static void Same(float expected, float actual, ushort bits)
    {
        bool same = float.IsNaN(expected)
            ? float.IsNaN(actual)
            : BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(actual);
        if (!same)
        {
            throw new CheckException($"0x{bits:x4} is {expected:g9}, read as {actual:g9}");
        }
    }
}
