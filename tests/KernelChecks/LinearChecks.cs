using System;
using System.Collections.Generic;

namespace Kiln.Kernels.Checks;

/// <summary>The products against the reference: every format, row counts around the tiles, features around panels and blocks.</summary>
internal static class LinearChecks
{
    private static readonly int[] RowCounts = [1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 70, 193];

    private static readonly (int In, int Out)[] Shapes =
        [(1, 1), (7, 5), (16, 16), (33, 17), (64, 99), (100, 64), (255, 33), (256, 48), (257, 80), (300, 130), (513, 100)];

    public static IEnumerable<(string Name, Func<ulong> Check)> All
    {
        get
        {
            foreach (WeightFormat format in Formats.All)
            {
                yield return ($"linear/{format}", () => Plain(format));
                yield return ($"linear/{format}-epilogues", () => Epilogues(format));
            }
        }
    }

    private static ulong Plain(WeightFormat format)
    {
        Bits bits = new();
        foreach ((int inFeatures, int outFeatures) in Shapes)
        {
            foreach (int rows in RowCounts)
            {
                // the reference is slow, the emulated one slower
                if (rows > 13 && (long)rows * inFeatures * outFeatures > 2_000_000)
                {
                    continue;
                }

                using Scene scene = new(inFeatures + rows);
                Weight weight = scene.Matrix(outFeatures, inFeatures, format);
                Value x = scene.Tokens(inFeatures);
                Value y = scene.Tokens(outFeatures);
                scene.Sequence(rows);
                scene.Fill();
                scene.Run(k => k.Linear(x, weight, y));
                scene.Compare(ref bits, y, 1e-6, $"{rows} rows, {inFeatures} -> {outFeatures}");
            }
        }

        return bits.Hash;
    }

    private static ulong Epilogues(WeightFormat format)
    {
        Bits bits = new();
        foreach ((int inFeatures, int outFeatures) in ((int, int)[])[(20, 5), (64, 64), (100, 99), (300, 37)])
        {
            foreach (int rows in (int[])[1, 4, 7])
            {
                foreach (Activation activation in (Activation[])[Activation.None, Activation.Gelu, Activation.Sigmoid])
                {
                    foreach (bool add in (bool[])[false, true])
                    {
                        if (add && activation != Activation.None)
                        {
                            continue;
                        }

                        using Scene scene = new(inFeatures + rows);
                        Weight weight = scene.Matrix(outFeatures, inFeatures, format);
                        Weight bias = scene.Vector(outFeatures);
                        Value x = scene.Tokens(inFeatures + 3);
                        Value y = scene.Tokens(outFeatures + 18);
                        scene.Sequence(rows);
                        scene.Fill();
                        scene.Run(k => k.Linear(
                            x.Columns(3, inFeatures), weight, y.Columns(2, outFeatures), bias, activation, add ? Epilogue.Add : Epilogue.Store));
                        scene.Compare(ref bits, y, 1e-6, $"{rows} rows, {inFeatures} -> {outFeatures}, {activation}, add {add}");
                    }
                }
            }
        }

        return bits.Hash;
    }
}
