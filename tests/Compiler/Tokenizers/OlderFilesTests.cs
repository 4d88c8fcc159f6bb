using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;
using Kiln.Compiler.Tokenizers;
using Kiln.Compiler.Tokenizers.Older;
using Kiln.Tests;
using Xunit;

namespace Kiln.Compiler.Tests.Tokenizers;

/// <summary>Folders that have older files only.</summary>
public class OlderFilesTests
{
    [SkippableTheory]
    [InlineData("bert-uncased")]
    [InlineData("bert-cased")]
    [InlineData("distilbert")]
    [InlineData("mpnet")]
    [InlineData("gpt2")]
    [InlineData("real-gpt2")]
    [InlineData("roberta")]
    [InlineData("roberta-prefix-space")]
    [InlineData("clip")]
    [InlineData("openai-gpt")]
    [InlineData("qwen2-style")]
    [InlineData("t5")]
    [InlineData("xlm-roberta")]
    [InlineData("mbart50")]
    [InlineData("nllb")]
    [InlineData("albert")]
    [InlineData("xlnet")]
    [InlineData("deberta-v2")]
    [InlineData("pegasus")]
    [InlineData("llama2-style")]
    [InlineData("mistral-style")]
    [InlineData("gemma-style")]
    public void GiveTheFolderSTokenizerJson(string name)
    {
        Skip.If(Paths.SharedOracle is null, "needs ../shared/oracle");
        TokenizerFiles files = Read(Path.Combine(Paths.SharedOracle, "tokenizers", name));
        JsonValue want = JsonReader.Parse(files.Find("tokenizer.json")!);
        JsonValue got = JsonReader.Parse(OlderFiles.Convert(files, TokenizerConfig.Read(files))!);
        var parts = new List<string> { "model", "normalizer", "pre_tokenizer", "decoder" };
        if (name is not ("llama2-style" or "mistral-style" or "gemma-style"))
        {
            // those classes make their own
            parts.Add("post_processor");
        }

        foreach (string part in parts)
        {
            AssertSame(Canonical(want[part]), Canonical(got[part]));
        }
    }

    [SkippableTheory]
    [InlineData("byt5", "ByT5Tokenizer")]
    [InlineData("m2m100", "M2M100Tokenizer")]
    [InlineData("wav2vec2-ctc", "Wav2Vec2CTCTokenizer")]
    public void WhatWouldDifferInSomeTextsIsRefused(string name, string className)
    {
        Skip.If(Paths.SharedOracle is null, "needs ../shared/oracle");
        var diagnostics = new DiagnosticBag();
        Assert.Null(TokenizerCompiler.Compile(Read(Path.Combine(Paths.SharedOracle, "tokenizers", name), "tokenizer.json"), diagnostics));
        Diagnostic error = Assert.Single(diagnostics.Items);
        Assert.Equal("KILN0402", error.Id);
        Assert.Contains(className, error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("bert-uncased", "vocab.txt")]
    [InlineData("clip", "merges.txt")]
    [InlineData("t5", "spiece.model")]
    [InlineData("gemma-style", "tokenizer.model")]
    [InlineData("m2m100", "sentencepiece.bpe.model")]
    [InlineData("m2m100", "vocab.json")]
    [InlineData("wav2vec2-ctc", "vocab.json")]
    public void DamagedFilesGiveErrors(string name, string damaged)
    {
        Skip.If(Paths.SharedOracle is null, "needs ../shared/oracle");
        string folder = Path.Combine(Paths.SharedOracle, "tokenizers", name);
        byte[] content = File.ReadAllBytes(Path.Combine(folder, damaged));
        var random = new Random(5);
        int errors = 0;
        for (int n = 0; n < 25; n++)
        {
            byte[] bytes = (byte[])content.Clone();
            for (int i = 0; i < 1 + (n % 5); i++)
            {
                bytes[random.Next(n % 2 == 0 ? Math.Min(bytes.Length, 300) : bytes.Length)] = (byte)random.Next(256);
            }

            if (n % 3 == 0)
            {
                Array.Resize(ref bytes, random.Next(bytes.Length));
            }

            TokenizerFiles files = Read(folder, "tokenizer.json", damaged);
            files.Add(damaged, bytes);
            var diagnostics = new DiagnosticBag();
            CompiledTokenizer? compiled = TokenizerCompiler.Compile(files, diagnostics, unfinished: true);
            Assert.Equal(compiled is null, diagnostics.Items.Count > 0);
            Assert.All(diagnostics.Items, static item => Assert.StartsWith("KILN040", item.Id));
            errors += diagnostics.Items.Count;
        }

        Assert.True(errors > 0, "no damage was noticed");
    }

    [Fact]
    public void AFileThatIsCutOffIsNamed()
    {
        var files = new TokenizerFiles();
        files.Add("tokenizer_config.json", Encoding.UTF8.GetBytes(@"{""tokenizer_class"": ""T5Tokenizer""}"));
        files.Add("spiece.model", new byte[] { 0x0A, 0x7F, 0x0A });
        var diagnostics = new DiagnosticBag();
        Assert.Null(TokenizerCompiler.Compile(files, diagnostics));
        Diagnostic error = Assert.Single(diagnostics.Items);
        Assert.Equal("KILN0401", error.Id);
        Assert.StartsWith("spiece.model: byte ", error.Message);
    }

    private static void AssertSame(string want, string got)
    {
        int i = 0;
        while (i < want.Length && i < got.Length && want[i] == got[i])
        {
            i++;
        }

        string Around(string text) => text.Substring(Math.Max(0, i - 100), Math.Min(text.Length, i + 100) - Math.Max(0, i - 100));
        Assert.True(want == got, $"at {i}: expected {Around(want)}, got {Around(got)}");
    }

    /// <summary>The same text for what means the same: absent is null or false, merges are strings or pairs, Metaspace has an older dialect.</summary>
    private static string Canonical(JsonValue? json, string name = "")
    {
        switch (json?.Kind ?? JsonKind.Null)
        {
            case JsonKind.Object:
                IEnumerable<KeyValuePair<string, JsonValue>> members = json!.Members;
                if (json["type"]?.ToString() == "\"Metaspace\"")
                {
                    members = members.Where(static m => m.Key is not ("str_rep" or "add_prefix_space" or "prepend_scheme") || m.Value.ToString() == "\"first\"");
                }

                return "{" + string.Join(", ", members.OrderBy(static m => m.Key, StringComparer.Ordinal)
                    .Where(static m => m.Value.ToString() is not ("null" or "false" or "\"\"") && !(m.Key is "split" or "use_regex" && m.Value.ToString() == "true"))
                    .Select(static m => m.Key + ": " + Canonical(m.Value, m.Key))) + "}";
            case JsonKind.Array when name == "merges" && json!.Items.Count > 0 && json.Items[0].Kind == JsonKind.Array:
                return "[" + string.Join(", ", json.Items.Select(static pair => JsonWriter.Quote(pair.Items[0].String + " " + pair.Items[1].String))) + "]";
            case JsonKind.Array:
                return "[" + string.Join(", ", json!.Items.Select(static item => Canonical(item))) + "]";
            case JsonKind.Number:
                return json!.Double.ToString("R", CultureInfo.InvariantCulture);
            default:
                return json?.ToString() ?? "null";
        }
    }

    /// <summary>The files of a folder.</summary>
    internal static TokenizerFiles Read(string folder, params string[] without)
    {
        var files = new TokenizerFiles();
        foreach (string name in TokenizerFiles.KnownNames.Except(without))
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path))
            {
                files.Add(name, File.ReadAllBytes(path));
            }
        }

        return files;
    }
}
