using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace Kiln.Runtime.Tests.Tokenization;

/// <summary>The cases of a folder's <c>expected.json.gz</c>; the oracle's README says what they mean.</summary>
internal sealed class OracleCases
{
    private readonly List<string> failures = [];
    private readonly string[] texts;
    private readonly JsonElement expected;
    private readonly Tokenizer tokenizer;
    private readonly TokenEncoding encoding = new();

    public OracleCases(string folder, Tokenizer tokenizer)
    {
        this.tokenizer = tokenizer;
        texts = JsonSerializer.Deserialize<string[]>(File.ReadAllBytes(Path.Combine(folder, "..", "texts.json")))!;
        using var file = new GZipStream(File.OpenRead(Path.Combine(folder, "expected.json.gz")), CompressionMode.Decompress);
        expected = JsonDocument.Parse(file).RootElement;
    }

    /// <summary>How many cases were run.</summary>
    public int Count { get; private set; }

    /// <summary>What failed so far.</summary>
    public IReadOnlyList<string> Failures => failures;

    /// <summary>Runs all cases and returns what failed.</summary>
    public IReadOnlyList<string> Run()
    {
        RunInfo();
        RunEncode();
        RunEncodings();
        RunBatch();
        RunDecode();
        RunStream();
        return failures;
    }

    /// <summary>Ids alone, of single texts.</summary>
    public void RunEncode()
    {
        foreach (JsonElement test in expected.GetProperty("encode").EnumerateArray())
        {
            if (Has(test, "pair") || Has(test, "words") || Has(test, "pair_words") || Has(test, "split_special_tokens"))
            {
                continue;
            }

            string text = Text(test.GetProperty("text"));
            bool add = test.GetProperty("add_special_tokens").GetBoolean();
            int[] want = Ids(test);
            Check("encode", text, want, tokenizer.Encode(text, add));

            int[] ids = new int[want.Length];
            bool fits = tokenizer.TryEncode(Encoding.UTF8.GetBytes(text), ids, out int written, add);
            Check("encode UTF-8", text, want, fits && written == want.Length ? ids : []);
            Check("count", text, want.Length, tokenizer.CountTokens(text, add));
        }
    }

    /// <summary>Everything that an encoding has, in two units, from UTF-16 and from UTF-8.</summary>
    public void RunEncodings()
    {
        foreach (JsonElement test in expected.GetProperty("encode").EnumerateArray())
        {
            if (Has(test, "error") || Has(test, "as_target"))
            {
                continue;
            }

            var options = new EncodingOptions
            {
                AddSpecialTokens = test.GetProperty("add_special_tokens").GetBoolean(),
                SplitSpecialTokens = Has(test, "split_special_tokens"),
                OffsetUnit = OffsetUnit.Utf16,
            };
            string name = test.GetRawText()[..Math.Min(test.GetRawText().Length, 100)];
            Encode(test, options, utf8: false);
            CheckEncoding("encoding " + name, test, "offsets_utf16");
            options.OffsetUnit = OffsetUnit.CodePoint;
            Encode(test, options, utf8: true);
            CheckEncoding("encoding of UTF-8 " + name, test, "offsets");
        }
    }

