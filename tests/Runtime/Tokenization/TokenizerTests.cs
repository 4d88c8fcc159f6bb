using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Kiln.Compiler.Tokenizers;
using Kiln.Tests;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

public class TokenizerTests
{
    private static readonly string Stories = Path.Combine(Paths.Repository, "models", "stories260k");

    [Fact]
    public void StoriesEncodesAsItsDocumentationSays()
    {
        CompiledTokenizer compiled = TokenizerFolder.Compile(TokenizerFolder.Read(Stories));
        Assert.Equal(512, compiled.VocabularySize);
        Assert.Equal(512, compiled.IdCount);
        Assert.True(compiled.AddsBos);
        Assert.False(compiled.AddsEos);
        Assert.Contains(new KeyValuePair<string, SpecialToken>("bos_token", new SpecialToken("<s>", 1)), compiled.SpecialTokens);

        Tokenizer tokenizer = Tokenizer.Load(compiled.Table);
        Assert.Equal(compiled.ContentHash, tokenizer.ContentHash);
        Assert.Equal(1, tokenizer.BosTokenId);
        Assert.Equal([1, 403, 407, 261, 378], tokenizer.Encode("Once upon a time"));
        Assert.Equal("Once upon a time", tokenizer.Decode([1, 403, 407, 261, 378], skipSpecialTokens: true));
    }

    [Fact]
    public void TooLittleRoom()
    {
        Tokenizer tokenizer = TokenizerFolder.Load(Stories);
        int[] ids = new int[3];
        Assert.False(tokenizer.TryEncode("Once upon a time", ids, out int needed));
        Assert.Equal(5, needed);
        Assert.Equal([1, 403, 407], ids);
        Assert.False(tokenizer.TryDecode([403, 407], new char[4], out int written));
        Assert.Equal(0, written);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama2-style")]
    public void DamagedTextCountsAsReplacementCharacters(string name)
    {
        Tokenizer tokenizer = TokenizerFolder.Load(TokenizerFolder.Fixture(name));
        Assert.Equal(tokenizer.Encode("a\uFFFDb\uFFFD"), tokenizer.Encode("a\uD83Db\uDE00"));
        // a truncated character is one maximal part, bytes that can start nothing are one each
        AssertSame("a\uFFFDb\uFFFD\uFFFD", [0x61, 0xF0, 0x9F, 0x98, 0x62, 0xFF, 0x80]);
        AssertSame("é\uFFFD\uFFFD\uFFFD", [0xC3, 0xA9, 0xED, 0xA0, 0x80]);

        void AssertSame(string text, byte[] utf8)
        {
            int[] ids = new int[100];
            Assert.True(tokenizer.TryEncode(utf8, ids, out int count));
            Assert.Equal(tokenizer.Encode(text), ids[..count]);
        }
    }

    [Fact]
    public unsafe void TablesWorkAtAnyAlignment()
    {
        byte[] table = TokenizerFolder.Compile(TokenizerFolder.Read(TokenizerFolder.Fixture("gpt2"))).Table;
        int[] want = Tokenizer.Load(table).Encode("The quick brown 狐 jumps");
        byte[] memory = new byte[table.Length + 8];
        fixed (byte* start = memory)
        {
            for (int shift = 0; shift < 8; shift++)
            {
                table.CopyTo(memory, shift);
                Assert.Equal(want, Tokenizer.Load(start + shift, table.Length).Encode("The quick brown 狐 jumps"));
            }
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama2-style")]
    [InlineData("mistral-style")]
    public void NothingIsAllocated(string name)
    {
        Tokenizer tokenizer = TokenizerFolder.Load(TokenizerFolder.Fixture(name));
        string text = string.Concat(Enumerable.Repeat("Once upon a time, 狐 don't 😀 é\n\n  café <s></s><|endoftext|> \uD800 ", 40)) + new string('a', 5000);
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        int[] ids = new int[text.Length * 4];
        char[] decoded = new char[text.Length * 4];
        TokenDecoder decoder = tokenizer.CreateDecoder();
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        int characters = Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(characters >= text.Length);

        int Run()
        {
            tokenizer.TryEncode(text, ids, out int count);
            tokenizer.TryEncode(utf8, ids, out count);
            tokenizer.CountTokens(text);
            tokenizer.TryDecode(ids.AsSpan(0, count), decoded, out int written);
            decoder.Reset();
            for (int i = 0; i < count; i++)
            {
                decoder.Add(ids[i]);
            }

            decoder.Flush();
            return written;
        }
    }

    [Fact]
    public void ThreadsShareATokenizer()
    {
        Tokenizer tokenizer = TokenizerFolder.Load(TokenizerFolder.Fixture("gpt2"));
        string[] texts = Enumerable.Range(0, 200).Select(i => string.Concat(Enumerable.Repeat($"line {i} of the story; ", (i % 7) + 1))).ToArray();
        int[][] want = texts.Select(text => tokenizer.Encode(text)).ToArray();
        int[][] got = new int[texts.Length][];
        Parallel.For(0, texts.Length, i => got[i] = tokenizer.Encode(texts[i]));
        Assert.Equal(want, got);
    }

    /// <summary>Short words are merged by searching, long ones with a heap; both must be what the definition says.</summary>
    [Fact]
    public void MergesAsTheDefinitionSays()
    {
        string path = Path.Combine(TokenizerFolder.Fixture("llama2-style"), "tokenizer.json");
        JsonNode model = JsonNode.Parse(File.ReadAllBytes(path))!["model"]!;
        var ranks = new Dictionary<string, int>();
        foreach (JsonNode? merge in model["merges"]!.AsArray())
        {
            ranks[merge!.GetValue<string>()] = ranks.Count;
        }

        Tokenizer tokenizer = TokenizerFolder.Load(TokenizerFolder.Fixture("llama2-style"));
        var random = new Random(1);
        for (int n = 0; n < 300; n++)
        {
            // many of few letters, so that many merges apply
            int letters = random.Next(2, 12);
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 200)).Select(_ => "eatinsorh dl"[random.Next(letters)]));
            List<string> tokens = text.Select(c => c == ' ' ? "▁" : c.ToString()).Prepend("▁").ToList();
            while (true)
            {
                int best = -1;
                int rank = int.MaxValue;
                for (int i = 0; i + 1 < tokens.Count; i++)
                {
                    if (ranks.TryGetValue(tokens[i] + " " + tokens[i + 1], out int r) && r < rank)
                    {
                        (best, rank) = (i, r);
                    }
                }

                if (best < 0)
                {
                    break;
                }

                tokens[best] += tokens[best + 1];
                tokens.RemoveAt(best + 1);
            }

            Assert.Equal(string.Join("|", tokens), tokenizer.Pieces(text, addSpecialTokens: false));
        }
    }

