using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Kiln.Compiler;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;
using Kiln.Tests;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;
using File = Kiln.Generators.Tests.Generated.ManifestFile;

namespace Kiln.Generators.Tests;

public sealed class ModelGeneratorTests
{
    private static readonly string[] Steps = [ModelGenerator.ManifestsStep, ModelGenerator.SourcesStep];

    [Fact]
    public void EmitsWhatTheCompilerMakes()
    {
        Manifest manifest = Generated.TinyLlama();
        GeneratedSourceResult source = Assert.Single(Run(new File("/obj/Tiny.checkpoint.json", ManifestJson.Write(manifest))).GeneratedSources);
        Assert.Equal("Tiny.g.cs", source.HintName);
        var diagnostics = new DiagnosticBag();
        Assert.Equal(ModelCompiler.Compile(manifest, diagnostics)!.Source, source.SourceText.ToString());
        Assert.Empty(diagnostics.Items);
    }

    [Fact]
    public void EmitsAnEmptyClassForARefusedModel()
    {
        GeneratedSourceResult source = Assert.Single(Run(new File("/obj/Tiny.checkpoint.json", ManifestJson.Write(Generated.TinyLlama(refused: true)))).GeneratedSources);
        Assert.Equal(ModelCompiler.EmptyClass(new ModelOptions("Tiny", "My.Game")), source.SourceText.ToString());
        CSharpCompilation compilation = Generated.Compilation("class C { My.Game.Tiny? model; }").AddSyntaxTrees(source.SyntaxTree);
        Assert.NotNull(compilation.GetTypeByMetadataName("My.Game.Tiny"));
    }

    [Fact]
    public void EmitsAnEmptyClassForAManifestThatDoesNotCompile()
    {
        Manifest manifest = Generated.TinyLlama() with { Config = JsonReader.Parse("""{"model_type": "none"}""") };
        GeneratorRunResult result = Run(new File("/obj/Tiny.checkpoint.json", ManifestJson.Write(manifest)));
        Assert.Equal(ModelCompiler.EmptyClass(manifest.Options), Assert.Single(result.GeneratedSources).SourceText.ToString());
        Assert.Empty(result.Diagnostics);
    }

    [Fact]
    public void IgnoresOtherFiles()
    {
        string text = ManifestJson.Write(Generated.TinyLlama());
        Assert.Empty(Run(new File("/obj/Tiny.checkpoint.json", text, marked: false), new File("/notes.txt", "not JSON", marked: false)).GeneratedSources);
    }

    [Fact]
    public void AnUnrelatedEditRunsNoStep()
    {
        GeneratorDriver driver = Generated.CreateDriver(Manifest("One"), Manifest("Two"), new File("/notes.txt", "", marked: false));
        CSharpCompilation compilation = Generated.Compilation("class A;");
        driver = driver.RunGenerators(compilation);
        driver = driver.RunGenerators(compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[0], CSharpSyntaxTree.ParseText("class A { int edited; }", Generated.ParseOptions)));
        GeneratorRunResult result = Assert.Single(driver.GetRunResult().Results);
        foreach (string step in Steps)
        {
            Assert.Equal(2, Reasons(result, step).Count);
            Assert.All(Reasons(result, step), AssertNotRun);
        }

        Assert.All(result.TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs), o => AssertNotRun(o.Reason));
        Assert.Equal(["One.g.cs", "Two.g.cs"], result.GeneratedSources.Select(s => s.HintName).Order());
    }

    [Fact]
    public void AChangedManifestRunsOnlyItsModel()
    {
        File one = Manifest("One");
        GeneratorDriver driver = Generated.CreateDriver(one, Manifest("Two"));
        CSharpCompilation compilation = Generated.Compilation("class A;");
        driver = driver.RunGenerators(compilation);
        Manifest longer = Generated.TinyLlama("One");
        longer = longer with { Options = longer.Options with { MaxTokens = 33 } };
        driver = driver.ReplaceAdditionalText(one, new File(one.Path, ManifestJson.Write(longer))).RunGenerators(compilation);
        GeneratorRunResult result = Assert.Single(driver.GetRunResult().Results);
        foreach (string step in Steps)
        {
            List<IncrementalStepRunReason> reasons = Reasons(result, step);
            Assert.Single(reasons, IncrementalStepRunReason.Modified);
            AssertNotRun(Assert.Single(reasons, r => r != IncrementalStepRunReason.Modified));
        }

        Assert.Contains("33", result.GeneratedSources.Single(s => s.HintName == "One.g.cs").SourceText.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ARewrittenManifestWithTheSameTextCompilesNothing()
    {
        File one = Manifest("One");
        GeneratorDriver driver = Generated.CreateDriver(one);
        CSharpCompilation compilation = Generated.Compilation("class A;");
        driver = driver.RunGenerators(compilation).ReplaceAdditionalText(one, Manifest("One")).RunGenerators(compilation);
        AssertNotRun(Assert.Single(Reasons(Assert.Single(driver.GetRunResult().Results), ModelGenerator.SourcesStep)));
    }

    /// <summary>The whole text, so that a change of what users see in their IDE is seen in review. KILN_UPDATE=1 writes it anew.</summary>
    [Fact]
    public void TheTextIsTheSnapshot()
    {
        string path = Path.Combine(Paths.Repository, "tests", "Generators", "Snapshots", "Tiny.g.cs.txt");
        string text = Assert.Single(Run(Manifest("Tiny")).GeneratedSources).SourceText.ToString();
        if (Environment.GetEnvironmentVariable("KILN_UPDATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            System.IO.File.WriteAllText(path, text);
        }

        Assert.Equal(System.IO.File.ReadAllText(path), text);
    }

    private static File Manifest(string name) => new("/obj/" + name + ".checkpoint.json", ManifestJson.Write(Generated.TinyLlama(name)));

    private static GeneratorRunResult Run(params File[] files)
    {
        GeneratorRunResult result = Assert.Single(Generated.CreateDriver(files).RunGenerators(Generated.Compilation("class A;")).GetRunResult().Results);
        Assert.Null(result.Exception);
        return result;
    }

    private static List<IncrementalStepRunReason> Reasons(GeneratorRunResult result, string step) =>
        result.TrackedSteps[step].SelectMany(s => s.Outputs).Select(o => o.Reason).ToList();

    private static void AssertNotRun(IncrementalStepRunReason reason) =>
        Assert.True(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, reason.ToString());
}
