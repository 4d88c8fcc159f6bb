using System;
using System.Linq;
using System.Text;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

public class TokenDecoderTests
{
    private static readonly Tokenizer Gpt2 = TokenizerFolder.Load(TokenizerFolder.Fixture("gpt2"));

    [Fact]
    public void ChunksAndTheRestAreTheWholeText()
    {
        var random = new Random(7);
        TokenDecoder decoder = Gpt2.CreateDecoder();
        for (int n = 0; n < 300; n++)
        {
            // random ids make many incomplete characters
            int[] ids = Enumerable.Range(0, random.Next(0, 40)).Select(_ => random.Next(Gpt2.VocabularySize)).ToArray();
            string text = string.Concat(ids.Select(id => Encoding.UTF8.GetString(decoder.Add(id))));
            Assert.Equal(Gpt2.Decode(ids), text + Encoding.UTF8.GetString(decoder.Flush()));
        }
    }

    [Fact]
    public void IncompleteCharactersAreHeldBack()
    {
        TokenDecoder decoder = Gpt2.CreateDecoder();
        int[] emoji = [172, 253, 246, 222];
        foreach (int id in emoji[..3])
        {
            Assert.True(decoder.Add(id).IsEmpty);
        }

        Assert.Equal("😀", Encoding.UTF8.GetString(decoder.Add(emoji[3])));
        Assert.True(decoder.Add(emoji[0]).IsEmpty);
        Assert.Equal("\uFFFD", Encoding.UTF8.GetString(decoder.Flush()));
        Assert.True(decoder.Flush().IsEmpty);
        decoder.Add(emoji[0]);
        decoder.Reset();
        Assert.Equal("😀", string.Concat(emoji.Select(id => Encoding.UTF8.GetString(decoder.Add(id)))));
    }

    [Fact]
    public void WhatIsKeptDoesNotGrowWithTheStream()
    {
        TokenDecoder decoder = Gpt2.CreateDecoder();
        int z = Gpt2.TokenToId("z")!.Value;
        decoder.Add(z);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int length = 0;
        for (int i = 0; i < 5000; i++)
        {
            length += decoder.Add(z).Length;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(0, allocated);
        Assert.Equal(5000, length);
    }

    [Fact]
    public void ManyTokensCanBeHeldBack()
    {
        TokenDecoder decoder = Gpt2.CreateDecoder();
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(decoder.Add(172).IsEmpty);
        }

        int z = Gpt2.TokenToId("z")!.Value;
        Assert.Equal(new string('\uFFFD', 1000) + "z", Encoding.UTF8.GetString(decoder.Add(z)));
    }

    [Fact]
    public void BytesThatTurnOutInvalidDoNotStopTheStream()
    {
        Tokenizer llama = TokenizerFolder.Load(TokenizerFolder.Fixture("llama2-style"));
        TokenDecoder decoder = llama.CreateDecoder();
        string text = "";
        foreach (string token in new[] { "▁a", "<0x41>", "<0x42>", "<0xFF>", "▁a" })
        {
            text += Encoding.UTF8.GetString(decoder.Add(llama.TokenToId(token)!.Value));
        }

        // the reference refuses the last token, because A and B, given out before, are no more the beginning of the text
        Assert.StartsWith("aAB", text);
        Assert.EndsWith("\uFFFD a", text);
    }

    [Fact]
    public void SkippedTokensGiveNothing()
    {
        TokenDecoder decoder = Gpt2.CreateDecoder(skipSpecialTokens: true);
        int end = Gpt2.EosTokenId!.Value;
        int z = Gpt2.TokenToId("z")!.Value;
        string text = string.Concat(new[] { end, z, end, -5, 1_000_000, z }.Select(id => Encoding.UTF8.GetString(decoder.Add(id)) + "|"));
        Assert.Equal("|z||||z|", text);
    }
}
