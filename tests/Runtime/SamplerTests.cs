using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json;
using Kiln.Tests;
using Xunit;

namespace Kiln.Runtime.Tests;

public class SamplerTests
{
    private static readonly string[] Settings =
        ["do_sample", "temperature", "top_k", "top_p", "min_p", "repetition_penalty", "no_repeat_ngram_size", "min_length", "min_new_tokens", "max_new_tokens"];

    /// <summary>What transformers' processors and warpers leave of real logits.</summary>
    [Fact]
    public void Processors_and_warpers_keep_what_transformers_keeps()
    {
        string path = Path.Combine(Paths.Fixtures, "trained", "gpt2-stories", "expected", "warpers.json.gz");
        using GZipStream stream = new(File.OpenRead(path), CompressionMode.Decompress);
        using JsonDocument json = JsonDocument.Parse(stream);
        JsonElement contexts = json.RootElement.GetProperty("contexts");
        int cases = 0;
        foreach (JsonElement test in json.RootElement.GetProperty("cases").EnumerateArray())
        {
            JsonElement context = contexts[test.GetProperty("context").GetInt32()];
            float[] logits = Floats(context.GetProperty("logits"));
            int[] tokens = Ints(context.GetProperty("input_ids"));
            JsonElement k = test.GetProperty("kwargs");
            if (k.EnumerateObject().Any(setting => !Settings.Contains(setting.Name)))
            {
                continue;
            }

            bool sample = k.TryGetProperty("do_sample", out _);
            Sampler sampler = new(logits.Length);
            sampler.Start(
                new GenerationOptions
                {
                    DoSample = sample,
                    Temperature = Float(k, "temperature"),
                    TopK = Int(k, "top_k"),
                    TopP = Float(k, "top_p"),
                    MinP = Float(k, "min_p"),
                    RepetitionPenalty = Float(k, "repetition_penalty"),
                    NoRepeatNgramSize = Int(k, "no_repeat_ngram_size"),
                    MinLength = Int(k, "min_length"),
                    MinNewTokens = Int(k, "min_new_tokens"),
                    EosTokenIds = [449],
                },
                promptLength: context.GetProperty("prompt_length").GetInt32());
            sampler.Process(logits, tokens);

            float[] scores = sampler.Scores.ToArray();
            int[] kept = sample
                ? [.. sampler.Candidates.ToArray().Order()]
                : [.. Enumerable.Range(0, logits.Length).Where(i => !float.IsNegativeInfinity(scores[i]))];
            JsonElement expected = test.GetProperty("kept");
            int[] expectedIds = expected.ValueKind == JsonValueKind.String ? [.. Enumerable.Range(0, logits.Length)] : Ints(expected);
            Assert.True(expectedIds.SequenceEqual(kept), $"{k}: expected {string.Join(",", expectedIds)}, kept {string.Join(",", kept)}");
            float[] processed = Floats(test.GetProperty("processed"));
            for (int i = 0; i < kept.Length; i++)
            {
                Assert.Equal(processed[i], scores[kept[i]], Math.Max(1e-6f, Math.Abs(processed[i]) * 1e-6f));
            }

            cases++;
        }

        Assert.Equal(87, cases);
    }

    [Fact]
    public void The_lowest_of_equal_logits_wins()
    {
        Sampler sampler = new(40);
        sampler.Start(null);
        float[] logits = new float[40];
        Assert.Equal(0, sampler.Next(logits, []));
        logits[33] = logits[7] = logits[35] = 2;
        Assert.Equal(7, sampler.Next(logits, []));
        logits[39] = 3;
        Assert.Equal(39, sampler.Next(logits, []));
        logits[3] = float.NaN;
        Assert.Equal(39, sampler.Next(logits, []));
        Array.Fill(logits, float.NaN);
        Assert.Equal(0, sampler.Next(logits, []));
        Array.Fill(logits, float.NegativeInfinity);
        Assert.Equal(0, sampler.Next(logits, []));
        Assert.Throws<ArgumentException>(() => sampler.Next(new float[39], []));
    }