    /// <summary>Batches with truncation, overflow and padding.</summary>
    public void RunBatch()
    {
        foreach (JsonElement test in expected.GetProperty("batch").EnumerateArray())
        {
            // an IndexError is a fault of the reference, not an answer
            if (Has(test, "encodings") || (Has(test, "error") && test.GetProperty("error").GetString()!.StartsWith("IndexError", StringComparison.Ordinal)))
            {
                continue;
            }

            var options = new EncodingOptions
            {
                AddSpecialTokens = test.GetProperty("add_special_tokens").GetBoolean(),
                Truncation = Has(test, "truncation") ? Enum.Parse<TruncationStrategy>(Pascal(test.GetProperty("truncation").GetString()!)) : default,
                Padding = Has(test, "padding") ? Enum.Parse<PaddingStrategy>(Pascal(test.GetProperty("padding").GetString()!)) : default,

                // the oracle's offset_mapping_utf16 of some overflowing windows was made with the other text of the pair
                OffsetUnit = OffsetUnit.CodePoint,
                MaxLength = Has(test, "max_length") ? test.GetProperty("max_length").GetInt32() : null,
                Stride = Has(test, "stride") ? test.GetProperty("stride").GetInt32() : 0,
                PadToMultipleOf = Has(test, "pad_to_multiple_of") ? test.GetProperty("pad_to_multiple_of").GetInt32() : 0,
                PaddingSide = Has(test, "padding_side") ? Enum.Parse<TextSide>(Pascal(test.GetProperty("padding_side").GetString()!)) : null,
                TruncationSide = Has(test, "truncation_side") ? Enum.Parse<TextSide>(Pascal(test.GetProperty("truncation_side").GetString()!)) : null,
            };
            if (options.MaxLength is not null && !Has(test, "truncation") && !Has(test, "padding"))
            {
                // what the transformers call does with a length alone
                options.Truncation = TruncationStrategy.LongestFirst;
            }

            string name = "batch " + test.GetRawText()[..Math.Min(test.GetRawText().Length, 100)];
            string[] first = [.. test.GetProperty("texts").EnumerateArray().Select(Text)];
            string[]? second = Has(test, "pairs") ? [.. test.GetProperty("pairs").EnumerateArray().Select(Text)] : null;

            // without a post-processor the reference does not know in later windows which text a token is of; then the oracle's
            // offsets in UTF-16 are counted in the wrong one
            bool inCodePoints = second is not null && Has(test, "return_overflowing_tokens");
            options.OffsetUnit = inCodePoints ? OffsetUnit.CodePoint : OffsetUnit.Utf16;
            using var batch = new TokenBatch();
            try
            {
                if (second is null)
                {
                    tokenizer.EncodeBatch(first, batch, options);
                }
                else
                {
                    tokenizer.EncodeBatch(first, second, batch, options);
                }
            }
            catch (ArgumentException e)
            {
                Check(name, "", Has(test, "error") ? "an error" : "no error", Has(test, "error") ? "an error" : e.Message);
                continue;
            }

            if (Has(test, "error"))
            {
                Check(name, "", "an error", "no error");
                continue;
            }

            int[][] want = [.. test.GetProperty("input_ids").EnumerateArray().Select(Numbers)];
            bool overflows = Has(test, "return_overflowing_tokens");
            int[] rows = [.. Enumerable.Range(0, batch.Count).Where(row => overflows || row == 0 || batch.OverflowToSampleMapping[row] != batch.OverflowToSampleMapping[row - 1])];
            Check(name, "rows", want.Length, rows.Length);
            for (int i = 0; i < Math.Min(want.Length, rows.Length); i++)
            {
                TokenEncoding row = batch[rows[i]];
                Check(name, $"ids {i}", want[i], row.Ids.ToArray());
                Check(name, $"attention {i}", Numbers(test.GetProperty("attention_mask")[i]), row.AttentionMask.ToArray());
                Check(name, $"special {i}", Numbers(test.GetProperty("special_tokens_mask")[i]), row.SpecialTokensMask.ToArray());
                Check(name, $"types {i}", Numbers(test.GetProperty("token_type_ids")[i]), row.TypeIds.ToArray());
                if (Has(test, "offset_mapping"))
                {
                    Check(name, $"offsets {i}", Ranges(test.GetProperty(inCodePoints ? "offset_mapping" : "offset_mapping_utf16")[i]), Show(row.Offsets));
                }

                if (overflows)
                {
                    Check(name, $"sample {i}", test.GetProperty("overflow_to_sample_mapping")[i].GetInt32(), batch.OverflowToSampleMapping[rows[i]]);
                }
            }
        }
    }

    private static string Pascal(string name) => string.Concat(name.Split('_').Select(static word => char.ToUpperInvariant(word[0]) + word[1..]));

    private void Encode(JsonElement test, EncodingOptions options, bool utf8)
    {
        if (Has(test, "words"))
        {
            string[] words = [.. test.GetProperty("words").EnumerateArray().Select(Text)];
            if (Has(test, "pair_words"))
            {
                string[] others = [.. test.GetProperty("pair_words").EnumerateArray().Select(Text)];
                tokenizer.EncodeWords(words, others, encoding, options);
            }
            else
            {
                tokenizer.EncodeWords(words, encoding, options);
            }

            return;
        }

        string text = Text(test.GetProperty("text"));
        string? pair = Has(test, "pair") ? Text(test.GetProperty("pair")) : null;
        if (utf8 && pair is not null)
        {
            tokenizer.Encode(Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(pair), encoding, options);
        }
        else if (utf8)
        {
            tokenizer.Encode(Encoding.UTF8.GetBytes(text), encoding, options);
        }
        else if (pair is not null)
        {
            tokenizer.Encode(text, pair, encoding, options);
        }
        else
        {
            tokenizer.Encode(text, encoding, options);
        }
    }

    private void CheckEncoding(string name, JsonElement want, string offsets)
    {
        Check(name, "ids", Ids(want), encoding.Ids.ToArray());
        Check(name, "tokens", string.Join("|", want.GetProperty("tokens").EnumerateArray().Select(token => token.GetString())),
            string.Join("|", Enumerable.Range(0, encoding.Count).Select(encoding.Token)));
        Check(name, "types", Numbers(want.GetProperty("type_ids")), encoding.TypeIds.ToArray());
        Check(name, "attention", Numbers(want.GetProperty("attention_mask")), encoding.AttentionMask.ToArray());
        Check(name, "special", Numbers(want.GetProperty("special_tokens_mask")), encoding.SpecialTokensMask.ToArray());
        if (Has(want, offsets))
        {
            Check(name, offsets, Ranges(want.GetProperty(offsets)), Show(encoding.Offsets));
            Check(name, "words", Numbers(want.GetProperty("word_ids")), encoding.WordIds.ToArray());
        }

        if (Has(want, "sequence_ids"))
        {
            Check(name, "sequences", Numbers(want.GetProperty("sequence_ids")), encoding.SequenceIds.ToArray());
        }
    }

