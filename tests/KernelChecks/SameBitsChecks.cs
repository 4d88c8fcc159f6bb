using System;
using System.Collections.Generic;
using Kiln.Kernels.Threading;

namespace Kiln.Kernels.Checks;

/// <summary>A row's bits depend neither on the rows beside it, nor on how the sequence was cut, nor on threads.</summary>
internal static unsafe class SameBitsChecks
{
    public static IEnumerable<(string Name, Func<ulong> Check)> All
    {
        get
        {
            foreach (WeightFormat format in Formats.All)
            {
                yield return ($"same-bits/{format}-cuts", () => Cuts(format));
                yield return ($"same-bits/{format}-sequences", () => Sequences(format));
                yield return ($"same-bits/{format}-threads", () => Threads(format));
            }

            yield return ("same-bits/linear-rows", LinearRows);
        }
    }

    private static int[] Ids(int seed, int length)
    {
        Random random = new(seed);
        int[] ids = new int[length];
        for (int i = 0; i < length; i++)
        {
            ids[i] = random.Next(TinyModel.Vocabulary);
        }

        return ids;
    }

    /// <summary>Logits of the last row after feeding the ids in chunks.</summary>
    private static float[] Feed(TinyModel model, int[] ids, WorkerPool pool, params int[] chunks)
    {
        using Workspace workspace = model.Scene.NewWorkspace();
        IBackend backend = model.Scene.Backend(workspace, pool);
        float** blocks = model.Scene.Blocks(ids.Length);
        int position = 0;
        for (int i = 0; position < ids.Length; i++)
        {
            int length = Math.Min(chunks[i % chunks.Length], ids.Length - position);
            workspace.Clear();
            workspace.Add(ids.AsSpan(position, length), position, ids.Length, blocks, 1);
            model.Forward(backend);
            position += length;
        }

        return model.LogitsOf(workspace, 0);
    }

    private static ulong Cuts(WeightFormat format)
    {
        using TinyModel model = new(format);
        int[] ids = Ids(1, 150);
        float[] whole = Feed(model, ids, Pools.One, 150);
        foreach (int[] chunks in (int[][])[[1], [2], [3, 1], [7], [64], [65, 5], [149]])
        {
            Equal(whole, Feed(model, ids, Pools.One, chunks), $"chunks of {string.Join(", ", chunks)}");
        }

        return Hash(whole);
    }

    private static ulong Sequences(WeightFormat format)
    {
        using TinyModel model = new(format);
        int[] lengths = [1, 70, 13, 2, 100];
        using Workspace workspace = model.Scene.NewWorkspace();
        for (int i = 0; i < lengths.Length; i++)
        {
            workspace.Add(Ids(i, lengths[i]), 0, lengths[i], model.Scene.Blocks(lengths[i]), 1);
        }

        model.Forward(model.Scene.Backend(workspace, Pools.One));
        Bits bits = new();
        for (int i = 0; i < lengths.Length; i++)
        {
            float[] alone = Feed(model, Ids(i, lengths[i]), Pools.One, lengths[i]);
            Equal(alone, model.LogitsOf(workspace, i), $"sequence {i} among others");
            bits.Add(alone);
        }

        return bits.Hash;
    }

    private static ulong Threads(WeightFormat format)
    {
        using TinyModel model = new(format);
        int[] ids = Ids(2, 140);
        float[] one = Feed(model, ids, Pools.One, 133, 1);
        Equal(one, Feed(model, ids, Pools.Two, 133, 1), "two threads");
        Equal(one, Feed(model, ids, Pools.Three, 133, 1), "three threads");
        return Hash(one);
    }

    private static ulong LinearRows()
    {
        // large enough for several threads, all kernels and a second chunk of rows
        Bits bits = new();
        foreach (WeightFormat format in Formats.All)
        {
            using Scene scene = new(3);
            Weight weight = scene.Matrix(210, 515, format);
            Value x = scene.Tokens(515);
            Value y = scene.Tokens(210);
            scene.Sequence(200);
            scene.Fill();
            scene.RunCpu(k => k.Linear(x, weight, y));
            float[] expected = new float[200 * 210];
            for (int row = 0; row < 200; row++)
            {
                scene.Cpu.Row(y, row).CopyTo(expected.AsSpan(row * 210));
            }

            bits.Add(expected);
            foreach ((int rows, WorkerPool pool) in ((int, WorkerPool)[])[(200, Pools.Two), (200, Pools.Three), (1, Pools.One), (1, Pools.Two), (2, Pools.One), (3, Pools.Three), (4, Pools.One), (5, Pools.Two), (6, Pools.One), (7, Pools.One), (13, Pools.Three)])
            {
                using Workspace workspace = scene.NewWorkspace();
                for (int start = 0; start + rows <= Math.Min(200, 20 * rows); start += rows)
                {
                    workspace.Clear();
                    workspace.Add(new int[rows], 0, rows, null, 0);
                    for (int row = 0; row < rows; row++)
                    {
                        scene.Cpu.Row(x, start + row).CopyTo(new Span<float>(workspace.Address(x) + (row * x.Stride), x.Width));
                    }

                    scene.Backend(workspace, pool).Linear(x, weight, y);
                    for (int row = 0; row < rows; row++)
                    {
                        Equal(
                            expected.AsSpan((start + row) * 210, 210), workspace.Row(y, row), $"{format}: row {start + row} in a step of {rows}, {pool.Threads} threads");
                    }
                }
            }
        }

        return bits.Hash;
    }

    private static ulong Hash(float[] numbers)
    {
        Bits bits = new();
        bits.Add(numbers);
        return bits.Hash;
    }

    private static void Equal(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
            {
                throw new CheckException($"{what}: number {i} is {actual[i]:g9}, not {expected[i]:g9}");
            }
        }
    }
}
