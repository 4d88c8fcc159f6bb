using System;
using System.Globalization;
using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary><c>logprobs.json</c>: the log-probability of each token behind those before it, and their mean.</summary>
internal static class LogProbabilityChecks
{
    /// <summary>Floats of trained models: absolute, relative above 1 (trained/FACTS.md).</summary>
    public const double Tolerance = 1e-4;

    /// <summary>Runs all cases.</summary>
    public static void Run(CausalLanguageModel model, string path, Checks checks)
    {
        using JsonDocument document = Expected.Read(path);
        int number = 0;
        foreach (JsonElement test in document.RootElement.EnumerateArray())
        {
            string check = string.Create(CultureInfo.InvariantCulture, $"logprobs.{number++}");
            checks.Guard(check, () => Run(model, test, check, checks));
        }
    }

    private static void Run(CausalLanguageModel model, JsonElement test, string check, Checks checks)
    {
        int[] ids = test.GetProperty("input_ids").Ids();
        JsonElement expected = test.GetProperty("token_logprobs");
        if (expected.GetArrayLength() != ids.Length - 1)
        {
            throw new NotCheckedException($"{expected.GetArrayLength()} probabilities for {ids.Length} tokens are not those of a causal model");
        }

        ForwardResult result = model.Forward(ids);
        double sum = 0;
        double worst = 0;
        for (int i = 1; i < ids.Length; i++)
        {
            double found = Greedy.LogProbability(result.LogitsOf(i - 1), ids[i]);
            sum -= found;
            worst = Math.Max(worst, Error(expected[i - 1].GetDouble(), found));
        }

        // the mean of nothing is 0 in the file
        worst = Math.Max(worst, Error(test.GetProperty("mean_nll").GetDouble(), sum / Math.Max(1, ids.Length - 1)));
        checks.Within(check, worst, Tolerance);
        if (ModelChecks.TokenizerOf(model) is { } tokenizer && test.Find("text") is { } text)
        {
            checks.Expect(check + ".ids", Expected.Difference(ids, tokenizer.Encode(text.GetString()!)), $"{ids.Length} tokens");
        }
    }

    private static double Error(double expected, double found)
    {
        double error = Math.Abs(found - expected) / Math.Max(1, Math.Abs(expected));
        return double.IsNaN(error) ? double.PositiveInfinity : error;
    }
}
