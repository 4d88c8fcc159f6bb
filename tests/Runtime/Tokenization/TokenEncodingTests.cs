using System;
using System.Linq;
using System.Text;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

public class TokenEncodingTests
{
    private static readonly Tokenizer Gpt2 = TokenizerFolder.Load(TokenizerFolder.Fixture("gpt2"));
    private static readonly Tokenizer Llama2 = TokenizerFolder.Load(TokenizerFolder.Fixture("llama2-style"));

    [Fact]
    public void ALoneSurrogateIsOneUnit()
    {
        using var encoding = new TokenEncoding();
        Gpt2.Encode("a\uD83Db\uDE00c", encoding);
        Assert.Equal("a\uFFFDb\uFFFDc", Gpt2.Decode(encoding.Ids));
        Assert.Equal(new TextRange(4, 5), encoding.Offsets[^1]);
        AssertCovers(encoding, 5);
    }

    [Theory]
    [InlineData(OffsetUnit.Utf8, 8, 9)]
    [InlineData(OffsetUnit.Utf16, 5, 6)]
    [InlineData(OffsetUnit.CodePoint, 5, 6)]
    public void AnInvalidPartIsItsBytes(OffsetUnit unit, int start, int end)
    {
        using var encoding = new TokenEncoding();

        // a cut emoji of three bytes is one invalid part, 0xFF is one by itself
        Gpt2.Encode([(byte)'a', 0xF0, 0x9F, 0x98, (byte)'b', 0xC3, 0xA9, 0xFF, (byte)'z'], encoding, new EncodingOptions { OffsetUnit = unit });
        Assert.Equal("a\uFFFDb\u00E9\uFFFDz", Gpt2.Decode(encoding.Ids));
        Assert.Equal(new TextRange(start, end), encoding.Offsets[^1]);
        AssertCovers(encoding, end);
    }

    [Theory]
    [InlineData("Hello world, \uD83D\uDE00 \u4E2D\u6587 <s> and the rest")]
    [InlineData("")]
    public void ReuseLeavesNothingToTheGarbageCollector(string text)
    {
        using var encoding = new TokenEncoding();
        var options = new EncodingOptions { Truncation = TruncationStrategy.LongestFirst, MaxLength = 12, Stride = 3, Padding = PaddingStrategy.MaxLength, PadTokenId = 0 };
        foreach (Tokenizer tokenizer in new[] { Gpt2, Llama2 })
        {
            for (int i = 0; i < 3; i++)
            {
                tokenizer.Encode(text, text, encoding, options);
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            tokenizer.Encode(text, text, encoding, options);
            tokenizer.Encode(text, encoding, options);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Fact]
    public void WindowsCoverTheText()
    {
        using var encoding = new TokenEncoding();
        const string Text = "The quick brown fox jumps over the lazy dog again and again and again.";
        int[] whole = Gpt2.Encode(Text);
        foreach (TextSide side in new[] { TextSide.Right, TextSide.Left })
        {
            var options = new EncodingOptions { Truncation = TruncationStrategy.LongestFirst, MaxLength = 7, Stride = 2, TruncationSide = side };
            Gpt2.Encode(Text, encoding, options);
            int[][] windows = [encoding.Ids.ToArray(), .. Enumerable.Range(0, encoding.OverflowCount).Select(i => encoding.Overflow(i).Ids.ToArray())];

            // each window repeats two tokens of the one before; the last one is the short one
            int[] joined = windows[0];
            foreach (int[] window in windows.Skip(1))
            {
                joined = side == TextSide.Right ? [.. joined, .. window[2..]] : [.. window[..^2], .. joined];
            }

            Assert.Equal(whole, joined);
        }
    }

    [Theory]
    [InlineData(TruncationStrategy.OnlySecond, 0)]
    [InlineData(TruncationStrategy.LongestFirst, 4)]
    [InlineData(TruncationStrategy.LongestFirst, -1)]
    public void WhatCannotBeIsRefused(TruncationStrategy strategy, int stride)
    {
        using var encoding = new TokenEncoding();
        var options = new EncodingOptions { Truncation = strategy, MaxLength = 4, Stride = stride };
        Assert.Throws<ArgumentException>(() => Gpt2.Encode("one two three four five six seven", encoding, options));
        Assert.Throws<ArgumentException>(() => Gpt2.Encode("one", encoding, new EncodingOptions { Truncation = TruncationStrategy.OnlyFirst }));
        Assert.Throws<ArgumentException>(() => Gpt2.EncodeBatch(["a", "b"], ["c"], new TokenBatch()));
        Assert.Throws<ArgumentOutOfRangeException>(() => encoding.Overflow(0));
    }

    [Fact]
    public void PaddingStandsWhereItIsAskedFor()
    {
        using var batch = new TokenBatch();
        var options = new EncodingOptions { Padding = PaddingStrategy.Longest, PadToMultipleOf = 4, PadTokenId = 5, PadTokenTypeId = 7, PaddingSide = TextSide.Left };
        Gpt2.EncodeBatch(["a", "one two three four five six seven"], batch, options);
        Assert.Equal(0, batch[0].Count % 4);
        Assert.Equal(batch[0].Count, batch[1].Count);
        Assert.Equal(5, batch[0].Ids[0]);
        Assert.Equal(7, batch[0].TypeIds[0]);
        Assert.Equal(0, batch[0].AttentionMask[0]);
        Assert.Equal(1, batch[0].SpecialTokensMask[0]);
        Assert.Equal(-1, batch[0].WordIds[0]);
        Assert.Equal(Gpt2.Encode("a"), batch[0].Ids[^1..].ToArray());
        Assert.Equal([0, 1], batch.OverflowToSampleMapping.ToArray());
    }

    private static void AssertCovers(TokenEncoding encoding, int length)
    {
        int at = 0;
        foreach (TextRange range in encoding.Offsets)
        {
            Assert.InRange(range.Start, 0, at);
            Assert.InRange(range.End, range.Start, length);
            at = Math.Max(at, range.End);
        }

        Assert.Equal(length, at);
    }
}
