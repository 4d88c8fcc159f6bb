using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Tokenizers;
using Kiln.Tests;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

/// <summary>The oracle's parts, each in a throw-away tokenizer; parts that are not supported yet (KILN0402) are left out.</summary>
public class TokenizerComponentOracleTests
{
    [SkippableFact]
    public void Normalizers()
    {
        int parts = Run("normalizers", (config, cases) =>
        {
            // the whole text is one word, and a word that is a token is taken as it is
            string[] wanted = cases.Select(test => test[1][0].GetString()!).Where(text => text.Length > 0).Distinct().ToArray();
            ThrowAwayTokenizer built = new ThrowAwayTokenizer().Tokens(wanted).Option("ignore_merges", true).With("normalizer", config);
            return Try(built, tokenizer => cases.Select(test => (test[1][0].GetString()!, tokenizer.Pieces(Text(test[0])))));
        });
        Assert.True(parts >= 42, $"{parts} parts");
    }

    [SkippableFact]
    public void PreTokenizers()
    {
        int parts = Run("pre_tokenizers", (config, cases) =>
        {
            IEnumerable<string> wanted = cases.SelectMany(test => test[1].EnumerateArray().Select(piece => piece[0].GetString()!));
            ThrowAwayTokenizer built = new ThrowAwayTokenizer().Tokens(wanted).Option("ignore_merges", true).With("pre_tokenizer", config);
            return Try(built, tokenizer => cases.Select(test =>
                (string.Join("|", test[1].EnumerateArray().Select(piece => piece[0].GetString())), tokenizer.Pieces(Text(test[0])))));
        });
        Assert.True(parts >= 16, $"{parts} parts");
    }

    [SkippableFact]
    public void Decoders()
    {
        int parts = Run("decoders", (config, cases) =>
        {
            IEnumerable<string> tokens = cases.SelectMany(test => test[0].EnumerateArray().Select(token => token.GetString()!));
            ThrowAwayTokenizer built = new ThrowAwayTokenizer().Tokens(tokens).With("decoder", config);
            return Try(built, tokenizer => cases.Where(test => test[1].ValueKind == JsonValueKind.String).Select(test =>
                (test[1].GetString()!, tokenizer.Decode(test[0].EnumerateArray().Select(token => tokenizer.TokenToId(token.GetString()!)!.Value).ToArray()))));
        });
        Assert.True(parts >= 21, $"{parts} parts");
    }

    private static string[]? texts;

    private static string Text(JsonElement text) => text.ValueKind == JsonValueKind.Number ? texts![text.GetInt32()] : text.GetString()!;

    private static IEnumerable<(string Want, string Got)>? Try(ThrowAwayTokenizer built, Func<Tokenizer, IEnumerable<(string, string)>> run)
    {
        var diagnostics = new DiagnosticBag();
        CompiledTokenizer? compiled = TokenizerCompiler.Compile(built.Files(), diagnostics);
        Assert.All(diagnostics.Items, item => Assert.Equal("KILN0402", item.Id));
        return compiled is null ? null : run(Tokenizer.Load(compiled.Table));
    }

    private static int Run(string kind, Func<string, JsonElement[], IEnumerable<(string Want, string Got)>?> run)
    {
        Skip.If(Paths.SharedOracle is null, "needs ../shared/oracle");
        string folder = Path.Combine(Paths.SharedOracle, "tokenizers");
        texts = JsonSerializer.Deserialize<string[]>(File.ReadAllBytes(Path.Combine(folder, "texts.json")));
        using var file = new GZipStream(File.OpenRead(Path.Combine(folder, "_components", "expected.json.gz")), CompressionMode.Decompress);
        int parts = 0;
        foreach (JsonElement part in JsonDocument.Parse(file).RootElement.GetProperty(kind).EnumerateArray())
        {
            string config = part.GetProperty("config").GetRawText();
            if (run(config, part.GetProperty("cases").EnumerateArray().ToArray()) is { } results)
            {
                parts++;
                foreach ((string want, string got) in results)
                {
                    Assert.True(want == got, $"{config}: expected {JsonSerializer.Serialize(want)}, got {JsonSerializer.Serialize(got)}");
                }
            }
        }

        return parts;
    }
}
