using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary><c>warpers.json.gz</c>: which tokens the processors leave of given logits, and with which scores.</summary>
internal static class WarperChecks
{
    /// <summary>Runs all cases whose arguments are Kiln's, in one check; another line counts the rest.</summary>
    public static void Run(CausalLanguageModel model, string path, Checks checks)
    {
        using JsonDocument document = Expected.Read(path);
        JsonElement contexts = document.RootElement.GetProperty("contexts");
        GenerationOptions defaults = model.Description.GenerationDefaults;
        var sampler = new Sampler(model.Description.VocabularySize);
        var missing = new SortedSet<string>(StringComparer.Ordinal);
        int left = 0;
        string? complaint = null;
        double worst = 0;
        int count = 0;
        foreach (JsonElement test in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            var arguments = new GenerateArguments(test.GetProperty("kwargs"));
            if (arguments.Unknown is { Length: > 0 } unknown)
            {
                missing.UnionWith(unknown.Split(", "));
                left++;
                continue;
            }

            JsonElement context = contexts[test.GetProperty("context").GetInt32()];
            float[] logits = Numbers(context.GetProperty("logits"));
            sampler.Start(arguments.ToOptions(defaults, drawing: true), defaults, context.GetProperty("prompt_length").GetInt32());
            sampler.Process(logits, context.GetProperty("input_ids").Ids());
            complaint ??= Difference(test, sampler, logits.Length, ref worst) is { } difference
                ? $"{test.GetProperty("kwargs").GetRawText()}: {difference}"
                : null;
            count++;
        }

        if (left > 0)
        {
            checks.Unsupported("warpers.rest", $"{left} cases, Kiln has none of these: " + Expected.List(missing));
        }

        checks.Expect("warpers.kept", complaint, $"{count} cases");
        checks.Within("warpers.scores", worst, LogProbabilityChecks.Tolerance);
    }

    private static string? Difference(JsonElement test, Sampler sampler, int vocabularySize, ref double worst)
    {
        int[] all = Enumerable.Range(0, vocabularySize).ToArray();
        JsonElement kept = test.GetProperty("kept");
        int[] expected = kept.ValueKind == JsonValueKind.String ? all : kept.Ids();
        float[] scores = sampler.Scores.ToArray();

        // the likeliest token is looked for in all scores, drawing is among the candidates
        bool drawn = test.GetProperty("kwargs").Find("do_sample")?.GetBoolean() ?? false;
        int[] found = drawn ? sampler.Candidates.ToArray().Order().ToArray() : all.Where(i => !float.IsNegativeInfinity(scores[i])).ToArray();
        if (!expected.SequenceEqual(found))
        {
            return $"expected {expected.Length} tokens, found {found.Length}, or others";
        }

        float[] processed = Numbers(test.GetProperty("processed"));
        for (int i = 0; i < found.Length; i++)
        {
            double error = Math.Abs(scores[found[i]] - processed[i]) / Math.Max(1, Math.Abs(processed[i]));
            worst = double.IsNaN(error) ? double.PositiveInfinity : Math.Max(worst, error);
        }

        return null;
    }

    private static float[] Numbers(JsonElement array) => array.EnumerateArray().Select(static n => n.GetSingle()).ToArray();
}
