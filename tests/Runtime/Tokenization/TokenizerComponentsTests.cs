using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using Kiln.Compiler.Tokenizers;
using Kiln.Tokenization;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

public class TokenizerComponentsTests
{
    /// <summary>The compiler makes the names from the kinds: each kind must have its method, and no method may lack a kind.</summary>
    [Fact]
    public void EveryKindHasItsMethod()
    {
        IEnumerable<string> Names<T>(string suffix)
            where T : struct, Enum => Enum.GetNames<T>().Where(name => name != "Count").Select(name => "Add" + name + suffix);
        string[] wanted = Names<ModelKind>("Model").Concat(Names<NormalizerKind>("Normalizer")).Concat(Names<PreTokenizerKind>("PreTokenizer"))
            .Concat(Names<DecoderKind>("Decoder")).Order().ToArray();
        string[] found = typeof(TokenizerComponents).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Select(method => method.Name).Order().ToArray();
        Assert.Equal(wanted, found);
        foreach (string name in found)
        {
            typeof(TokenizerComponents).GetMethod(name)!.Invoke(new TokenizerComponents(), null);
        }
    }

    [Fact]
    public void AllHasAll()
    {
        TokenizerComponents all = TokenizerComponents.All;
        Assert.All(Enum.GetValues<ModelKind>().SkipLast(1), kind => all.Model((int)kind));
        Assert.All(Enum.GetValues<NormalizerKind>().SkipLast(1), kind => all.Normalizer((int)kind));
        Assert.All(Enum.GetValues<PreTokenizerKind>().SkipLast(1), kind => all.PreTokenizer((int)kind));
        Assert.All(Enum.GetValues<DecoderKind>().SkipLast(1), kind => all.Decoder((int)kind));
    }

    /// <summary>What the compiler says that a table uses is enough to load it, and each part of it is needed.</summary>
    [Theory]
    [InlineData("gpt2", "BpeModel ByteLevelPreTokenizer ByteLevelDecoder")]
    [InlineData("llama2-style", "BpeModel PrependNormalizer ReplaceNormalizer ReplaceDecoder ByteFallbackDecoder FuseDecoder StripDecoder")]
    public void UsedOnesAreEnough(string name, string expected)
    {
        CompiledTokenizer compiled = TokenizerFolder.Compile(TokenizerFolder.Read(TokenizerFolder.Fixture(name)));
        Assert.Equal(expected, string.Join(" ", compiled.Components));
        Tokenizer loaded = Load(compiled.Table, compiled.Components);
        Assert.Equal("hello", loaded.Decode(loaded.Encode("hello", addSpecialTokens: false)));
        foreach (string component in compiled.Components)
        {
            Assert.Throws<InvalidDataException>(() => Load(compiled.Table, compiled.Components.Where(other => other != component)));
        }
    }

    private static unsafe Tokenizer Load(byte[] table, IEnumerable<string> names)
    {
        var components = new TokenizerComponents();
        foreach (string name in names)
        {
            typeof(TokenizerComponents).GetMethod("Add" + name)!.Invoke(components, null);
        }

        // pinned for good: the tokenizer reads the table where it is
        byte[] pinned = GC.AllocateUninitializedArray<byte>(table.Length, pinned: true);
        table.CopyTo(pinned, 0);
        fixed (byte* start = pinned)
        {
            keptAlive.Add(pinned);
            return Tokenizer.Load(start, pinned.Length, components);
        }
    }

    private static readonly List<byte[]> keptAlive = [];
}
