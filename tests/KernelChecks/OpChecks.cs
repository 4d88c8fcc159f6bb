using System;
using System.Collections.Generic;

namespace Kiln.Kernels.Checks;

/// <summary>Each op but the large ones against the reference, over odd widths, views and row counts.</summary>
internal static class OpChecks
{
    private static readonly int[] Widths = [1, 2, 7, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 100, 576];

    public static IEnumerable<(string Name, Func<ulong> Check)> All
    {
        get
        {
            yield return ("ops/rms-norm", () => Rows((scene, width, x, y) =>
            {
                Weight weight = scene.Vector(width, 1);
                return k => k.RmsNorm(x, weight, 1e-5f, y);
            }));
            yield return ("ops/layer-norm", () => Rows((scene, width, x, y) =>
            {
                Weight weight = scene.Vector(width, 1);
                Weight bias = scene.Vector(width);
                return k => k.LayerNorm(x, weight, bias, 1e-5f, y);
            }));
            yield return ("ops/layer-norm-without-bias", () => Rows((scene, width, x, y) =>
            {
                Weight weight = scene.Vector(width, 1);
                return k => k.LayerNorm(x, weight, default, 1e-5f, y);
            }));
            yield return ("ops/add", () => Rows((_, _, x, y) => k => k.Add(y, x), tolerance: 0));
            yield return ("ops/copy", () => Rows((_, _, x, y) => k => k.Copy(x, y), tolerance: 0));
            foreach (Activation activation in Enum.GetValues<Activation>())
            {
                yield return ($"ops/activate-{activation}", () => Rows((_, _, x, y) => k => k.Activate(x, activation, y), scale: 3));
                yield return ($"ops/activate-in-place-{activation}", () => Rows((_, _, _, y) => k => k.Activate(y, activation, y), scale: 30));
            }

            yield return ("ops/gate", Gate);
            yield return ("ops/rotary", Rotary);
            yield return ("ops/rotary-table", () => RotaryTable(0));
            yield return ("ops/rotary-table-dynamic", () => RotaryTable(2));
            yield return ("ops/embedding", Embedding);
            yield return ("ops/position-embedding", PositionEmbedding);
            yield return ("ops/select-outputs", SelectOutputs);
        }
    }

    private static ulong Rows(
        Func<Scene, int, Value, Value, Action<IBackend>> declare, double tolerance = 1e-6, float scale = 1)
    {
        Bits bits = new();
        foreach (int width in Widths)
        {
            foreach (bool view in (bool[])[false, true])
            {
                using Scene scene = new(width) { Scale = scale };
                Value wideX = scene.Tokens(view ? width + 9 : width);
                Value wideY = scene.Tokens(view ? width + 21 : width);
                Value x = view ? wideX.Columns(5, width) : wideX;
                Value y = view ? wideY.Columns(3, width) : wideY;
                Action<IBackend> program = declare(scene, width, x, y);
                scene.Sequence(width % 13 + 1);
                scene.Fill();
                scene.Run(program);
                scene.Compare(ref bits, wideY, tolerance, $"width {width}, view {view}");
                scene.Compare(ref bits, wideX, 0, $"the input, width {width}, view {view}");
            }
        }

        return bits.Hash;
    }

    private static ulong Gate()
    {
        Bits bits = new();
        foreach (int width in Widths)
        {
            using Scene scene = new(width);
            Value gateUp = scene.Tokens(2 * width);
            Value wide = scene.Tokens(width + 20);
            scene.Sequence(5);
            scene.Fill();
            scene.Run(k => k.Gate(gateUp.Columns(0, width), gateUp.Columns(width, width), Activation.Silu, wide.Columns(2, width)));
            scene.Compare(ref bits, wide, 1e-6, $"width {width}");
        }

        return bits.Hash;
    }

