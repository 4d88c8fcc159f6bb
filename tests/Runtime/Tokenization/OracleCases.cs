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

    public OracleCases(string folder, Tokenizer tokenizer)
    {
        this.tokenizer = tokenizer;
        texts = JsonSerializer.Deserialize<string[]>(File.ReadAllBytes(Path.Combine(folder, "..", "texts.json")))!;
        using var file = new GZipStream(File.OpenRead(Path.Combine(folder, "expected.json.gz")), CompressionMode.Decompress);
        expected = JsonDocument.Parse(file).RootElement;
    }

    /// <summary>How many cases were run.</summary>
    public int Count { get; private set; }

    /// <summary>Runs all cases and returns what failed.</summary>
    public IReadOnlyList<string> Run()
    {
        RunInfo();
        RunEncode();
        RunDecode();
        RunStream();
        return failures;
    }

    /// <summary>Encoding of single texts: pairs, pre-tokenized words and split_special_tokens are not supported yet.</summary>
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

    private void RunDecode()
    {
        foreach (JsonElement test in expected.GetProperty("decode").EnumerateArray())
        {
            if (Has(test, "decode_with_timestamps"))
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
