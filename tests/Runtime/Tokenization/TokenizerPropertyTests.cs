using System;
using System.Linq;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

/// <summary>What holds for any text: random code points of all planes, with lone surrogates and runs of blanks among them.</summary>
[Properties(Arbitrary = [typeof(RandomText)], MaxTest = 300, QuietOnSuccess = true)]
public class TokenizerPropertyTests
{
    private static readonly Tokenizer Gpt2 = TokenizerFolder.Load(TokenizerFolder.Fixture("gpt2"));
    private static readonly Tokenizer Roberta = TokenizerFolder.Load(TokenizerFolder.Fixture("roberta-prefix-space"));
    private static readonly Tokenizer Llama2 = TokenizerFolder.Load(TokenizerFolder.Fixture("llama2-style"));
    private static readonly Tokenizer Mistral = TokenizerFolder.Load(TokenizerFolder.Fixture("mistral-style"));

    [Property]
    public bool ByteLevelDecodesToTheText(RandomText text) => Gpt2.Decode(Gpt2.Encode(text.Value)) == Valid(text.Value);

    [Property]
    public bool ChunksAndTheRestAreTheWhole(RandomText text)
    {
        int[] ids = Gpt2.Encode(text.Value);
        TokenDecoder decoder = Gpt2.CreateDecoder();
        var joined = new StringBuilder();
        foreach (int id in ids)
        {
            joined.Append(Encoding.UTF8.GetString(decoder.Add(id)));
        }

        joined.Append(Encoding.UTF8.GetString(decoder.Flush()));
        return joined.ToString() == Gpt2.Decode(ids);
    }

    [Property]
    public bool OffsetsPointAtTheTextOfTheToken(RandomText text)
    {
        using var encoding = new TokenEncoding();
        Gpt2.Encode(text.Value, encoding);
        string valid = Valid(text.Value);
        int at = 0;
        for (int i = 0; i < encoding.Count; i++)
        {
            // a token's bytes lie within the characters that its offsets name, and nothing lies between two tokens
            TextRange range = encoding.Offsets[i];
            byte[] part = Encoding.UTF8.GetBytes(valid[range.Start..range.End]);
            string piece = string.Concat(part.Select(static b => Gpt2Character(b)));
            if (!piece.Contains(encoding.Token(i), StringComparison.Ordinal) || range.Start > at)
            {
                return false;
            }

            at = Math.Max(at, range.End);
        }

        return at == valid.Length;
    }

    [Property]
    public bool AllWaysGiveTheSameIds(RandomText text)
    {
        using var encoding = new TokenEncoding();
        foreach (Tokenizer tokenizer in new[] { Gpt2, Roberta, Llama2, Mistral })
        {
            int[] ids = tokenizer.Encode(text.Value);
            tokenizer.Encode(text.Value, encoding);
            bool same = encoding.Ids.SequenceEqual(ids);
            tokenizer.Encode(Encoding.UTF8.GetBytes(text.Value), encoding, new EncodingOptions { OffsetUnit = OffsetUnit.Utf8 });
            if (!same || !encoding.Ids.SequenceEqual(ids) || tokenizer.CountTokens(text.Value) != ids.Length)
            {
                return false;
            }

            foreach (TextRange range in encoding.Offsets)
            {
                if (range.Start < 0 || range.End < range.Start || range.End > Encoding.UTF8.GetByteCount(text.Value))
                {
                    return false;
                }
            }
        }

        return true;
    }

    [Property]
    public bool AnyBytesAreEncoded(byte[] bytes)
    {
        using var encoding = new TokenEncoding();
        foreach (OffsetUnit unit in Enum.GetValues<OffsetUnit>())
        {
            Gpt2.Encode(bytes, encoding, new EncodingOptions { OffsetUnit = unit });
            if (Gpt2.Decode(encoding.Ids) != Encoding.UTF8.GetString(bytes)
                || (unit == OffsetUnit.Utf8 && encoding.Count > 0 && encoding.Offsets[^1].End != bytes.Length))
            {
                return false;
            }
        }

        return true;
    }

    private static string Valid(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static char Gpt2Character(byte value) => value switch
    {
        <= 0x20 => (char)(256 + value),
        >= 0x7F and <= 0xA0 => (char)(256 + 33 + (value - 0x7F)),
        0xAD => (char)(256 + 67),
        _ => (char)value,
    };

    /// <summary>A text.</summary>
    public sealed record RandomText(string Value)
    {
        private static readonly string[] Parts =
        [
            " ", "  ", "\n", "\r\n", "\t", "the", " and", "'s", "don't", "123", "\u00BD", "\u00E9", "e\u0301", "\u4E2D\u6587", "\uAC00", "\uD83D\uDE00", "\uD83D", "\uDE00",
            "\u2581", "\u00A0", "\u3000", "\u200D", "\uFFFD", "\uFEFF", "\0", "\u0E01", "\u0628", "...", "<>", "\uD835\uDC00",
        ];

        /// <summary>Pieces that tokenizers look at, and any code units.</summary>
        public static Arbitrary<RandomText> Texts()
        {
            Gen<string> part = Gen.OneOf(
                Gen.Elements(Parts),
                Gen.Choose(0, 0xFFFF).Select(static c => ((char)c).ToString()),
                Gen.Choose(0x10000, 0x10FFFF).Select(char.ConvertFromUtf32));
            return Gen.ArrayOf(part).Select(static parts => new RandomText(string.Concat(parts))).ToArbitrary();
        }
    }
}