    /// <summary>With quadratic time this would take hours.</summary>
    [Theory]
    [InlineData("gpt2", "a")]
    [InlineData("gpt2", " ")]
    [InlineData("gpt2", "😀")]
    [InlineData("llama2-style", "a")]
    [InlineData("llama2-style", " ")]
    [InlineData("llama2-style", "😀")]
    public void LongRuns(string name, string unit)
    {
        Tokenizer tokenizer = TokenizerFolder.Load(TokenizerFolder.Fixture(name));
        string text = string.Concat(Enumerable.Repeat(unit, 1_000_000 / unit.Length));
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, addSpecialTokens: false)));
    }

    [Fact]
    public void UnknownCharacters()
    {
        ThrowAwayTokenizer Build() => new ThrowAwayTokenizer().Tokens("<unk>", "a", "b", "<0xC3>", "<0xA9>", "<0xE2>");
        Assert.Equal("a|b", Build().Build().Pieces("axyb"));
        Assert.Equal("a|<unk>|<unk>|b|<unk>", Build().Option("unk_token", "<unk>").Build().Pieces("axyb€"));
        Assert.Equal("a|<unk>|b|<unk>", Build().Option("unk_token", "<unk>").Option("fuse_unk", true).Build().Pieces("axyb€"));
        // é has all its bytes, € lacks two; an unknown waits for the next known character, bytes do not count as one
        Assert.Equal("<unk>|a|<0xC3>|<0xA9>|<unk>|b",
            Build().Option("unk_token", "<unk>").Option("byte_fallback", true).Option("fuse_unk", true).Build().Pieces("€a€éb"));
    }

    [Fact]
    public void WholeWordsGoFirstWithIgnoreMerges()
    {
        ThrowAwayTokenizer Build() => new ThrowAwayTokenizer().Tokens("a", "b", "c", "ab", "abc").Merges("a b");
        Assert.Equal("ab|c", Build().Build().Pieces("abc"));
        Assert.Equal("abc", Build().Option("ignore_merges", true).Build().Pieces("abc"));
    }

    [Fact]
    public void AddPrefixSpaceOfTheConfigDecides()
    {
        ThrowAwayTokenizer Build(string given) => new ThrowAwayTokenizer().Tokens("Ġ", "a", "Ġa").Merges("Ġ a")
            .With("pre_tokenizer", $$"""{"type":"ByteLevel","add_prefix_space":{{given}},"trim_offsets":true}""");
        Assert.Equal("a", Build("false").Build().Pieces("a"));
        Assert.Equal("Ġa", Build("false").Build("""{"add_prefix_space":true}""").Pieces("a"));
        Assert.Equal("a", Build("true").Build("""{"add_prefix_space":false}""").Pieces("a"));
    }

    [Fact]
    public void LlamaClassesRebuildThePostProcessor()
    {
        ThrowAwayTokenizer tokenizer = new ThrowAwayTokenizer().Tokens("a", "<s>", "</s>");
        Assert.Equal("<s>|a", tokenizer.Build("""{"tokenizer_class":"LlamaTokenizer"}""").Pieces("a"));
        Assert.Equal("a|</s>", tokenizer.Build("""{"tokenizer_class":"LlamaTokenizerFast","add_bos_token":false,"add_eos_token":true}""").Pieces("a"));
        Assert.Equal("a", tokenizer.Build("""{"tokenizer_class":"PreTrainedTokenizerFast","add_bos_token":true,"bos_token":"<s>"}""").Pieces("a"));
    }
}
