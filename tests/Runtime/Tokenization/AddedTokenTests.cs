using Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

/// <summary>The oracle's facts on added tokens, on tokenizers of characters.</summary>
public class AddedTokenTests
{
    private static ThrowAwayTokenizer Characters() => new ThrowAwayTokenizer()
        .Tokens("a", "b", "c", "d", "x", "o", "n", "e", "s", "_", ".", " ", "▁", "é", "\u2003", "\n");

    [Fact]
    public void LongestAtTheLeftmostPlaceWins()
    {
        Tokenizer tokenizer = Characters().Added("ab").Added("abcd").Added("bcx").Build();
        Assert.Equal("abcd| |ab|c|x", tokenizer.Pieces("abcd abcx"));
    }

    [Theory]
    [InlineData("ones", "o|n|e|s")]
    [InlineData("one_", "o|n|e|_")]
    [InlineData("éone", "é|o|n|e")]
    [InlineData("one.", "one|.")]
    [InlineData("one one", "one| |one")]
    public void SingleWord(string text, string pieces) => Assert.Equal(pieces, Characters().Added("one", "single_word").Build().Pieces(text));

    [Theory]
    [InlineData("a \u2003 <l> b", "a|<l>| |b")]
    [InlineData("  <l>  <l>", "<l>|<l>")]
    [InlineData("a <r> \n b", "a| |<r>|b")]
    [InlineData("<r> <l>", "<r>|<l>")]
    public void Strips(string text, string pieces) =>
        Assert.Equal(pieces, Characters().Added("<l>", "lstrip").Added("<r>", "rstrip").Build().Pieces(text));

    [Fact]
    public void NormalizedTokensAreSoughtInNormalizedText()
    {
        Tokenizer tokenizer = Characters()
            .With("normalizer", """{"type":"Replace","pattern":{"String":"a"},"content":"b"}""")
            .Added("xa", "normalized").Added("ca").Build();
        Assert.Equal("xa|xa|c|b|ca", tokenizer.Pieces("xaxbcbca"));
    }

    [Fact]
    public void EachSegmentIsNormalizedOnItsOwn()
    {
        Tokenizer tokenizer = Characters()
            .With("normalizer", """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}""")
            .Added("<s>", "special").Build();
        Assert.Equal("<s>|▁|a|<s>|▁|▁|x|<s>", tokenizer.Pieces("<s>a<s> x<s>"));
    }

    [Fact]
    public void IdsFollowTheModelsAndNotTheFile()
    {
        Tokenizer tokenizer = new ThrowAwayTokenizer().Tokens("a", "b").Added("b").Added("<x>").Added("<y>").Build();
        Assert.Equal(4, tokenizer.VocabularySize);
        Assert.Equal([0, 1, 2, 3, 2], tokenizer.Encode("ab<x><y><x>"));
    }

    [Fact]
    public void OnlySpecialTokensAreSkipped()
    {
        Tokenizer tokenizer = new ThrowAwayTokenizer().Tokens("a").With("decoder", """{"type":"Fuse"}""").Added("<x>").Added("<y>", "special").Build();
        Assert.Equal("a<x>", tokenizer.Decode([0, 1, 2, 99, -1], skipSpecialTokens: true));
        Assert.Equal("a<x><y>", tokenizer.Decode([0, 1, 2, 99, -1]));
    }

    [Fact]
    public void ConfigMakesTokensSpecial()
    {
        Tokenizer tokenizer = new ThrowAwayTokenizer().Tokens("a").Added("<x>").Build(
            """{"eos_token":"<x>","pad_token":"<pad>","added_tokens_decoder":{"1":{"content":"<x>","lstrip":true,"special":false}}}""");
        Assert.Equal(1, tokenizer.EosTokenId);
        Assert.Equal(2, tokenizer.PadTokenId);
        Assert.Equal("a", tokenizer.Decode([0, 1, 2], skipSpecialTokens: true));
        Assert.Equal([1, 2], tokenizer.Encode(" <x><pad>"));
    }
}
