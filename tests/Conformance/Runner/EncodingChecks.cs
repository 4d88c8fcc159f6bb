using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary>The encodings and batches of a tokenizer: every list that the reference gives.</summary>
internal sealed class EncodingChecks(Tokenizer tokenizer, JsonDocument? texts, bool fromFile) : IDisposable
{
    private readonly TokenEncoding encoding = new();
    private readonly TokenBatch batch = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        encoding.Dispose();
        batch.Dispose();
    }

    /// <summary>One text, a pair, or lists of words; from UTF-16 and from UTF-8.</summary>
    /// <param name="test">The case.</param>
    /// <returns>What is wrong, or null.</returns>
    public string? Encoding(JsonElement test)
    {
        EncodingOptions options = Options(test);
        string? complaint = null;
        try
        {
            foreach (bool utf8 in (bool[])[false, true])
            {
                options.OffsetUnit = utf8 ? OffsetUnit.CodePoint : OffsetUnit.Utf16;
                Encode(test, options, utf8);
                complaint ??= Compare(test, encoding, utf8 ? "offsets" : "offsets_utf16");
                complaint ??= Overflow(test, encoding, utf8 ? "offsets" : "offsets_utf16");
            }

            if (complaint is null && !fromFile && test.Find("words") is null && test.Find("pair") is null && test.Find("split_special_tokens") is null)
            {
                complaint = Expected.Difference(test.GetProperty("ids").Ids(), tokenizer.Encode(Text(test.GetProperty("text")), options.AddSpecialTokens));
            }
        }
        catch (ArgumentException e)
        {
            return test.Find("error") is null ? e.Message : null;
        }

        return test.Find("error") is null ? complaint : "expected an error, found none";
    }

    /// <summary>A batch.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? Batch(JsonElement test)
    {
        // an IndexError is a fault of the reference, not an answer
        string? error = test.Find("error")?.GetString();
        if (error is not null && error.StartsWith("IndexError", StringComparison.Ordinal))
        {
            return null;
        }

        EncodingOptions options = Options(test);
        string[] first = [.. test.GetProperty("texts").EnumerateArray().Select(Text)];
        try
        {
            if (test.Find("pairs") is { } pairs)
            {
                tokenizer.EncodeBatch(first, [.. pairs.EnumerateArray().Select(Text)], batch, options);
            }
            else
            {
                tokenizer.EncodeBatch(first, batch, options);
            }
        }
        catch (ArgumentException e)
        {
            return error is null ? e.Message : null;
        }

        if (error is not null)
        {
            return "expected an error, found none";
        }

        if (test.Find("encodings") is { } encodings)
        {
            int sample = 0;
            int row = 0;
            foreach (JsonElement expected in encodings.EnumerateArray())
            {
                while (batch.OverflowToSampleMapping[row] != sample)
                {
                    row++;
                }

                if ((Compare(expected, batch[row], "offsets_utf16") ?? Overflow(expected, batch[row], "offsets_utf16")) is { } complaint)
                {
                    return $"sample {sample}: {complaint}";
                }

                sample++;
            }

            return null;
        }

        return Columns(test);
    }

    private string? Columns(JsonElement test)
    {
        bool overflows = test.Find("return_overflowing_tokens")?.GetBoolean() ?? false;
        int[] rows = [.. Enumerable.Range(0, batch.Count).Where(r => overflows || r == 0 || batch.OverflowToSampleMapping[r] != batch.OverflowToSampleMapping[r - 1])];
        JsonElement ids = test.GetProperty("input_ids");
        if (ids.GetArrayLength() != rows.Length)
        {
            return $"expected {ids.GetArrayLength()} rows, found {rows.Length}";
        }

        for (int i = 0; i < rows.Length; i++)
        {
            TokenEncoding row = batch[rows[i]];
            string? complaint = Difference("ids", ids[i], row.Ids)
                ?? Difference("attention_mask", test.Find("attention_mask")?[i], row.AttentionMask)
                ?? Difference("special_tokens_mask", test.Find("special_tokens_mask")?[i], row.SpecialTokensMask)
                ?? (HasOffsets(test) ? Difference("token_type_ids", test.Find("token_type_ids")?[i], row.TypeIds) : null)
                ?? Difference("offsets", test.Find("offset_mapping")?[i], row.Offsets);
            if (complaint is null && overflows && test.GetProperty("overflow_to_sample_mapping")[i].GetInt32() != batch.OverflowToSampleMapping[rows[i]])
            {
                complaint = "another sample";
            }

            if (complaint is not null)
            {
                return $"row {i}: {complaint}";
            }
        }

        return null;
    }

    // the python classes give type ids that are too short
    private static bool HasOffsets(JsonElement test) => test.Find("offset_mapping") is not null || test.Find("offsets") is not null;

    private static string? Overflow(JsonElement expected, TokenEncoding found, string offsets)
    {
        if (expected.Find("overflowing") is not { } windows)
        {
            return null;
        }

        if (windows.GetArrayLength() != found.OverflowCount)
        {
            return $"expected {windows.GetArrayLength()} windows, found {found.OverflowCount}";
        }

        for (int i = 0; i < found.OverflowCount; i++)
        {
            if (Compare(windows[i], found.Overflow(i), offsets) is { } complaint)
            {
                return $"window {i}: {complaint}";
            }
        }

        return null;
    }

    private static string? Compare(JsonElement expected, TokenEncoding found, string offsets)
    {
        if (expected.Find("ids") is not { } ids)
        {
            return null;
        }

        string? complaint = Difference("ids", ids, found.Ids)
            ?? Difference("attention_mask", expected.Find("attention_mask"), found.AttentionMask)
            ?? Difference("special_tokens_mask", expected.Find("special_tokens_mask"), found.SpecialTokensMask)
            ?? (HasOffsets(expected) ? Difference("type_ids", expected.Find("type_ids"), found.TypeIds) : null)
            ?? Difference("word_ids", expected.Find("word_ids"), found.WordIds)
            ?? Difference("sequence_ids", expected.Find("sequence_ids"), found.SequenceIds)
            ?? Difference(offsets, expected.Find(offsets), found.Offsets);
        if (complaint is null && expected.Find("tokens") is { } tokens)
        {
            int i = 0;
            foreach (JsonElement token in tokens.EnumerateArray())
            {
                complaint ??= Expected.Difference(token.GetString()!, found.Token(i)) is { } difference ? $"tokens {i}: {difference}" : null;
                i++;
            }
        }

        return complaint;
    }

    private static string? Difference(string what, JsonElement? expected, ReadOnlySpan<int> found)
    {
        if (expected is not { } list)
        {
            return null;
        }

        int[] numbers = [.. list.EnumerateArray().Select(static n => n.ValueKind == JsonValueKind.Null ? -1 : n.GetInt32())];
        return Expected.Difference(numbers, found) is { } difference ? $"{what}: {difference}" : null;
    }

    private static string? Difference(string what, JsonElement? expected, ReadOnlySpan<TextRange> found)
    {
        if (expected is not { } list)
        {
            return null;
        }

        var numbers = new List<int>();
        foreach (TextRange range in found)
        {
            numbers.Add(range.Start);
            numbers.Add(range.End);
        }

        int[] wanted = [.. list.EnumerateArray().SelectMany(static r => r.EnumerateArray()).Select(static n => n.GetInt32())];
        return Expected.Difference(wanted, numbers.ToArray()) is { } difference ? $"{what}: {difference}" : null;
    }

    private EncodingOptions Options(JsonElement test)
    {
        EncodingOptions options = (fromFile ? tokenizer.FileOptions : null) ?? new EncodingOptions();
        options.AddSpecialTokens = test.Find("add_special_tokens")?.GetBoolean() ?? true;
        options.SplitSpecialTokens = test.Find("split_special_tokens")?.GetBoolean() ?? false;
        if (test.Find("texts") is not null && !fromFile)
        {
            // the oracle's offset_mapping_utf16 of some overflowing windows was made with the other text of the pair
            options.OffsetUnit = OffsetUnit.CodePoint;
        }

        if (fromFile || test.Find("texts") is null)
        {
            return options;
        }

        options.Truncation = Choose(test, "truncation", TruncationStrategy.DoNotTruncate);
        options.Padding = Choose(test, "padding", PaddingStrategy.DoNotPad);
        options.MaxLength = test.Find("max_length")?.GetInt32();
        options.Stride = test.Find("stride")?.GetInt32() ?? 0;
        options.PadToMultipleOf = test.Find("pad_to_multiple_of")?.GetInt32() ?? 0;
        options.PaddingSide = test.Find("padding_side") is null ? null : Choose(test, "padding_side", TextSide.Right);
        options.TruncationSide = test.Find("truncation_side") is null ? null : Choose(test, "truncation_side", TextSide.Right);
        if (options.MaxLength is not null && test.Find("truncation") is null && test.Find("padding") is null)
        {
            // what the transformers call does with a length alone
            options.Truncation = TruncationStrategy.LongestFirst;
        }

        return options;
    }

    private static T Choose<T>(JsonElement test, string name, T otherwise)
        where T : struct, Enum => test.Find(name)?.GetString() is { } value
            ? Enum.Parse<T>(value.Replace("_", "", StringComparison.Ordinal), ignoreCase: true)
            : otherwise;

    private void Encode(JsonElement test, EncodingOptions options, bool utf8)
    {
        if (test.Find("words") is { } words)
        {
            string[] first = [.. words.EnumerateArray().Select(Text)];
            if (test.Find("pair_words") is { } others)
            {
                tokenizer.EncodeWords(first, [.. others.EnumerateArray().Select(Text)], encoding, options);
            }
            else
            {
                tokenizer.EncodeWords(first, encoding, options);
            }

            return;
        }

        string text = Text(test.GetProperty("text"));
        string? pair = test.Find("pair") is { } second ? Text(second) : null;
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        switch (utf8, pair)
        {
            case (true, null):
                tokenizer.Encode(bytes, encoding, options);
                break;
            case (true, not null):
                tokenizer.Encode(bytes, System.Text.Encoding.UTF8.GetBytes(pair), encoding, options);
                break;
            case (false, null):
                tokenizer.Encode(text, encoding, options);
                break;
            default:
                tokenizer.Encode(text, pair, encoding, options);
                break;
        }
    }

    private string Text(JsonElement text) => text.ValueKind == JsonValueKind.String
        ? text.GetString()!
        : texts?.RootElement[text.GetInt32()].GetString() ?? throw new NotCheckedException("texts.json is missing");
}
