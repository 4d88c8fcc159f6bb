using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

/// <summary>The models' searches against their definitions, written down as plainly as they can be, on random vocabularies and texts.</summary>
public class ModelSearchTests
{
    /// <summary>One to four bytes, the byte 0, and U+5143, which the vocabularies lack.</summary>
    private static readonly string[] Alphabet = ["a", "b", "c", "é", "狐", "😀", "\0", "元"];

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void UnigramTakesTheBestCut(int seed, bool byteFallback)
    {
        var random = new Random(seed);
        for (int round = 0; round < 8; round++)
        {
            // quarters add up exactly, so that there are ties; some above zero
            var scores = new Dictionary<string, double> { ["<unk>"] = 0 };
            foreach (string piece in Pieces(random, 60, 5))
            {
                scores[piece] = random.Next(-40, round == 7 ? 120 : 4) / 4.0;
            }

            // all bytes but those of the emoji
            foreach (byte b in byteFallback ? Encoding.UTF8.GetBytes("é狐元\0abc") : [])
            {
                scores[$"<0x{b:X2}>"] = -20;
            }

            Dictionary<string, int> ids = scores.Keys.Select((piece, id) => (piece, id)).ToDictionary(p => p.piece, p => p.id);
            var builder = new ThrowAwayTokenizer();
            builder.Option("type", "Unigram").Option("unk_id", 0).Option("byte_fallback", byteFallback);
            builder.Model["vocab"] = new JsonArray(scores.Select(p => (JsonNode)new JsonArray(p.Key, p.Value)).ToArray());
            Tokenizer tokenizer = builder.Build();
            for (int i = 0; i < 200; i++)
            {
                string[] text = Text(random, 1, 24);
                AssertTokens(tokenizer, text, Unigram(text, scores, ids, byteFallback));
            }
        }
    }

    [Theory]
    [InlineData(1, "##")]
    [InlineData(2, "")]
    [InlineData(3, "a")]
    [InlineData(4, "é!")]
    public void WordPieceTakesTheLongest(int seed, string prefix)
    {
        var random = new Random(seed);
        for (int round = 0; round < 8; round++)
        {
            string[] tokens = ["[UNK]", .. Pieces(random, 60, 5), .. Pieces(random, 60, 3).Select(piece => prefix + piece)];
            tokens = tokens.Distinct().ToArray();
            Dictionary<string, int> ids = tokens.Select((token, id) => (token, id)).ToDictionary(p => p.token, p => p.id);
            Tokenizer tokenizer = new ThrowAwayTokenizer().Option("type", "WordPiece").Option("unk_token", "[UNK]")
                .Option("continuing_subword_prefix", prefix).Option("max_input_chars_per_word", 9).Tokens(tokens).Build();
            for (int i = 0; i < 200; i++)
            {
                string[] text = Text(random, 1, 11);
                AssertTokens(tokenizer, text, WordPiece(text, ids, prefix, 9));
            }
        }
    }

    /// <summary>The first place that the trie's root can take, with U+0001 at it, is one from which the byte 0 would lead back to the root.</summary>
    [Fact]
    public void TheByteZeroLeadsNowhere()
    {
        var random = new Random(5);
        string[] tokens = Enumerable.Range(0, 300).Select(_ => new string(Enumerable.Range(0, random.Next(1, 4)).Select(_ => (char)random.Next(1, 127)).ToArray())).ToArray();
        tokens = ["[UNK]", "\u0001", .. tokens];
        tokens = tokens.Distinct().ToArray();
        Tokenizer tokenizer = new ThrowAwayTokenizer().Option("type", "WordLevel").Option("unk_token", "[UNK]").Tokens(tokens).Build();
        for (int id = 0; id < tokens.Length; id++)
        {
            Assert.Equal([id], tokenizer.Encode(tokens[id]));
            Assert.Equal([0], tokenizer.Encode("\0" + tokens[id]));
            Assert.Equal([0], tokenizer.Encode("\0\0" + tokens[id]));
            Assert.Equal([0], tokenizer.Encode(tokens[id] + "\0" + tokens[1]));
        }
    }

    /// <summary>With scores above 20 two unknowns can be worth more than the entry that they are together, which they then become.</summary>
    [Fact]
    public void FusedUnknownsMayBeAnEntry()
    {
        var builder = new ThrowAwayTokenizer().Option("type", "Unigram").Option("unk_id", 0);
        builder.Model["vocab"] = new JsonArray(new JsonArray("<unk>", 30.0), new JsonArray("ab", 30.0));
        Tokenizer tokenizer = builder.Build();
        Assert.Equal([1], tokenizer.Encode("ab"));
        Assert.Equal([0], tokenizer.Encode("aba"));
    }

