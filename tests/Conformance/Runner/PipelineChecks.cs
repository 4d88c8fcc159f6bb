using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary><c>pipeline.json</c> of text generation: prompt text in, text out, as far as the arguments are Kiln's.</summary>
internal static class PipelineChecks
{
    private const int DefaultNewTokens = 256;

    // no part of the result
    private static readonly string[] NoEffect = ["return_text", "return_dict_in_generate", "output_scores", "batch_size", "num_workers", "clean_up_tokenization_spaces", "tokenizer"];

    private static readonly string[] CleanedUp = [" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're"];

    /// <summary>Runs all cases.</summary>
    public static void Run(CausalLanguageModel model, string path, Checks checks)
    {
        if (model is not TextGenerationModel text)
        {
            throw new NotCheckedException("the model was compiled without a tokenizer");
        }

        using JsonDocument document = Expected.Read(path);
        int number = 0;
        foreach (JsonElement test in document.RootElement.EnumerateArray())
        {
            string check = string.Create(CultureInfo.InvariantCulture, $"pipeline.{number++}");
            checks.Guard(check, () => Run(text, test, check, checks));
        }
    }

    private static void Run(TextGenerationModel model, JsonElement test, string check, Checks checks)
    {
        if (test.GetProperty("task").GetString() is not "text-generation")
        {
            throw new NotCheckedException("Kiln has no task " + test.GetProperty("task").GetString());
        }

        if (test.Find("error") is not null)
        {
            throw new NotCheckedException("the pipeline's own check of its arguments");
        }

        JsonElement inputs = test.GetProperty("inputs");
        string[] prompts = inputs.ValueKind switch
        {
            JsonValueKind.String => [inputs.GetString()!],
            JsonValueKind.Array when inputs.EnumerateArray().All(static i => i.ValueKind == JsonValueKind.String) =>
                inputs.EnumerateArray().Select(static i => i.GetString()!).ToArray(),
            _ => throw new NotCheckedException("Kiln has no chat templates yet"),
        };
        if (prompts.Contains(""))
        {
            throw new NotCheckedException("an empty prompt is refused");
        }

        var call = new Call(model, test);
        string[] expected = test.GetProperty("output").EnumerateArray().SelectMany(Texts).ToArray();
        if (expected.Length != prompts.Length)
        {
            throw new NotCheckedException($"{expected.Length} results for {prompts.Length} prompts");
        }

        string? complaint = null;
        for (int i = 0; i < prompts.Length; i++)
        {
            complaint ??= Expected.Difference(expected[i], call.Run(prompts[i]));
        }

        checks.Expect(check, complaint, $"{expected.Sum(static e => e.Length)} characters");
    }

    private static IEnumerable<string> Texts(JsonElement output) => output.ValueKind == JsonValueKind.Array
        ? output.EnumerateArray().SelectMany(Texts)
        : [output.Find("generated_text")?.GetString() ?? throw new NotCheckedException("Kiln's pipeline gives text only")];

    /// <summary>The arguments of the pipeline and of its call, in Kiln's terms.</summary>
    private sealed class Call
    {
        private readonly TextGenerationModel model;
        private readonly GenerationOptions options;
        private readonly bool fullText;
        private readonly bool skipSpecialTokens;
        private readonly bool addSpecialTokens;
        private readonly bool cleanUp;
        private readonly int promptLimit;

        public Call(TextGenerationModel model, JsonElement test)
        {
            this.model = model;
            var arguments = new GenerateArguments(test.GetProperty("pipeline_kwargs"));
            bool ownLimit = model.Description.GenerationDefaults.MaxLength is not null || arguments.Has("max_length");
            JsonElement call = test.GetProperty("call_kwargs");
            foreach (JsonProperty argument in call.EnumerateObject())
            {
                arguments.Put(argument.Name, argument.Value);
            }

            fullText = arguments.Take("return_full_text")?.GetBoolean() ?? true;
            skipSpecialTokens = arguments.Take("skip_special_tokens")?.GetBoolean() ?? true;
            addSpecialTokens = arguments.Take("add_special_tokens")?.GetBoolean() ?? true;
            cleanUp = !(call.Find("clean_up_tokenization_spaces") is { ValueKind: JsonValueKind.False });
            string? stop = arguments.Take("stop_sequence")?.GetString();
            if (!arguments.Has("do_sample"))
            {
                throw new NotCheckedException("do_sample: random numbers are not the reference's");
            }

            foreach (string name in NoEffect)
            {
                arguments.Take(name);
            }

            // a length in the call also cuts the prompt, and otherwise loses against the pipeline's own default
            promptLimit = call.Find("max_length")?.GetInt32() ?? int.MaxValue;
            if (!arguments.Has("max_new_tokens") && !ownLimit)
            {
                arguments.Take("max_length");
                using JsonDocument number = JsonDocument.Parse(DefaultNewTokens.ToString(CultureInfo.InvariantCulture));
                arguments.Put("max_new_tokens", number.RootElement.Clone());
            }

            if (stop is not null)
            {
                using JsonDocument ids = JsonDocument.Parse("[" + string.Join(',', model.Tokenizer.Encode(stop, addSpecialTokens: false)) + "]");
                arguments.Put("eos_token_id", ids.RootElement.Clone());
            }

            options = arguments.ToOptions(model.Description.GenerationDefaults);
        }

        public string Run(string prompt)
        {
            Tokenizer tokenizer = model.Tokenizer;
            int[] ids = tokenizer.Encode(prompt, addSpecialTokens);
            if (ids.Length > promptLimit)
            {
                throw new NotCheckedException("max_length cuts the prompt");
            }

            int[] sequence = Greedy.Cached(model, ids, options);
            string before = tokenizer.Decode(ids, skipSpecialTokens);
            string all = tokenizer.Decode(sequence, skipSpecialTokens);
            if (cleanUp && Array.Exists(CleanedUp, p => all.Contains(p, StringComparison.Ordinal)))
            {
                throw new NotCheckedException("Kiln has no clean_up_tokenization_spaces");
            }

            return (fullText ? prompt : "") + all[before.Length..];
        }
    }
}
