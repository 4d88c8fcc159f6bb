using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary>The keyword arguments of a call of <c>generate</c>, as Kiln's options.</summary>
internal sealed class GenerateArguments
{
    // where transformers stops if neither a call nor the checkpoint says when
    private const int DefaultNewTokens = 20;

    // about how the reference computes, or what it puts behind the end
    private static readonly string[] NoEffect = ["do_sample", "use_cache", "pad_token_id"];

    private static readonly string[] Known =
    [
        "max_new_tokens", "max_length", "min_new_tokens", "min_length", "repetition_penalty", "no_repeat_ngram_size", "eos_token_id", "stop_strings",
        "temperature", "top_k", "top_p", "min_p",
    ];

    // 1 means off
    private static readonly string[] Counts = ["num_beams", "num_return_sequences"];

    private readonly Dictionary<string, JsonElement> given = new(StringComparer.Ordinal);

    /// <summary>Takes a JSON object of arguments.</summary>
    public GenerateArguments(JsonElement arguments)
    {
        foreach (JsonProperty argument in arguments.EnumerateObject())
        {
            given[argument.Name] = argument.Value;
        }
    }

    /// <summary>Whether the logits decide alone: nothing changes them before the likeliest token is taken.</summary>
    public bool IsPlain(GenerationOptions defaults) =>
        !given.Keys.Any(static n => n is "repetition_penalty" or "no_repeat_ngram_size" or "min_length" or "min_new_tokens")
        && (defaults.RepetitionPenalty ?? 1f) == 1f && (defaults.NoRepeatNgramSize ?? 0) == 0 && (defaults.MinLength ?? 0) == 0 && (defaults.MinNewTokens ?? 0) == 0;

    /// <summary>Whether lengths count the whole sequence, or earlier tokens matter: then padding in front changes what they mean.</summary>
    public bool SeesPadding => given.Keys.Any(static n => n is "max_length" or "min_length" or "repetition_penalty" or "no_repeat_ngram_size");

    /// <summary>Whether there are stop strings.</summary>
    public bool HasStopStrings => given.ContainsKey("stop_strings");

    /// <summary>What fills up a row that ended before the others, or null if no argument says.</summary>
    public int? PadTokenId => Int("pad_token_id");

    /// <summary>Removes an argument and gives its value.</summary>
    public JsonElement? Take(string name) => given.Remove(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Adds an argument.</summary>
    public void Put(string name, JsonElement value) => given[name] = value;

    /// <summary>Whether there is such an argument.</summary>
    public bool Has(string name) => given.ContainsKey(name);

    /// <summary>What of the arguments is not Kiln's; empty if all are.</summary>
    public string Unknown => string.Join(", ", given.Keys.Except(Known).Except(NoEffect).Except(Counts.Where(c => Int(c) is 1)).Order(StringComparer.Ordinal));

    /// <summary>Gives the options.</summary>
    /// <param name="defaults">The checkpoint's.</param>
    /// <param name="drawing">Whether tokens may be drawn at random.</param>
    /// <exception cref="NotCheckedException">An argument is not one of Kiln's.</exception>
    public GenerationOptions ToOptions(GenerationOptions defaults, bool drawing = false)
    {
        bool sample = given.TryGetValue("do_sample", out JsonElement value) ? value.GetBoolean() : defaults.DoSample ?? false;
        if (sample && !drawing)
        {
            throw new NotCheckedException("do_sample: random numbers are not the reference's");
        }

        if (Unknown is { Length: > 0 } names)
        {
            throw new NotCheckedException("Kiln has no " + names);
        }

        bool hasLength = given.ContainsKey("max_length") || defaults.MaxLength is not null || defaults.MaxNewTokens is not null;
        return new GenerationOptions
        {
            DoSample = sample,
            Temperature = Single("temperature"),
            TopK = Int("top_k"),
            TopP = Single("top_p"),
            MinP = Single("min_p"),
            MaxNewTokens = Int("max_new_tokens") ?? (hasLength ? null : DefaultNewTokens),
            MaxLength = Int("max_length"),
            MinNewTokens = Int("min_new_tokens"),
            MinLength = Int("min_length"),
            RepetitionPenalty = Single("repetition_penalty"),
            NoRepeatNgramSize = Int("no_repeat_ngram_size"),
            EosTokenIds = given.TryGetValue("eos_token_id", out JsonElement eos) ? Several(eos, static i => i.GetInt32()) : null,
            StopStrings = given.TryGetValue("stop_strings", out JsonElement stops) ? Several(stops, static s => s.GetString()!) : null,
            IncludeStopString = true,
        };
    }

    private int? Int(string name) => given.TryGetValue(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

    private float? Single(string name) => given.TryGetValue(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetSingle() : null;

    private static T[] Several<T>(JsonElement value, Func<JsonElement, T> read) => value.ValueKind switch
    {
        JsonValueKind.Null => [],
        JsonValueKind.Array => value.EnumerateArray().Select(read).ToArray(),
        _ => [read(value)],
    };
}
