using System;
using System.Globalization;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Json;
using Xunit;

namespace Kiln.Compiler.Tests.Checkpoints;

public sealed class ManifestJsonTests
{
    [Fact]
    public void RoundTrips()
    {
        Manifest manifest = Sample();
        string text = ManifestJson.Write(manifest);
        Manifest read = ManifestJson.Read(text);
        Assert.Equal(text, ManifestJson.Write(read));
        Assert.Equal(manifest.Options, read.Options);
        Assert.Equal(manifest.KilnVersion, read.KilnVersion);
        Assert.True(read.Refused);
        Assert.Equal(manifest.Files, read.Files);
        Assert.Equal(manifest.Tokenizer!.SpecialTokens, read.Tokenizer!.SpecialTokens);
        Assert.Equal(manifest.Tokenizer.ContentHash, read.Tokenizer.ContentHash);
        Assert.Equal(manifest.Tensors[0].Shape, read.Tensors[0].Shape);
        Assert.Equal(manifest.Tensors[0] with { Shape = read.Tensors[0].Shape }, read.Tensors[0]);
        Assert.Equal(5_000_000_000L, read.Tensors[0].Offset);
    }

    [Fact]
    public void KeepsTheConfigAsItIsWritten()
    {
        JsonValue config = ManifestJson.Read(ManifestJson.Write(Sample())).Config;
        Assert.Equal("1e-05", config["eps"]!.NumberText);
        Assert.Equal("Infinity", config["limit"]!.NumberText);
        Assert.Equal("rope", config["rope"]!.Path);
        Assert.Equal("é\"", config["text"]!.String);
    }

    [Fact]
    public void IsTheSameInEveryCulture()
    {
        string expected = ManifestJson.Write(Sample());
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            // a culture of our own: the tests run with invariant globalization
            var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            culture.NumberFormat.NegativeSign = "~";
            culture.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = culture;
            Assert.Equal(expected, ManifestJson.Write(Sample()));
            Assert.Equal(expected, ManifestJson.Write(ManifestJson.Read(expected)));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("{\"format\": 2}")]
    public void RefusesOtherText(string text) => Assert.Throws<JsonException>(() => ManifestJson.Read(text));

    private static Manifest Sample() => new()
    {
        Options = new ModelOptions("Stories", "My.App", WeightsOption.BF16, Embed: false, MaxTokens: -1, HiddenStates: true, Strict: true),
        KilnVersion = "1.2.3",
        Config = JsonReader.Parse("""{"eps": 1e-05, "limit": Infinity, "rope": {"a": [1, 2.50]}, "text": "é\""}""", pythonNumbers: true),
        GenerationConfig = JsonReader.Parse("""{"eos_token_id": [1, 2]}"""),
        Files = [new ManifestFile("model.safetensors", 5_000_000_100L, new string('a', 64))],
        Tensors = [new ManifestTensor("model.embed_tokens.weight", TensorEncoding.F8_E4M3, [3, 4], 0, 5_000_000_000L, 12)],
        Tokenizer = new ManifestTokenizer(new string('b', 64), 512, [("bos_token", "<s>", 1), ("eos_token", "\ud83d\ude00", 2)], ["BpeModel", "ByteLevelDecoder"]),
        Refused = true,
    };
}
