using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary>
/// <c>generate.json</c>: greedy token ids, with the cache and without. <c>models/</c> has one prompt a case, <c>trained/</c> has padded batches,
/// texts, scores, and arguments that are refused.
/// </summary>
internal static class GenerateChecks
{
    /// <summary>Runs all cases.</summary>
    public static void Run(CausalLanguageModel model, string path, Checks checks)
    {
        using JsonDocument document = Expected.Read(path);
        JsonElement root = document.RootElement;
        int number = 0;
        foreach (JsonElement test in (root.ValueKind == JsonValueKind.Array ? root : root.GetProperty("cases")).EnumerateArray())
        {
            string check = string.Create(CultureInfo.InvariantCulture, $"generate.{number++}");
            checks.Guard(check, () => new Case(model, test, check, checks).Run());
        }
    }

    private sealed class Case(CausalLanguageModel model, JsonElement test, string check, Checks checks)
    {
        private readonly GenerationOptions defaults = model.Description.GenerationDefaults;
        private readonly GenerateArguments arguments = new(test.GetProperty("kwargs"));
        private readonly List<int[]> prompts = ReadPrompts(test, out _);
        private readonly int width = Width(test);

        public void Run()
        {
            GenerationOptions options = arguments.ToOptions(defaults);
            if (prompts.Exists(p => p.Length < width) && arguments.SeesPadding)
            {
                throw new NotCheckedException("these arguments count the padding in front");
            }

            if (test.Find("error") is { } error)
            {
                ExpectError(options, error);
                return;
            }

            int[][] expected = ReadRows(test.GetProperty("output_ids"));
            if (expected.Length != prompts.Count)
            {
                throw new NotCheckedException($"{expected.Length} results for {prompts.Count} prompts");
            }

            List<int[]> found = prompts.ConvertAll(p => Greedy.Cached(model, p, options));
            string? complaint = null;
            for (int i = 0; i < found.Count; i++)
            {
                complaint ??= Difference(expected[i].AsSpan(width), found[i].AsSpan(prompts[i].Length), found.Count > 1 ? $"row {i}, " : "");
            }

            checks.Expect(check, complaint, $"{found.Sum(static f => f.Length) - prompts.Sum(static p => p.Length)} tokens");
            bool plain = arguments.IsPlain(defaults);
            if (plain && !arguments.HasStopStrings && prompts.Count == 1)
            {
                checks.Guard(check + ".uncached", () => Uncached(options, found[0], expected[0]));
            }

            if (plain && test.Find("transition_scores") is { } scores)
            {
                checks.Guard(check + ".scores", () => Scores(scores, found));
            }

            if (test.Find("text") is { } texts && model is TextGenerationModel textModel)
            {
                checks.Guard(check + ".text", () => Text(texts, textModel, options, expected));
            }
        }

        private static List<int[]> ReadPrompts(JsonElement test, out int width)
        {
            int[][] rows = ReadRows(test.GetProperty("input_ids"));
            width = rows[0].Length;
            if (test.Find("attention_mask") is not { } given)
            {
                return rows.ToList();
            }

            int[][] masks = ReadRows(given);
            return rows.Select((row, r) => row.Where((_, i) => masks[r][i] != 0).ToArray()).ToList();
        }

        private static int Width(JsonElement test)
        {
            ReadPrompts(test, out int width);
            return width;
        }

        private static int[][] ReadRows(JsonElement ids) =>
            ids.GetArrayLength() > 0 && ids[0].ValueKind == JsonValueKind.Array ? ids.EnumerateArray().Select(static r => r.Ids()).ToArray() : [ids.Ids()];

        private void ExpectError(GenerationOptions options, JsonElement error)
        {
            string? complaint = "the reference refuses this: " + error.GetRawText();
            try
            {
                prompts.ForEach(p => Greedy.Cached(model, p, options));
            }
            catch (ArgumentException e)
            {
                complaint = null;
                checks.Pass(check, "refused: " + e.GetType().Name);
            }

            if (complaint is not null)
            {
                checks.Fail(check, complaint);
            }
        }

        // a row that ended before the others is filled up, with the first stop token where no padding token is known
        private string? Difference(ReadOnlySpan<int> expected, ReadOnlySpan<int> found, string where)
        {
            if (expected.Length > found.Length && expected.StartsWith(found) && expected[found.Length..].IndexOfAnyExcept(expected[^1]) < 0 && prompts.Count > 1)
            {
                int fill = expected[^1];
                return arguments.PadTokenId is { } pad && pad != fill ? $"{where}ended after {found.Length} of {expected.Length} tokens" : null;
            }

            return Expected.Difference(expected, found) is { } difference ? where + difference : null;
        }

        private void Uncached(GenerationOptions options, int[] cached, int[] expected)
        {
            int[] given = test.Find("output_ids_without_kv_cache") is { } other ? ReadRows(other)[0] : expected;
            int[] found = Greedy.Uncached(model, prompts[0], Math.Max(given.Length, cached.Length), options.EosTokenIds ?? defaults.EosTokenIds ?? []);
            checks.Expect(check + ".uncached", Expected.Difference(given.AsSpan(prompts[0].Length), found.AsSpan(prompts[0].Length)), $"{found.Length - prompts[0].Length} tokens");
        }

        private void Scores(JsonElement scores, List<int[]> found)
        {
            double worst = 0;
            for (int r = 0; r < found.Count; r++)
            {
                JsonElement row = scores[0].ValueKind == JsonValueKind.Array ? scores[r] : scores;
                ForwardResult result = model.Forward(found[r]);
                for (int i = prompts[r].Length; i < found[r].Length; i++)
                {
                    JsonElement score = row[i - prompts[r].Length];
                    if (score.ValueKind == JsonValueKind.Number)
                    {
                        double expected = score.GetDouble();
                        double error = Math.Abs(Greedy.LogProbability(result.LogitsOf(i - 1), found[r][i]) - expected) / Math.Max(1, Math.Abs(expected));
                        worst = double.IsNaN(error) ? double.PositiveInfinity : Math.Max(worst, error);
                    }
                }
            }

            checks.Within(check + ".scores", worst, LogProbabilityChecks.Tolerance);
        }

        private void Text(JsonElement texts, TextGenerationModel textModel, GenerationOptions options, int[][] expected)
        {
            Tokenizer tokenizer = textModel.Tokenizer;
            string? complaint = null;
            int row = 0;
            foreach (JsonElement text in texts.EnumerateArray())
            {
                complaint ??= Expected.Difference(text.GetString()!, tokenizer.Decode(expected[row++], skipSpecialTokens: true));
            }

            // a stop token that is not special has text, which the reference keeps and a stream does not
            if (test.Find("prompt") is { ValueKind: JsonValueKind.String } prompt && prompts.Count == 1 && options.EosTokenIds is null)
            {
                complaint ??= Expected.Difference(prompts[0], tokenizer.Encode(prompt.GetString()!)) is { } difference ? "prompt, " + difference : null;
                using TextSession session = textModel.CreateSession(Greedy.SessionLength(model.Description, prompts[0].Length, options));
                string streamed = session.Generate(prompt.GetString(), options).ReadToEnd();
                string before = tokenizer.Decode(prompts[0], skipSpecialTokens: true);
                complaint ??= Expected.Difference(texts[0].GetString()!, before + streamed) is { } other ? "streamed, " + other : null;
            }

            checks.Expect(check + ".text", complaint, "prompt to ids, ids to text, text streamed");
        }
    }
}