    [Theory]
    [InlineData("Unigram")]
    [InlineData("WordPiece")]
    [InlineData("WordLevel")]
    public void NothingIsAllocatedAndDamageDoesNoHarm(string type)
    {
        var random = new Random(6);
        string[] pieces = ["<unk>", .. Pieces(random, 60, 4)];
        pieces = pieces.Distinct().ToArray();
        var builder = new ThrowAwayTokenizer().Option("type", type).Option("unk_token", "<unk>").Option("unk_id", 0).Option("max_input_chars_per_word", 1 << 20);
        builder.Tokens(pieces);
        if (type == "Unigram")
        {
            builder.Model["vocab"] = new JsonArray(pieces.Select((piece, i) => (JsonNode)new JsonArray(piece, -i / 4.0)).ToArray());
        }

        byte[] table = TokenizerFolder.Compile(builder.Files()).Table;
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Text(random, 20_000, 20_001)));
        int[] ids = new int[text.Length];
        Tokenizer whole = Tokenizer.Load(table);
        whole.TryEncode(text, ids, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        whole.TryEncode(text, ids, out int count);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(count, 1, text.Length);

        int loaded = 0;
        for (int n = 0; n < 1000; n++)
        {
            byte[] damaged = table.ToArray();
            for (int i = random.Next(1, 30); i > 0; i--)
            {
                damaged[random.Next(32, damaged.Length)] = (byte)random.Next(256);
            }

            try
            {
                Tokenizer tokenizer = Tokenizer.Load(damaged);
                loaded++;
                tokenizer.Decode(tokenizer.Encode("abcé狐😀\0元aabbcc狐狐"));
            }
            catch (InvalidDataException)
            {
            }
        }

        Assert.InRange(loaded, 10, 1000);
    }

    private static IEnumerable<string> Pieces(Random random, int count, int longest) =>
        Enumerable.Range(0, count).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, longest)).Select(_ => Alphabet[random.Next(Alphabet.Length - 1)])));

    private static string[] Text(Random random, int shortest, int longest) =>
        Enumerable.Range(0, random.Next(shortest, longest)).Select(_ => Alphabet[random.Next(Alphabet.Length)]).ToArray();

    private static string Join(string[] text, int start, int end) => string.Concat(text[start..end]);

    private static List<(int Id, int Start, int End)> Unigram(string[] text, Dictionary<string, double> scores, Dictionary<string, int> ids, bool byteFallback)
    {
        double unknown = scores.Values.Min() - 10;
        var best = new (double Sum, int Start, bool Known)[text.Length + 1];
        for (int end = 1; end <= text.Length; end++)
        {
            bool found = false;
            for (int start = 0; start < end; start++)
            {
                bool known = scores.TryGetValue(Join(text, start, end), out double score);
                if (!known && start + 1 < end)
                {
                    continue;
                }

                double sum = (known ? score : unknown) + best[start].Sum;
                if (!found || sum > best[end].Sum)
                {
                    best[end] = (sum, start, known);
                    found = true;
                }
            }
        }

        var cuts = new List<(int Start, int End, bool Known)>();
        for (int end = text.Length; end > 0; end = best[end].Start)
        {
            if (cuts.Count > 0 && !best[end].Known && !cuts[^1].Known)
            {
                cuts[^1] = (best[end].Start, cuts[^1].End, false);
            }
            else
            {
                cuts.Add((best[end].Start, end, best[end].Known));
            }
        }

        cuts.Reverse();
        var result = new List<(int Id, int Start, int End)>();
        foreach ((int start, int end, _) in cuts)
        {
            string piece = Join(text, start, end);
            int[] bytes = Encoding.UTF8.GetBytes(piece).Select(b => ids.GetValueOrDefault($"<0x{b:X2}>", -1)).ToArray();
            int[] tokens = ids.TryGetValue(piece, out int id) ? [id] : byteFallback && !bytes.Contains(-1) ? bytes : [0];
            result.AddRange(tokens.Select(token => (token, start, end)));
        }

        return result;
    }

    private static List<(int Id, int Start, int End)> WordPiece(string[] text, Dictionary<string, int> ids, string prefix, int longest)
    {
        var result = new List<(int Id, int Start, int End)>();
        for (int start = 0; start < text.Length && text.Length <= longest;)
        {
            int end = text.Length;
            int id = 0;
            while (end > start && !ids.TryGetValue((start > 0 ? prefix : "") + Join(text, start, end), out id))
            {
                end--;
            }

            if (end == start)
            {
                return [(0, 0, text.Length)];
            }

            result.Add((id, start, end));
            start = end;
        }

        return result.Count > 0 ? result : [(0, 0, text.Length)];
    }

    private static void AssertTokens(Tokenizer tokenizer, string[] text, List<(int Id, int Start, int End)> expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(text));
        using var encoding = new TokenEncoding();
        tokenizer.Encode(bytes, encoding, new EncodingOptions { OffsetUnit = OffsetUnit.CodePoint });
        var got = new List<(int Id, int Start, int End)>();
        for (int i = 0; i < encoding.Count; i++)
        {
            got.Add((encoding.Ids[i], encoding.Offsets[i].Start, encoding.Offsets[i].End));
        }

        Assert.Equal(expected, got);
        Assert.Equal(expected.Select(token => token.Id), tokenizer.Encode(string.Concat(text)));
    }
}