    [Fact]
    public void Draws_follow_the_probabilities()
    {
        // softmax of ln(1), ln(2), ln(5) at temperature 1; the rest is banned
        float[] logits = [0, float.NegativeInfinity, MathF.Log(2), MathF.Log(5), float.NaN];
        Sampler sampler = new(5);
        sampler.Start(new() { DoSample = true, TopK = 0, Seed = 3 });
        int[] counts = new int[5];
        for (int i = 0; i < 8000; i++)
        {
            counts[sampler.Next(logits, [])]++;
        }

        Assert.Equal(0, counts[1] + counts[4]);
        Assert.InRange(counts[0], 900, 1100);
        Assert.InRange(counts[2], 1850, 2150);
        Assert.InRange(counts[3], 4800, 5200);
    }

    [Fact]
    public void Top_k_keeps_ties_and_top_p_at_least_one()
    {
        float[] logits = [1, 3, 2, 2, 2, 0];
        Assert.Equal<int>([1, 2, 3, 4], Kept(logits, new() { DoSample = true, TopK = 2 }));
        Assert.Equal<int>([1], Kept(logits, new() { DoSample = true, TopP = 0 }));
        Assert.Equal<int>([1], Kept(logits, new() { DoSample = true, MinP = 1 }));
        Assert.Equal<int>([0, 1, 2, 3, 4, 5], Kept(logits, new() { DoSample = true, TopK = 0, TopP = 1, MinP = 0 }));
    }

    [Fact]
    public void Defaults_of_the_checkpoint_hold_where_options_are_open()
    {
        float[] logits = [1, 3, 2, 2, 2, 0];
        GenerationOptions defaults = new() { DoSample = true, TopK = 1, Temperature = 2 };
        Assert.Equal<int>([1], Kept(logits, new(), defaults));
        Assert.Equal<int>([1], Kept(logits, null, defaults));
        Assert.Equal<int>([1, 2, 3, 4], Kept(logits, new() { TopK = 2 }, defaults));
        Sampler sampler = new(6);
        sampler.Start(new() { TopK = 0 }, defaults);
        sampler.Process(logits, []);
        Assert.Equal(1.5f, sampler.Scores[1]);
    }

    [Fact]
    public void Random_numbers_are_those_of_xoshiro256_starstar()
    {
        // computed with an independent implementation (Python integers) of the authors' C code
        RandomSource random = new(42);
        ulong[] actual = [random.Next(), random.Next(), random.Next(), random.Next()];
        Assert.Equal(Expected, actual);
    }

    [Fact]
    public void The_portable_exponential_is_exact_to_the_last_places()
    {
        for (double x = 0; x > -700; x -= 0.37)
        {
            double exact = Math.Exp(x);
            Assert.InRange(PortableMath.Exp(x), exact * (1 - 5e-16), exact * (1 + 5e-16));
        }

        Assert.Equal(1, PortableMath.Exp(0));
        Assert.Equal(0, PortableMath.Exp(-1000));
        Assert.Equal(0, PortableMath.Exp(double.NegativeInfinity));
        Assert.Equal(0, PortableMath.Exp(double.NaN));
    }

    private static ulong[] Expected => [1546998764402558742, 6990951692964543102, 12544586762248559009, 17057574109182124193];

    private static int[] Kept(float[] logits, GenerationOptions? options, GenerationOptions? defaults = null)
    {
        Sampler sampler = new(logits.Length);
        sampler.Start(options, defaults);
        sampler.Process(logits, []);
        return [.. sampler.Candidates.ToArray().Order()];
    }

    private static float? Float(JsonElement e, string name) => e.TryGetProperty(name, out JsonElement v) ? v.GetSingle() : null;

    private static int? Int(JsonElement e, string name) => e.TryGetProperty(name, out JsonElement v) ? v.GetInt32() : null;

    private static float[] Floats(JsonElement e) => [.. e.EnumerateArray().Select(v => v.GetSingle())];

    private static int[] Ints(JsonElement e) => [.. e.EnumerateArray().Select(v => v.GetInt32())];
}
