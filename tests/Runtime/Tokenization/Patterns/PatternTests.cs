using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization.Patterns;

public class PatternTests
{
    [Theory]
    [InlineData(HubPatterns.Gpt2, "I'll DON'T  x1½!?\n\n y ", "I|'ll| DON|'|T| | x|1½|!?|\n\n| y| ")]
    [InlineData(HubPatterns.Llama3, "I'LL don'ſ 12345\r\n  !!\n x  ", "I|'LL| don|'ſ| |123|45|\r\n| | !!\n| x|  ")]
    [InlineData(HubPatterns.Qwen2, "a123", "a|1|2|3")]
    [InlineData(HubPatterns.O200k, "camelCase HTTPServer's x/y\n/\n", "camel|Case| HTTPServer's| x|/y|\n|/\n")]
    [InlineData(HubPatterns.ThousandsFromRight, "1234567 12 1000", "1|234|567| |12| |1|000")]
    [InlineData(@"(?i:st)", "St ﬆ ﬅ sT", "St|ﬆ|ﬅ|sT")]
    [InlineData(@"\s++$|\s*[\r\n]|\s+(?!\S)|\s", "  \n  x \n ", "  \n| | | \n ")]
    public void Matches(string regex, string text, string matches)
    {
        using var pattern = Pattern.Compile(regex);
        Assert.Equal(matches, pattern.Show(text));
    }

    [Theory]
    [InlineData(@"(a)\1", "back-references")]
    [InlineData(@"(?<=ab+)c", "look-behind")]
    [InlineData(@"(?>a+b?|c*)d", "")]
    [InlineData("(", "missing")]
    [InlineData(@"\p{Nope}", @"\p{Nope} is not known")]
    [InlineData("a{9999}{9999}", "too large")]
    [InlineData("(?:(?:a|b)*a(?:a|b){18})+c", "too complex")]
    public void RefusedPatternsAreNamed(string regex, string why)
    {
        Assert.Null(Pattern.TryCompile(regex, out string error));
        Assert.StartsWith("KILN0402: tokenizer.json: pre_tokenizer.pattern.Regex: the regular expression ", error, StringComparison.Ordinal);
        Assert.Contains(why, error, StringComparison.Ordinal);
    }

    public static TheoryData<string> Hub => [.. HubPatterns.All];

    /// <summary>Patterns that look far ahead in vain, again and again.</summary>
    public static TheoryData<string> Hard =>
    [
        "a*b|a", @"(?:a+)+b", @"(?:a|a)*b", @"\s+x", @"(?=a*b)a|(?=\s*y)\s", "[^b]*b", @"\w+\.\w+|x",
    ];

    /// <summary>Runs of anything cost per byte at most ten times what plain text costs: nothing is quadratic.</summary>
    [Theory]
    [MemberData(nameof(Hub))]
    public void RunsAreLinear(string regex) => AssertLinear(regex, 10);

    [Theory]
    [MemberData(nameof(Hard))]
    public void HardPatternsAreLinear(string regex) => AssertLinear(regex, 20);

    private static void AssertLinear(string regex, int times)
    {
        const int Length = 100_000;
        using var pattern = Pattern.Compile(regex);
        string plain = string.Concat(Enumerable.Repeat("The quick brown fox, 12 of them, didn't jump over 3 dogs.\n", Length / 58));
        double allowed = times * (double) pattern.CountSteps(plain) / plain.Length;
        foreach (string unit in new[] { "a", "A", " ", "\n", "1", "'", "😀", "é", "狐", "\u0301", "ab", " \n", "a ", "a1" })
        {
            string run = string.Concat(Enumerable.Repeat(unit, Length / unit.Length));
            foreach (string text in new[] { run, run + "x", "\n" + run + "x", run + "\n" })
            {
                double steps = (double)pattern.CountSteps(text) / Encoding.UTF8.GetByteCount(text);
                Assert.True(steps <= allowed, $"{regex} on a run of '{unit}': {steps} steps, {allowed} allowed");
            }
        }
    }

    /// <summary>What the tables of well-known patterns take.</summary>
    [Fact]
    public void TablesAreSmall()
    {
        foreach (string regex in HubPatterns.All)
        {
            using var pattern = Pattern.Compile(regex);
            Assert.True(pattern.Length < 80_000, $"{regex}: {pattern.Length}");
        }
    }
}