    private static ulong Rotary()
    {
        Bits bits = new();
        foreach ((int headDim, int rotated, int heads) in ((int, int, int)[])[(2, 2, 3), (8, 8, 8), (10, 6, 2), (32, 32, 2), (64, 64, 9), (80, 32, 3), (96, 96, 1), (128, 128, 2)])
        {
            using Scene scene = new(headDim);
            Value wide = scene.Tokens((headDim * heads) + 7);
            Value table = scene.Tokens(rotated);
            scene.Sequence(11, position: 90);
            scene.Fill();
            scene.Run(k => k.Rotary(wide.Columns(4, headDim * heads), headDim, table));
            scene.Compare(ref bits, wide, 1e-6, $"head {headDim}, rotated {rotated}");
        }

        return bits.Hash;
    }

    private static ulong RotaryTable(float dynamicFactor)
    {
        Bits bits = new();
        foreach (int dimension in (int[])[2, 6, 32, 64, 128])
        {
            float[] frequencies = new float[dimension / 2];
            for (int i = 0; i < frequencies.Length; i++)
            {
                frequencies[i] = 1f / (float)Math.Pow(10000, 2f * i / dimension);
            }

            // d / (d - 2) has no value for a single pair
            Rotary rotary = new(frequencies, 1.25f)
            {
                DynamicFactor = dimension > 2 ? dynamicFactor : 0,
                DynamicMaxPositions = 64,
                Base = 10000,
            };
            using Scene scene = new();
            Value table = scene.Tokens(dimension);
            scene.Sequence(20, position: 0, rotaryLength: 64);
            scene.Sequence(20, position: 0, rotaryLength: 65);
            scene.Sequence(7, position: 100, rotaryLength: 300);
            scene.Sequence(3, position: 131000);
            scene.Fill();
            scene.Run(k => k.RotaryTable(rotary, table));
            scene.Compare(ref bits, table, 1e-7, $"dimension {dimension}");
        }

        return bits.Hash;
    }

    private static ulong Embedding()
    {
        Bits bits = new();
        foreach (int width in Widths)
        {
            foreach (WeightFormat format in Formats.All)
            {
                foreach (WeightLayout layout in (WeightLayout[])[WeightLayout.Rows, WeightLayout.Panels])
                {
                    using Scene scene = new(width);
                    Weight table = scene.Matrix(99, width, format, layout);
                    Value wide = scene.Tokens(width + 18);
                    scene.Sequence(70, vocabulary: 99);
                    scene.Fill();
                    scene.Run(k => k.Embedding(table, wide.Columns(1, width)));
                    scene.Compare(ref bits, wide, 0, $"{format} {layout} width {width}");
                }
            }
        }

        return bits.Hash;
    }

    private static ulong PositionEmbedding()
    {
        Bits bits = new();
        foreach (int width in Widths)
        {
            foreach (WeightFormat format in Formats.All)
            {
                using Scene scene = new(width);
                Weight table = scene.Matrix(128, width, format, WeightLayout.Rows);
                Value x = scene.Tokens(width);
                scene.Sequence(13, position: 100);
                scene.Sequence(4, position: 124);
                scene.Fill();
                scene.Run(k => k.PositionEmbedding(table, x));
                scene.Compare(ref bits, x, 0, $"{format} width {width}");
            }
        }

        return bits.Hash;
    }

    private static ulong SelectOutputs()
    {
        Bits bits = new();
        foreach (int width in Widths)
        {
            using Scene scene = new(width);
            Value tokens = scene.Tokens(width);
            Value outputs = scene.Outputs(width);
            scene.Sequence(7, outputs: 1);
            scene.Sequence(5, outputs: 5);
            scene.Sequence(3, outputs: 0);
            scene.Sequence(4, outputs: 2);
            scene.Fill();
            scene.Run(k => k.SelectOutputs(tokens, outputs));
            scene.Compare(ref bits, outputs, 0, $"width {width}");
        }

        return bits.Hash;
    }
}
