using System;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

/// <summary>Pre-tokenizers on tokenizers whose words are exactly the pieces that must come out.</summary>
public class PreTokenizerTests
{
    [Theory]
    // contractions are case-sensitive; a blank goes to the word behind it, the last of a run of white space too
    [InlineData("I'll DON'T it's", "I|'ll|ĠDON|'|T|Ġit|'s")]
    [InlineData("a  b\n\nc\n", "a|Ġ|Ġb|Ċ|Ċ|c|Ċ")]
    [InlineData("  ", "ĠĠ")]
    [InlineData("x²½ ٣!?é 狐", "x|Â²Â½|ĠÙ£|!?|Ã©|ĠçĭĲ")]
    [InlineData(" 's", "Ġ'|s")]
    public void Gpt2Pattern(string text, string pieces) =>
        Assert.Equal(pieces, Words(pieces, """{"type":"ByteLevel","add_prefix_space":false}""").Pieces(text));

    [Theory]
    [InlineData("\na", "Ġ|Ċ|a")]
    [InlineData(" a", "Ġa")]
    [InlineData("a<m>b", "Ġa|<m>|Ġb")]
    public void PrefixSpace(string text, string pieces)
    {
        var built = new ThrowAwayTokenizer().Tokens(pieces.Split('|', StringSplitOptions.RemoveEmptyEntries)).Option("ignore_merges", true)
            .With("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":true}""").Added("<m>");
        Assert.Equal(pieces, built.Build().Pieces(text));
    }

    [Theory]
    [InlineData("first", "a b<m>a", "▁a|▁b|<m>|a")]
    [InlineData("always", "a b<m>a", "▁a|▁b|<m>|▁a")]
    [InlineData("never", "a b<m>a", "a|▁b|<m>|a")]
    [InlineData("always", " a", "▁a")]
    [InlineData("always", "▁a", "▁a")]
    [InlineData("first", "<m>a", "<m>|a")]
    [InlineData("never", "  a ", "▁|▁a|▁")]
    public void Metaspace(string scheme, string text, string pieces)
    {
        var built = new ThrowAwayTokenizer().Tokens("<m>", "▁a", "▁b", "a", "b", "▁").Option("ignore_merges", true).Added("<m>")
            .With("pre_tokenizer", $$"""{"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}"}""");
        Assert.Equal(pieces, built.Build().Pieces(text));
    }

    [Theory]
    [InlineData("Removed", false, "a|b")]
    [InlineData("Removed", true, "-|-|-")]
    [InlineData("Isolated", false, "a|-|-|b|-")]
    [InlineData("MergedWithPrevious", false, "a-|-|b-")]
    [InlineData("MergedWithNext", false, "a|-|-b|-")]
    [InlineData("Contiguous", false, "a|--|b|-")]
    public void SplitBehaviors(string behavior, bool invert, string pieces) => Assert.Equal(pieces, Words(pieces,
        $$$"""{"type":"Split","pattern":{"String":"-"},"behavior":"{{{behavior}}}","invert":{{{(invert ? "true" : "false")}}}}""").Pieces("a--b-"));

    [Theory]
    [InlineData(true, "a|1|2|½|b|Ⅷ")]
    [InlineData(false, "a|12½|b|Ⅷ")]
    public void Digits(bool individual, string pieces) => Assert.Equal(pieces,
        Words(pieces, $$"""{"type":"Digits","individual_digits":{{(individual ? "true" : "false")}}}""").Pieces("a12½bⅧ"));

    private static Tokenizer Words(string pieces, string preTokenizer) =>
        new ThrowAwayTokenizer().Tokens(pieces.Split('|')).Option("ignore_merges", true).With("pre_tokenizer", preTokenizer).Build();
}