    private static int[] Numbers(JsonElement list) =>
        [.. list.EnumerateArray().Select(static n => n.ValueKind == JsonValueKind.Null ? -1 : n.GetInt32())];

    private static string Ranges(JsonElement list) =>
        string.Join(" ", list.EnumerateArray().Select(static range => $"{range[0].GetInt32()}-{range[1].GetInt32()}"));

    private static string Show(ReadOnlySpan<TextRange> ranges) =>
        string.Join(" ", ranges.ToArray().Select(static range => $"{range.Start}-{range.End}"));

    private void RunInfo()
    {
        Check("vocab_size", "", expected.GetProperty("vocab_size").GetInt32(), tokenizer.VocabularySize);
        JsonElement special = expected.GetProperty("info").GetProperty("special_tokens");
        foreach ((string name, int? id) in new[]
        {
            ("bos_token", tokenizer.BosTokenId), ("eos_token", tokenizer.EosTokenId), ("unk_token", tokenizer.UnkTokenId),
            ("pad_token", tokenizer.PadTokenId), ("sep_token", tokenizer.SepTokenId), ("cls_token", tokenizer.ClsTokenId),
            ("mask_token", tokenizer.MaskTokenId),
        })
        {
            Check(name, "", special.TryGetProperty(name, out JsonElement token) ? token.GetProperty("id").GetInt32() : null, id);
        }

        foreach (JsonProperty token in expected.GetProperty("token_to_id").EnumerateObject())
        {
            int? id = token.Value.ValueKind == JsonValueKind.Null ? null : token.Value.GetInt32();
            Check("token_to_id", token.Name, id, tokenizer.TokenToId(token.Name));
            if (id is { } value)
            {
                Check("id_to_token", token.Name, token.Name, tokenizer.IdToToken(value));
            }
        }
    }

    /// <summary>Whole decoding.</summary>
    public void RunDecode()
    {
        foreach (JsonElement test in expected.GetProperty("decode").EnumerateArray())
        {
            if (Has(test, "decode_with_timestamps") || (Has(test, "group_tokens") && !test.GetProperty("group_tokens").GetBoolean()))
            {
                continue;
            }

            // the clean-up of the transformers layer is not done here; raw_text is without it
            string want = test.GetProperty(Has(test, "raw_text") ? "raw_text" : "text").GetString()!;
            bool skip = test.GetProperty("skip_special_tokens").GetBoolean();
            int[] ids = Ids(test);
            Check("decode", string.Join(" ", ids), want, tokenizer.Decode(ids, skip));
            char[] text = new char[want.Length];
            Check("TryDecode", string.Join(" ", ids), want, tokenizer.TryDecode(ids, text, out int written, skip) ? new string(text, 0, written) : null);
        }
    }

    private void RunStream()
    {
        foreach (JsonElement test in expected.GetProperty("stream").EnumerateArray())
        {
            TokenDecoder decoder = tokenizer.CreateDecoder(test.GetProperty("skip_special_tokens").GetBoolean());
            int[] ids = Ids(test);
            JsonElement[] chunks = test.GetProperty("chunks").EnumerateArray().ToArray();
            for (int i = 0; i < chunks.Length; i++)
            {
                string got = Encoding.UTF8.GetString(decoder.Add(ids[i]));
                if (chunks[i].ValueKind != JsonValueKind.Object)
                {
                    Check("stream", $"{string.Join(" ", ids)}, chunk {i}", chunks[i].GetString() ?? "", got);
                }
            }
        }
    }

    private static bool Has(JsonElement test, string name) => test.TryGetProperty(name, out _);

    private static int[] Ids(JsonElement test) => test.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();

    private string Text(JsonElement text) => text.ValueKind == JsonValueKind.Number ? texts[text.GetInt32()] : text.GetString()!;

    private void Check(string what, string input, int[] want, int[] got) =>
        Check(what, input, string.Join(" ", want), string.Join(" ", got));

    private void Check<T>(string what, string input, T want, T got)
    {
        Count++;
        if (!EqualityComparer<T>.Default.Equals(want, got))
        {
            failures.Add($"{what} {JsonSerializer.Serialize(input)}: expected {JsonSerializer.Serialize(want)}, got {JsonSerializer.Serialize(got)}");
        }
    }
}
