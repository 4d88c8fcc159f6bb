using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary>A part of <c>tokenizers/_components</c>, in a tokenizer whose tokens are bytes, so that text and offsets show.</summary>
internal static class ComponentChecks
{
    private static readonly EncodingOptions Plain = new() { AddSpecialTokens = false, OffsetUnit = OffsetUnit.CodePoint };

    /// <summary>Runs the cases of a part.</summary>
    public static void Run(string folder, string part, Tokenizer tokenizer, Checks checks)
    {
        string[] place = part.Split('/');
        using JsonDocument document = Expected.Read(Path.Combine(folder, "expected.json.gz"));
        using JsonDocument texts = Expected.Read(Path.Combine(folder, "..", "texts.json"));
        JsonElement component = document.RootElement.GetProperty(place[0])[int.Parse(place[1], System.Globalization.CultureInfo.InvariantCulture)];
        bool inAlphabet = component.GetProperty("config").GetRawText().Contains("\"ByteLevel\"", StringComparison.Ordinal);
        var tally = new Tally();
        using var encoding = new TokenEncoding();
        foreach (JsonElement test in component.GetProperty("cases").EnumerateArray())
        {
            if (place[0] == "decoders")
            {
                if (test[1].ValueKind == JsonValueKind.String)
                {
                    int[] ids = [.. test[0].EnumerateArray().Select(token => tokenizer.TokenToId(token.GetString()!) ?? -1)];
                    tally.Add(Expected.Difference(test[1].GetString()!, tokenizer.Decode(ids)), test[0].GetRawText());
                }

                continue;
            }

            if (test[1].ValueKind != JsonValueKind.Array)
            {
                continue;
            }

            string text = test[0].ValueKind == JsonValueKind.String ? test[0].GetString()! : texts.RootElement[test[0].GetInt32()].GetString()!;
            tokenizer.Encode(text, encoding, Plain);
            (string want, string got) = place[0] == "normalizers"
                ? (Normalized(test[1], tokenizer), Tokens(encoding))
                : (Pieces(test[1], inAlphabet, tokenizer), Words(encoding));
            tally.Add(Expected.Difference(want, got), Expected.Quote(text));
        }

        checks.Expect("cases", tally.Complaint, tally.Figure);
    }

    /// <summary>The expected tokens: each byte with the offsets of its code point.</summary>
    private static string Normalized(JsonElement expected, Tokenizer tokenizer)
    {
        var text = new StringBuilder();
        int index = 0;
        Span<byte> bytes = stackalloc byte[4];
        foreach (Rune rune in expected[0].GetString()!.EnumerateRunes())
        {
            JsonElement range = expected[1][index++];
            for (int i = 0; i < rune.EncodeToUtf8(bytes); i++)
            {
                text.Append(tokenizer.IdToToken(bytes[i])).Append(range[0].GetInt32()).Append('-').Append(range[1].GetInt32()).Append(' ');
            }
        }

        return text.ToString();
    }

    private static string Tokens(TokenEncoding encoding)
    {
        var text = new StringBuilder();
        for (int i = 0; i < encoding.Count; i++)
        {
            text.Append(encoding.Token(i)).Append(encoding.Offsets[i].Start).Append('-').Append(encoding.Offsets[i].End).Append(' ');
        }

        return text.ToString();
    }

    private static string Pieces(JsonElement expected, bool inAlphabet, Tokenizer tokenizer)
    {
        var text = new StringBuilder();
        foreach (JsonElement piece in expected.EnumerateArray())
        {
            string shown = piece[0].GetString()!;
            if (shown.Length == 0)
            {
                // no token shows it
                continue;
            }

            text.Append(inAlphabet ? shown : string.Concat(Encoding.UTF8.GetBytes(shown).Select(b => tokenizer.IdToToken(b))))
                .Append('|').Append(piece[1].GetInt32()).Append('-').Append(piece[2].GetInt32()).Append(' ');
        }

        return text.ToString();
    }

    private static string Words(TokenEncoding encoding)
    {
        var text = new StringBuilder();
        for (int i = 0; i < encoding.Count;)
        {
            int start = i;
            while (i < encoding.Count && encoding.WordIds[i] == encoding.WordIds[start])
            {
                text.Append(encoding.Token(i++));
            }

            text.Append('|').Append(encoding.Offsets[start].Start).Append('-').Append(encoding.Offsets[i - 1].End).Append(' ');
        }

        return text.ToString();
    }
}
