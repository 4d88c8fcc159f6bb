using System;
using System.Collections.Generic;

namespace Kiln.Kernels.Checks;

/// <summary>Attention and the cache against the reference.</summary>
internal static class AttentionChecks
{
    public static IEnumerable<(string Name, Func<ulong> Check)> All =>
    [
        ("attention/heads", Heads),
        ("attention/large-scores", LargeScores),
    ];

    private static ulong Heads()
    {
        Bits bits = new();
        foreach ((int headDim, int heads, int keyHeads) in ((int, int, int)[])[(1, 2, 1), (8, 8, 4), (12, 3, 3), (16, 4, 1), (20, 6, 2), (64, 9, 3), (80, 2, 2), (128, 2, 1)])
        {
            Check(ref bits, headDim, heads, keyHeads, 1, 1 / MathF.Sqrt(headDim), 2e-6);
        }

        return bits.Hash;
    }

    private static ulong LargeScores()
    {
        // scores of some hundreds: without the subtraction of the maximum the exponentials would overflow; in float32 they are no
        // more exact than 1e-5, and so are the weights
        Bits bits = new();
        Check(ref bits, 32, 4, 2, 8, 1, 1e-4);
        return bits.Hash;
    }

    private static void Check(ref Bits bits, int headDim, int heads, int keyHeads, float size, float scale, double tolerance)
    {
        using Scene scene = new(headDim) { Scale = size };
        Value query = scene.Tokens((heads * headDim) + 3);
        Value key = scene.Tokens(keyHeads * headDim);
        Value value = scene.Tokens(keyHeads * headDim);
        Value output = scene.Tokens((heads * headDim) + 17);
        CacheLayer first = scene.Cache(1, 4);
        CacheLayer cache = scene.Cache(keyHeads, headDim);
        _ = first;
        scene.Sequence(70);
        scene.Sequence(1);
        scene.Sequence(13);
        scene.Sequence(130);
        scene.Fill();
        scene.Run(k =>
        {
            k.StoreKeyValues(key, value, cache);
            k.Attention(query.Columns(3, heads * headDim), cache, scale, output.Columns(1, heads * headDim));
        });
        scene.Compare(ref bits, output, tolerance, $"{heads} heads over {keyHeads} of {headDim}");
    }
}
