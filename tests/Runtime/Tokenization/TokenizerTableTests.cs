using System;
using System.IO;
using System.Linq;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

/// <summary>Tables may come from files that anybody wrote.</summary>
public class TokenizerTableTests
{
    private static readonly byte[] Gpt2 = TokenizerFolder.Compile(TokenizerFolder.Read(TokenizerFolder.Fixture("gpt2"))).Table;
    private static readonly byte[] Llama = TokenizerFolder.Compile(TokenizerFolder.Read(TokenizerFolder.Fixture("mistral-style"))).Table;

    [Fact]
    public void OtherFilesAreRefused()
    {
        Assert.Throws<InvalidDataException>(() => Tokenizer.Load([]));
        Assert.Throws<InvalidDataException>(() => Tokenizer.Load("{\"version\": \"1.0\", \"truncation\": null}"u8));
        byte[] newer = Gpt2.ToArray();
        newer[8]++;
        Assert.Contains("version", Assert.Throws<InvalidDataException>(() => Tokenizer.Load(newer)).Message);
    }

    [Fact]
    public void TruncatedTablesAreRefused()
    {
        for (int length = 0; length < Gpt2.Length; length += 97)
        {
            Assert.Throws<InvalidDataException>(() => Tokenizer.Load(Gpt2.AsSpan(0, length)));
        }

        // bytes behind the table do no harm
        Assert.Equal(1177, Tokenizer.Load([.. Gpt2, 1, 2, 3]).VocabularySize);
    }

    /// <summary>A damaged table is refused, or gives other tokens; it never reads outside of itself, which would end this process.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void DamagedTablesDoNoHarm(bool gpt2)
    {
        byte[] table = gpt2 ? Gpt2 : Llama;
        int directory = 32 + (24 * BitConverter.ToInt32(table, 12));
        var random = new Random(3);
        int loaded = 0;
        for (int n = 0; n < 4000; n++)
        {
            byte[] damaged = table.ToArray();
            for (int i = random.Next(1, 20); i > 0; i--)
            {
                // every second one in the header, the directory or the numbers behind it
                int at = random.Next(2) == 0 ? random.Next(directory + 200) : random.Next(damaged.Length);
                damaged[at] = random.Next(4) switch { 0 => 0, 1 => 0xFF, 2 => (byte)(damaged[at] ^ (1 << random.Next(8))), _ => (byte)random.Next(256) };
            }

            Tokenizer tokenizer;
            try
            {
                tokenizer = Tokenizer.Load(damaged);
            }
            catch (InvalidDataException)
            {
                continue;
            }

            loaded++;
            int[] ids = tokenizer.Encode("Once upon a time <s> [INST] don't 123 狐😀é \n\n <|endoftext|> " + new string('a', 80));
            tokenizer.Decode(ids);
            TokenDecoder decoder = tokenizer.CreateDecoder(skipSpecialTokens: true);
            foreach (int id in ids)
            {
                decoder.Add(id);
            }

            decoder.Flush();
            tokenizer.TokenToId("the");
        }

        Assert.InRange(loaded, 100, 3900);
    }
}
