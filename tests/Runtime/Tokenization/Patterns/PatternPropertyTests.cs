using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using FsCheck.Xunit;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization.Patterns;

/// <summary>Compiled patterns against .NET's Regex, on text where both mean the same.</summary>
public class PatternPropertyTests
{
    // letters of several cases and scripts, marks, digits, punctuation, blanks; nothing that folds or was classified differently once
    private const string Characters = "aZzsSTtrRevVEmMlLdD'' \t\n\r\u00A0\u3000.,!?/-_09٣½Ⅷéßа́Жǅʰ狐あ가\u0301\u093E€+<";

    [Property(MaxTest = 200, EndSize = 1_000_000)]
    public void HubPatternsOnText(int seed)
    {
        string text = Text(new Random(seed), Characters, 60);
        foreach (string pattern in HubPatterns.AsInDotNet)
        {
            if (!hub.TryGetValue(pattern, out Pattern? compiled))
            {
                hub[pattern] = compiled = Pattern.Compile(pattern);
            }

            AssertSame(pattern, text, compiled);
        }
    }

    [Property(MaxTest = 2000, EndSize = 1_000_000)]
    public void PatternsOnText(int seed)
    {
        var random = new Random(seed);
        string pattern = Alternation(random, 3);
        using Pattern? compiled = Pattern.TryCompile(pattern, out string error);
        if (compiled is null)
        {
            Assert.True(error.Contains("not supported", StringComparison.Ordinal) || error.Contains("too complex", StringComparison.Ordinal), error);
            return;
        }

        for (int i = 0; i < 10; i++)
        {
            // in .NET ^ matches behind a last line feed, too
            AssertSame(pattern, Text(random, "aabbcAB \n1", 14).TrimEnd('\n'), compiled);
        }
    }

    /// <summary>Any string as a pattern: an error or a pattern, in bounded time.</summary>
    [Property(MaxTest = 2000, EndSize = 1_000_000)]
    public void AnyStringIsNoCrash(int seed)
    {
        var random = new Random(seed);
        const string Parts = @"a|b|\|(|)|(?:|(?=|(?!|(?<=|(?<!|(?>|(?i)|(?i:|[|]|[^|-|&&|*|+|?|{2}|{,3}|{2,5}|{50}|{|}|,|\p{L}|\p{Han}|\P{Lu}|\p|\x{41}|\u0041|\s|\b|\Z|.|^|$|[:alpha:]|狐|😀|ß|ss|#|\1|\k<a>";
        string[] parts = [.. Parts.Split('|'), "|"];
        string pattern = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => parts[random.Next(parts.Length)]));
        using Pattern? compiled = Pattern.TryCompile(pattern, out string error);
        if (compiled is null)
        {
            Assert.StartsWith("KILN0402: tokenizer.json: pre_tokenizer.pattern.Regex: ", error, StringComparison.Ordinal);
            return;
        }

        foreach ((int start, int end) in compiled.Matches("ab狐 😀ßss\nAB"))
        {
            Assert.True(start <= end);
        }
    }

    private static readonly Dictionary<string, Pattern> hub = [];

    private static void AssertSame(string pattern, string text, Pattern compiled)
    {
        List<(int Start, int End)> want;
        try
        {
            want = Pattern.ByRegex(pattern, text);
        }
        catch (RegexMatchTimeoutException)
        {
            return;
        }

        List<(int Start, int End)> got = compiled.Matches(text);
        Assert.True(want.SequenceEqual(got), $"{pattern} on {Escape(text)}: expected {string.Join(" ", want)}, got {string.Join(" ", got)}");
    }

    private static string Escape(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private static string Text(Random random, string characters, int most)
    {
        var text = new StringBuilder();
        for (int i = random.Next(most); i > 0; i--)
        {
            // runs are where patterns differ
            text.Append(characters[random.Next(characters.Length)], random.Next(4) == 0 ? random.Next(1, 6) : 1);
        }

        return text.ToString();
    }

    private static string Alternation(Random random, int depth) =>
        string.Join("|", Enumerable.Range(0, random.Next(1, 4)).Select(_ => Sequence(random, depth)));

    private static string Sequence(Random random, int depth) =>
        string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => Item(random, depth)));

    private static string Item(Random random, int depth)
    {
        switch (random.Next(depth > 0 ? 12 : 7))
        {
            case 0:
                return Assertions[random.Next(Assertions.Length)];
            case 8:
                return (random.Next(2) == 0 ? "(?=" : "(?!") + Alternation(random, depth - 1) + ")";
            case 9:
                return "(?>" + Alternation(random, 0) + ")";
            case 10 or 11:
                return "(?:" + Alternation(random, depth - 1) + ")" + GroupQuantifiers[random.Next(GroupQuantifiers.Length)];
            default:
                return Sets[random.Next(Sets.Length)] + Quantifiers[random.Next(Quantifiers.Length)];
        }
    }

    private static readonly string[] Assertions = ["^", "$", @"\b", @"\A", @"\z", @"\Z", "(?<=a)", "(?<!b)", @"(?<=\s|^)"];
    private static readonly string[] Sets = ["a", "b", "c", "1", " ", ".", "[ab]", "[^a]", @"\s", @"\S", @"\w", @"\d", "(?i:a)", "(?i:ab)", @"[^\r\nb]"];
    private static readonly string[] Quantifiers = ["", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{2,}", "{1,3}?"];

    // .NET goes wrong where a lazy loop's body can be empty: [ab](?:(?:\S?)+?){2}, for one, matches nothing at the end of a text
    private static readonly string[] GroupQuantifiers = ["", "", "*", "+", "?", "{2}"];
}
