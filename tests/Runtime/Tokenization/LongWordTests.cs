using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Kiln.Compiler.Json;
using Kiln.Tests;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

/// <summary>Words that are too long to be merged by searching, against merging as it is defined: the lowest rank first, of equal ones the leftmost.</summary>
public class LongWordTests
{
    [Theory]
    [InlineData(1, "abcde")]
    [InlineData(2, "ab")]
    [InlineData(3, "thean")]
    [InlineData(4, "e")]
    [InlineData(5, "abcdefghijklmnopqrstuvwxyz")]
    public void MergedAsDefined(int seed, string letters)
    {
        string folder = Path.Combine(Paths.Fixtures, "tokenizers", "gpt2");
        JsonValue model = JsonReader.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer.json"))).Require("model");
        Dictionary<string, int> ids = model.Require("vocab").Members.ToDictionary(m => m.Key, m => m.Value.Int32);
        Dictionary<(string, string), int> ranks = model.Require("merges").Items.Select((m, i) => (Pair: m.String.Split(' '), Rank: i)).ToDictionary(m => (m.Pair[0], m.Pair[1]), m => m.Rank);
        Tokenizer tokenizer = TokenizerFolder.Load(folder);
        Random random = new(seed);
        for (int i = 0; i < 40; i++)
        {
            string word = new(Enumerable.Range(0, random.Next(33, 400)).Select(_ => letters[random.Next(letters.Length)]).ToArray());
            Assert.Equal(Merge(word, ranks).Select(s => ids[s]), tokenizer.Encode(word, addSpecialTokens: false));
        }
    }

    private static List<string> Merge(string word, Dictionary<(string, string), int> ranks)
    {
        List<string> symbols = word.Select(c => c.ToString()).ToList();
        while (true)
        {
            int best = -1;
            int lowest = int.MaxValue;
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if (ranks.TryGetValue((symbols[i], symbols[i + 1]), out int rank) && rank < lowest)
                {
                    (best, lowest) = (i, rank);
                }
            }

            if (best < 0)
            {
                return symbols;
            }

            symbols[best] += symbols[best + 1];
            symbols.RemoveAt(best + 1);
        }
    }
}
