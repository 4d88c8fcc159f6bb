using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kiln.Conformance;

/// <summary>
/// More tokenizers to check, which are made of the oracle's: the older files alone, and each of its parts in a tokenizer that is good
/// for nothing else.
/// </summary>
internal static class TokenizerEntries
{
    private const string Json = "tokenizer.json";

    /// <summary>Copies of tokenizers without tokenizer.json, where the reference gives the same for all of its encodings.</summary>
    public static IEnumerable<Entry> OlderFiles(IEnumerable<Entry> entries, string folder)
    {
        foreach (Entry entry in entries.Where(static e => e.IsTokenizer && File.Exists(Path.Combine(e.Path, Json)) && Agrees(e.Path)))
        {
            string copy = Path.Combine(folder, "older", Path.GetFileName(entry.Path));
            Directory.CreateDirectory(copy);
            foreach (string file in Directory.EnumerateFiles(entry.Path).Where(static f => Path.GetFileName(f) != Json))
            {
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            }

            yield return new Entry(entry.Name + "/older", copy, true, entry.Path, "older");
        }
    }

    /// <summary>The parts of <c>tokenizers/_components</c>.</summary>
    public static IEnumerable<Entry> Components(string oracle, string folder)
    {
        string components = Path.Combine(oracle, "tokenizers", "_components");
        string file = Path.Combine(components, "expected.json.gz");
        if (!File.Exists(file))
        {
            yield break;
        }

        using JsonDocument expected = Runner.Expected.Read(file);
        foreach (string kind in (string[])["normalizers", "pre_tokenizers", "decoders"])
        {
            int index = 0;
            foreach (JsonElement part in expected.RootElement.GetProperty(kind).EnumerateArray())
            {
                string made = Path.Combine(folder, "components", kind + index);
                Directory.CreateDirectory(made);
                File.WriteAllText(Path.Combine(made, Json), Tokenizer(kind, part).ToJsonString());
                string type = part.GetProperty("config").GetProperty("type").GetString()!;
                yield return new Entry($"tokenizers/_components/{kind}.{index}.{type}", made, true, components, $"{kind}/{index}");
                index++;
            }
        }
    }

    private static bool Agrees(string path)
    {
        string file = Path.Combine(path, "expected.json.gz");
        if (!File.Exists(file))
        {
            return false;
        }

        using JsonDocument expected = Runner.Expected.Read(file);
        return expected.RootElement.Find("info")?.Find("legacy_files_agree")?.GetString()?.Split('/') is [var some, var all] && some == all;
    }

    private static JsonObject Tokenizer(string kind, JsonElement part)
    {
        string config = part.GetProperty("config").GetRawText();
        var vocabulary = new JsonObject();
        JsonNode? given = JsonNode.Parse(config);
        JsonObject bytes = new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = false, ["use_regex"] = false };
        var tokenizer = new JsonObject { ["version"] = "1.0" };
        switch (kind)
        {
            case "decoders":
                foreach (JsonElement token in part.GetProperty("cases").EnumerateArray().SelectMany(static c => c[0].EnumerateArray()))
                {
                    if (!vocabulary.ContainsKey(token.GetString()!))
                    {
                        vocabulary[token.GetString()!] = vocabulary.Count;
                    }
                }

                tokenizer["decoder"] = given;
                break;
            case "normalizers":
                tokenizer["normalizer"] = given;
                tokenizer["pre_tokenizer"] = bytes;
                break;
            default:
                // what ends in bytes by itself must not do so twice
                tokenizer["pre_tokenizer"] = config.Contains("\"ByteLevel\"", StringComparison.Ordinal)
                    ? given
                    : new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(given, bytes) };
                break;
        }

        for (int b = 0, moved = 0; b < 256 && kind != "decoders"; b++)
        {
            bool shown = b is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            vocabulary[((char)(shown ? b : 256 + moved++)).ToString()] = b;
        }

        tokenizer["model"] = new JsonObject { ["type"] = "BPE", ["unk_token"] = null, ["vocab"] = vocabulary, ["merges"] = new JsonArray() };
        return tokenizer;
    }

    private static JsonElement? Find(this JsonElement element, string name) => Runner.Expected.Find(element, name);
}
