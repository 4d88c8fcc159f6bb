using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary>A tokenizer without a model: <c>expected.json.gz</c> in its folder.</summary>
internal static class TokenizerChecks
{
    /// <summary>Runs all cases, in one check a kind.</summary>
    public static void Run(string folder, Tokenizer tokenizer, bool olderFiles, Checks checks)
    {
        string path = Path.Combine(folder, "expected.json.gz");
        if (!File.Exists(path))
        {
            checks.Pass("load", $"{tokenizer.VocabularySize} tokens");
            return;
        }

        using JsonDocument document = Expected.Read(path);
        JsonElement expected = document.RootElement;
        string? texts = Path.Combine(folder, "..", "texts.json");
        using JsonDocument? shared = File.Exists(texts) ? Expected.Read(texts) : null;
        bool fromFile = expected.Find("info")?.Find("source")?.GetString() == "Tokenizer.from_file";
        using var encodings = new EncodingChecks(tokenizer, shared, fromFile);
        var missing = new List<string>();
        checks.Guard("encode", () => Encode(expected, encodings, missing, checks));
        if (!olderFiles)
        {
            checks.Guard("vocabulary", () => Vocabulary(expected, tokenizer, checks));
            checks.Guard("batch", () => Batch(expected, encodings, checks));
            checks.Guard("decode", () => Decode(expected, tokenizer, missing, checks));
            checks.Guard("stream", () => Stream(expected, tokenizer, checks));
        }

        if (missing.Count > 0)
        {
            checks.Unsupported("rest", "Kiln has none of these yet: " + Expected.List(missing));
        }
    }

    private static void Vocabulary(JsonElement expected, Tokenizer tokenizer, Checks checks)
    {
        string? complaint = expected.Find("vocab_size")?.GetInt32() is { } size && size != tokenizer.VocabularySize
            ? $"expected {size} tokens, found {tokenizer.VocabularySize}"
            : null;
        int count = 0;
        foreach (JsonProperty token in expected.Find("token_to_id")?.EnumerateObject() ?? default)
        {
            int? id = token.Value.ValueKind == JsonValueKind.Number ? token.Value.GetInt32() : null;
            int? found = tokenizer.TokenToId(token.Name);
            complaint ??= found == id ? null : $"{Expected.Quote(token.Name)}: expected {id}, found {found}";
            count++;
        }

        checks.Expect("vocabulary", complaint, $"{count} cases");
    }

    private static void Encode(JsonElement expected, EncodingChecks encodings, List<string> missing, Checks checks)
    {
        var tally = new Tally();
        int other = 0;
        foreach (JsonElement test in expected.GetProperty("encode").EnumerateArray())
        {
            if (test.Find("as_target") is not null)
            {
                other++;
                continue;
            }

            tally.Add(encodings.Encoding(test), Input(test));
        }

        if (other > 0)
        {
            missing.Add($"{other} encodings of target texts");
        }

        checks.Expect("encode", tally.Complaint, tally.Figure);
    }

    private static void Batch(JsonElement expected, EncodingChecks encodings, Checks checks)
    {
        var tally = new Tally();
        foreach (JsonElement test in expected.Find("batch")?.EnumerateArray() ?? default)
        {
            tally.Add(encodings.Batch(test), Input(test));
        }

        checks.Expect("batch", tally.Complaint, tally.Figure);
    }

    /// <summary>What a case asks for: what stands before its results.</summary>
    private static string Input(JsonElement test)
    {
        string text = test.GetRawText();
        int end = text.IndexOf("ids\":", System.StringComparison.Ordinal);
        return text[..System.Math.Min(end < 0 ? text.Length : end, 160)];
    }

    private static void Decode(JsonElement expected, Tokenizer tokenizer, List<string> missing, Checks checks)
    {
        var tally = new Tally();
        int other = 0;
        foreach (JsonElement test in expected.GetProperty("decode").EnumerateArray())
        {
            // without raw_text the clean-up of the layer above changed nothing
            string? text = (test.Find("raw_text") ?? test.Find("text"))?.GetString();
            if (text is null || test.Find("decode_with_timestamps") is not null || test.Find("group_tokens") is not null || test.Find("use_source_tokenizer") is not null)
            {
                other++;
                continue;
            }

            int[] ids = test.GetProperty("ids").Ids();
            tally.Add(Expected.Difference(text, tokenizer.Decode(ids, test.Find("skip_special_tokens")?.GetBoolean() ?? false)), string.Join(' ', ids));
        }

        if (other > 0)
        {
            missing.Add($"{other} decodings of a family's own kind");
        }

        checks.Expect("decode", tally.Complaint, tally.Figure);
    }

    private static void Stream(JsonElement expected, Tokenizer tokenizer, Checks checks)
    {
        var tally = new Tally();
        foreach (JsonElement test in expected.GetProperty("stream").EnumerateArray())
        {
            TokenDecoder decoder = tokenizer.CreateDecoder(test.Find("skip_special_tokens")?.GetBoolean() ?? false);
            int[] ids = test.GetProperty("ids").Ids();
            string? complaint = null;
            int place = 0;
            foreach (JsonElement chunk in test.GetProperty("chunks").EnumerateArray())
            {
                string found = Encoding.UTF8.GetString(decoder.Add(ids[place++]));

                // where the reference fails, any text will do
                complaint ??= chunk.ValueKind == JsonValueKind.Object ? null : Expected.Difference(chunk.GetString() ?? "", found);
            }

            tally.Add(complaint, string.Join(' ', ids));
        }

        checks.Expect("stream", tally.Complaint, tally.Figure);
    }
}
