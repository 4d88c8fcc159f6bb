using System.IO;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Kiln.Tests;
using Kiln.Tokenization;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

public class CharacterClassesTests
{
    [SkippableTheory]
    [InlineData("regex_L", (int)CharacterClass.Letter)]
    [InlineData("regex_N", (int)CharacterClass.Number)]
    [InlineData("regex_s", (int)CharacterClass.Space)]
    [InlineData("added_token_strips", (int)CharacterClass.Space)]
    [InlineData("added_token_single_word_blockers", (int)CharacterClass.Word)]
    public void EveryCodePoint(string set, int wanted)
    {
        Skip.If(Paths.SharedOracle is null, "needs ../shared/oracle");
        string path = Path.Combine(Paths.SharedOracle, "tokenizers", "_components", "unicode.json.gz");
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        bool[] members = new bool[0x110000];
        foreach (JsonElement range in JsonDocument.Parse(file).RootElement.GetProperty("sets").GetProperty(set).EnumerateArray())
        {
            for (int c = range[0].GetInt32(); c <= range[1].GetInt32(); c++)
            {
                members[c] = true;
            }
        }

        for (int c = 0; c < members.Length; c++)
        {
            Assert.True(members[c] == ((CharacterClasses.Of(c) & (CharacterClass)wanted) != 0), $"U+{c:X4}");
        }
    }

    [Fact]
    public unsafe void CharactersOfUtf8()
    {
        foreach ((string text, CharacterClass want) in new[]
        {
            ("a", CharacterClass.Letter | CharacterClass.Word), ("7", CharacterClass.Number | CharacterClass.Word), (" ", CharacterClass.Space),
            ("_", CharacterClass.Word), ("!", CharacterClass.Other), ("é", CharacterClass.Letter | CharacterClass.Word),
            ("½", CharacterClass.Number), ("狐", CharacterClass.Letter | CharacterClass.Word), ("\u3000", CharacterClass.Space),
            ("😀", CharacterClass.Other), ("𝕏", CharacterClass.Letter | CharacterClass.Word), ("\U000E0101", CharacterClass.Word),
        })
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            fixed (byte* start = utf8)
            {
                Assert.Equal(want, CharacterClasses.At(start, start + utf8.Length, out int length));
                Assert.Equal(utf8.Length, length);
            }
        }
    }
}
