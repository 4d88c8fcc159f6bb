using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json;
using Kiln.Compiler.Tokenizers.Patterns;
using Kiln.Tests;
using Xunit;

namespace Kiln.Compiler.Tests.Tokenizers;

/// <summary>The sets of the pattern compiler, for every code point.</summary>
public class UnicodeSetsTests
{
    [SkippableFact]
    public void SetsAreThoseOfTheReference()
    {
        Skip.If(Paths.SharedOracle is null, "needs ../shared/oracle");
        string path = Path.Combine(Paths.SharedOracle, "tokenizers", "_components", "unicode.json.gz");
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        JsonElement sets = JsonDocument.Parse(file).RootElement.GetProperty("sets");
        CodePointSet surrogates = CodePointSet.Range(0xD800, 0xDFFF);
        var wanted = new Dictionary<string, CodePointSet>
        {
            ["regex_s"] = UnicodeSets.Space,
            ["regex_w"] = UnicodeSets.Word,
            ["regex_d"] = UnicodeSets.Property("Nd")!,
            ["punctuation_isolated"] = UnicodeSets.OldPunctuation,
            ["bert_pre_tokenizer_isolated"] = UnicodeSets.OldPunctuation,
            ["bert_pre_tokenizer_removed"] = UnicodeSets.Space,
            ["whitespace_split_removed"] = UnicodeSets.Space,
            ["whitespace_pre_tokenizer_removed"] = UnicodeSets.Space,
            ["whitespace_pre_tokenizer_isolated"] = UnicodeSets.RustWord.Union(UnicodeSets.Space).Union(surrogates).Complement(),
            ["digits_isolated"] = UnicodeSets.RustNumeric,
        };
        foreach (string name in new[] { "L", "N", "M", "P", "S", "Z", "C", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Nd", "Han" })
        {
            wanted["regex_" + name] = UnicodeSets.Property(name)!.Except(surrogates);
        }

        foreach (string script in new[] { "Latin", "Cyrillic", "Greek", "Hangul", "Arabic", "Hebrew", "Thai", "Devanagari", "Han" })
        {
            string name = "script_joins_" + (script == "Han" ? "han_hiragana_katakana" : script.ToLowerInvariant());
            wanted[name] = UnicodeSets.ScriptRuns().Single(run => run.Name == script).Set.Union(UnicodeSets.AnyScript);
        }

        foreach ((string name, CodePointSet got) in wanted)
        {
            string want = string.Join(" ", sets.GetProperty(name).EnumerateArray().Select(range => $"{range[0].GetInt32():X}-{range[1].GetInt32():X}"));
            Assert.Equal((name, want), (name, string.Join(" ", got.Ranges.Select(range => $"{range.First:X}-{range.Last:X}"))));
        }
    }

    [Fact]
    public void EachCodePointHasOneCategoryAndAtMostOneScript()
    {
        int categories = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co Cn".Split(' ')
            .Sum(name => Size(UnicodeSets.Property(name)!));
        Assert.Equal(0x110000, categories);
        CodePointSet all = UnicodeSets.ScriptRuns().Aggregate(CodePointSet.Empty, (union, run) => union.Union(run.Set));
        Assert.Equal(Size(all), UnicodeSets.ScriptRuns().Sum(run => Size(run.Set)));
    }

    [Theory]
    [InlineData('s', "53 73 17F")]
    [InlineData('K', "4B 6B 212A")]
    [InlineData('σ', "3A3 3C2 3C3")]
    [InlineData('ß', "DF 1E9E")]
    [InlineData('Ꭰ', "13A0 AB70")]
    [InlineData('1', "31")]
    public void CaseFolding(int codePoint, string closed) => Assert.Equal(
        closed, string.Join(" ", UnicodeSets.CloseOverCase(CodePointSet.Of(codePoint)).Ranges.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1)).Select(c => c.ToString("X"))));

    private static int Size(CodePointSet set) => set.Ranges.Sum(range => range.Last - range.First + 1);
}
