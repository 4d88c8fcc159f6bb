using System;
using System.IO;
using System.Linq;
using Kiln.Compiler.Checkpoints;
using Kiln.Tests;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Kiln.Generators.Tests;

public sealed class TokenizerGeneratorTests
{
    private static readonly TokenizerManifest Words = new()
    {
        Name = "Words",
        Namespace = "My.Game",
        KilnVersion = "0.0.0",
        VocabularySize = 1203,
        Tokenizer = new ManifestTokenizer(
            new string('0', 64),
            1210,
            [
                ("bos_token", "<|endoftext|>", 0), ("eos_token", "<|endoftext|>", 0), ("mask_token", "[MASK]", 4), ("pad_token", "\u2581<&>", 5),
                ("additional_special_tokens", "<|im_start|>", 1200), ("additional_special_tokens", "<mask>", 1201), ("additional_special_tokens", "***", 1202),
                ("additional_special_tokens", "<0\n>", 1203), ("image_token", "<image>", 1204),
            ],
            ["BpeModel", "ByteLevelPreTokenizer", "ByteLevelDecoder"]),
    };

    /// <summary>The whole text, so that a change of what users see in their IDE is seen in review. KILN_UPDATE=1 writes it anew.</summary>
    [Fact]
    public void TheTextIsTheSnapshot()
    {
        string path = Path.Combine(Paths.Repository, "tests", "Generators", "Snapshots", "Words.g.cs.txt");
        GeneratedSourceResult source = Run(Words);
        Assert.Equal("Words.g.cs", source.HintName);
        string text = source.SourceText.ToString();
        if (Environment.GetEnvironmentVariable("KILN_UPDATE") == "1")
        {
            System.IO.File.WriteAllText(path, text);
        }

        Assert.Equal(System.IO.File.ReadAllText(path), text);
    }

    [Theory]
    [InlineData("Bos", 0)]
    [InlineData("Eos", 0)]
    [InlineData("EndOfText", 0)]
    [InlineData("Mask", 4)]
    [InlineData("Pad", 5)]
    [InlineData("Image", 1204)]
    [InlineData("ImStart", 1200)]
    [InlineData("Mask_1201", 1201)]
    [InlineData("_0", 1203)]
    public void TokensHaveNames(string name, int id)
    {
        string text = Run(Words).SourceText.ToString();
        Assert.Contains($"public const int {name} = {id};", text, StringComparison.Ordinal);
        Assert.Equal(10, text.Split("public const int ").Length - 1);
    }

    [Fact]
    public void ARefusedTokenizerIsAnEmptyClass()
    {
        CSharpCompilation compilation = Generated.Compilation("").AddSyntaxTrees(Run(Words with { Tokenizer = null }).SyntaxTree);
        Assert.Empty(compilation.GetTypeByMetadataName("My.Game.Words")!.GetMembers().Where(static m => !m.IsImplicitlyDeclared));
    }

    [Fact]
    public void AnUnrelatedEditRunsNoStep()
    {
        GeneratorDriver driver = Generated.CreateDriver(File(Words), new Generated.ManifestFile("/notes.txt", "", marked: false));
        CSharpCompilation compilation = Generated.Compilation("class A;");
        driver = driver.RunGenerators(compilation);
        driver = driver.RunGenerators(compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[0], CSharpSyntaxTree.ParseText("class B;", Generated.ParseOptions)));
        GeneratorRunResult result = Assert.Single(driver.GetRunResult().Results);
        Assert.All(
            result.TrackedSteps[ModelGenerator.TokenizerSourcesStep].SelectMany(static s => s.Outputs),
            static o => Assert.True(o.Reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, o.Reason.ToString()));
    }

    [Fact]
    public void TheManifestIsReadAsItWasWritten()
    {
        string text = Words.Write();
        Assert.Equal(text, TokenizerManifest.Read(text).Write());
        Assert.Equal(Words with { Tokenizer = null }, TokenizerManifest.Read((Words with { Tokenizer = null }).Write()));
    }

    private static Generated.ManifestFile File(TokenizerManifest manifest) => new("/obj/Words.tokenizer.json", manifest.Write(), marker: "KilnTokenizerManifest");

    private static GeneratedSourceResult Run(TokenizerManifest manifest)
    {
        GeneratorRunResult result = Assert.Single(Generated.CreateDriver(File(manifest)).RunGenerators(Generated.Compilation("class A;")).GetRunResult().Results);
        Assert.Null(result.Exception);
        return Assert.Single(result.GeneratedSources);
    }
}
