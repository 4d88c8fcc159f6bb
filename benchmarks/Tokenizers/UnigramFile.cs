using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kiln.Tokenizers.Benchmarks;

/// <summary>
/// Writes a Unigram <c>tokenizer.json</c> of any size: the substrings of a text with the logarithm of their frequency for a score, and
/// everything else (normalizer, pre-tokenizer, ...) from a file that exists. No vocabulary that anyone would train, but of its shape.
/// </summary>
internal static class UnigramFile
{
    private const int LongestPiece = 12;

    /// <summary>Writes the file.</summary>
    /// <param name="text">What pieces are taken from.</param>
    /// <param name="size">Number of pieces.</param>
    /// <param name="template">A Unigram tokenizer.json.</param>
    /// <param name="folder">Gets tokenizer.json.</param>
    public static void Write(string text, int size, string template, string folder)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllBytes(template))!.AsObject();
        JsonArray old = json["model"]!["vocab"]!.AsArray();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var pieces = new JsonArray();

        // what is special keeps its place, as its ids are named elsewhere
        HashSet<string> added = json["added_tokens"]!.AsArray().Select(static token => (string)token!["content"]!).ToHashSet();
        int last = 0;
        for (int i = 0; i < old.Count; i++)
        {
            last = added.Contains((string)old[i]![0]!) ? i : last;
        }

        for (int i = 0; i <= last; i++)
        {
            string piece = (string)old[i]![0]!;
            taken.Add(piece);
            pieces.Add(new JsonArray(piece, (double)old[i]![1]!));
        }

        (string Piece, int Count)[] candidates = Candidates(text, size);
        double total = Math.Log(candidates.Sum(static c => (long)c.Count));
        foreach ((string piece, int count) in candidates)
        {
            if (pieces.Count < size && taken.Add(piece))
            {
                // both sides must read the same number, so it is one that any parser reads alike
                double score = Math.Round((Math.Log(count) - total) * 4096) / 4096;
                pieces.Add(new JsonArray(piece, score));
            }
        }

        if (pieces.Count < size)
        {
            throw new InvalidDataException($"The text has only {pieces.Count} substrings.");
        }

        json["model"]!["vocab"] = pieces;
        json["truncation"] = null;
        json["padding"] = null;
        Directory.CreateDirectory(folder);
        using var file = new FileStream(Path.Combine(folder, "tokenizer.json"), FileMode.Create);
        using var writer = new Utf8JsonWriter(file, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteTo(writer);
    }

    /// <summary>Single characters first, then by frequency times length: long pieces are worth more.</summary>
    private static (string Piece, int Count)[] Candidates(string text, int size)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (string word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                Rune[] runes = ("▁" + word).EnumerateRunes().ToArray();
                for (int start = 0; start < runes.Length; start++)
                {
                    var piece = new StringBuilder();
                    for (int end = start; end < Math.Min(runes.Length, start + LongestPiece); end++)
                    {
                        piece.Append(runes[end]);
                        string key = piece.ToString();
                        counts[key] = counts.GetValueOrDefault(key) + 1;
                    }
                }
            }
        }

        return [.. counts
            .OrderByDescending(static c => IsCharacter(c.Key))
            .ThenByDescending(static c => (long)c.Value * c.Key.Length)
            .ThenBy(static c => c.Key, StringComparer.Ordinal)
            .Take(size)
            .Select(static c => (c.Key, c.Value))];
    }

    private static bool IsCharacter(string piece) => piece.Length == 1 || (piece.Length == 2 && char.IsHighSurrogate(piece[0]));
}
