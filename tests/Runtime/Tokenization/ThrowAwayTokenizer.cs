using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kiln.Compiler.Tokenizers;

namespace Kiln.Runtime.Tests.Tokenization;

/// <summary>Builds a small tokenizer.json around the part that a test is about.</summary>
internal sealed class ThrowAwayTokenizer
{
    private readonly JsonObject json = new()
    {
        ["version"] = "1.0",
        ["model"] = new JsonObject { ["type"] = "BPE", ["unk_token"] = null, ["vocab"] = new JsonObject(), ["merges"] = new JsonArray() },
    };

    public JsonObject Model => json["model"]!.AsObject();

    public ThrowAwayTokenizer With(string component, string content)
    {
        json[component] = JsonNode.Parse(content);
        return this;
    }

    public ThrowAwayTokenizer Tokens(params IEnumerable<string> tokens)
    {
        JsonObject vocabulary = Model["vocab"]!.AsObject();
        foreach (string token in tokens.Distinct())
        {
            if (!vocabulary.ContainsKey(token))
            {
                vocabulary[token] = vocabulary.Count;
            }
        }

        return this;
    }

    public ThrowAwayTokenizer Merges(params string[] merges)
    {
        Model["merges"] = new JsonArray(merges.Select(merge => (JsonNode)merge).ToArray());
        return this;
    }

    public ThrowAwayTokenizer Option(string name, JsonNode value)
    {
        Model[name] = value;
        return this;
    }

    public ThrowAwayTokenizer Added(string content, params string[] flags)
    {
        var token = new JsonObject { ["id"] = 0, ["content"] = content };
        foreach (string flag in new[] { "single_word", "lstrip", "rstrip", "normalized", "special" })
        {
            token[flag] = flags.Contains(flag);
        }

        json["added_tokens"] ??= new JsonArray();
        json["added_tokens"]!.AsArray().Add((JsonNode)token);
        return this;
    }

    public TokenizerFiles Files(string? config = null)
    {
        var files = new TokenizerFiles();
        files.Add("tokenizer.json", JsonSerializer.SerializeToUtf8Bytes(json));
        if (config is not null)
        {
            files.Add("tokenizer_config.json", Encoding.UTF8.GetBytes(config));
        }

        return files;
    }

    public Tokenizer Build(string? config = null) => Tokenizer.Load(TokenizerFolder.Compile(Files(config)).Table);
}

/// <summary>Shows encodings.</summary>
internal static class TokenizerExtensions
{
    /// <summary>The tokens of a text, with | between them.</summary>
    public static string Pieces(this Tokenizer tokenizer, string text, bool addSpecialTokens = true) =>
        string.Join("|", tokenizer.Encode(text, addSpecialTokens).Select(tokenizer.IdToToken));
}
