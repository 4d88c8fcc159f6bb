using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary>Logits and hidden states of a forward pass, row by row, against the reference's.</summary>
internal static class ForwardChecks
{
    private const string HiddenState = "hidden_states.";

    /// <summary>Runs a case: a check for each output, and one for the same bits in chunks.</summary>
    public static void Run(string name, CausalLanguageModel model, ForwardCase expected, Checks checks)
    {
        List<ForwardResult> results = expected.Rows.ConvertAll(r => model.Forward(r.Ids));
        foreach (string output in expected.Outputs)
        {
            string check = name + "." + output;
            checks.Guard(check, () => Compare(check, output, model.Description, expected, results, checks));
        }

        checks.Guard(name + ".chunked", () => ExactChecks.Chunked(name + ".chunked", model, expected.Rows, results, checks));
    }

    private static void Compare(
        string check, string output, ModelDescription model, ForwardCase expected, List<ForwardResult> results, Checks checks)
    {
        int layer = LayerOf(output, model, expected);
        int width = layer < 0 ? model.VocabularySize : model.HiddenSize;
        ReadOnlySpan<long> ids = expected.File.Shape("input_ids");
        ReadOnlySpan<long> shape = expected.File.Shape(output);
        if (!shape.SequenceEqual([ids[0], ids[1], width]))
        {
            checks.Fail(check, $"expected [{string.Join(", ", shape.ToArray())}], found [{ids[0]}, {ids[1]}, {width}]");
            return;
        }

        double[] values = expected.File.Numbers(output);
        double error = 0;
        for (int r = 0; r < results.Count; r++)
        {
            int[] places = expected.Rows[r].Places;
            for (int i = 0; i < places.Length; i++)
            {
                ReadOnlySpan<float> found = layer < 0 ? results[r].LogitsOf(i) : results[r].HiddenState(layer, i);
                error = Math.Max(error, Error(values.AsSpan(places[i] * width, width), found));
            }
        }

        checks.Within(check, error, expected.Tolerance(output, values));
    }

    private static double Error(ReadOnlySpan<double> expected, ReadOnlySpan<float> found)
    {
        double error = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs(expected[i] - found[i]);

            // a comparison with NaN would be false, and the error forgotten
            error = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(error, difference);
        }

        return error;
    }

    // -1: logits
    private static int LayerOf(string output, ModelDescription model, ForwardCase expected)
    {
        if (output == "logits")
        {
            return -1;
        }

        if (!output.StartsWith(HiddenState, StringComparison.Ordinal)
            || !int.TryParse(output.AsSpan(HiddenState.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            || layer > model.NumHiddenLayers)
        {
            throw new NotCheckedException("Kiln gives no such output, or the reference takes such an input");
        }

        string? normed = expected.Facts.RootElement.Find("hidden_states")?.Find("last_hidden_state_is")?.GetString();
        return layer < model.NumHiddenLayers || normed is null || normed == output
            ? layer
            : throw new NotCheckedException("Kiln gives the last hidden state after the final norm, here it is before");
    }
}
