using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Kiln.Compiler.Checkpoints;
using Microsoft.Build.Framework;
using Xunit;

namespace Kiln.Build.Tests;

/// <summary>What is made anew, and what is left alone.</summary>
public sealed class IncrementalTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string checkpoint;

    public IncrementalTests() => checkpoint = Checkpoint.WriteLlama(folder["tiny"]);

    private string Output => folder["obj/kiln"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AnUnchangedCheckpointIsLeftAlone()
    {
        Assert.Equal(1, Build().Packed);
        Dictionary<string, DateTime> before = TimeStamps();
        // the compiler is not even asked
        BuildResult again = TaskRunner.Build(Output, "", (_, _) => throw new InvalidOperationException(), TaskRunner.Model(checkpoint));
        Assert.True(again.Succeeded);
        Assert.Equal(0, again.Packed);
        Assert.Equal(before, TimeStamps());
    }

    [Fact]
    public void TouchedFilesAreReadAgainAndTheOutputsLeftAlone()
    {
        Build();
        Dictionary<string, DateTime> before = TimeStamps();
        Checkpoint.Age(Path.Combine(checkpoint, "model.safetensors"), 500);
        Checkpoint.Age(Path.Combine(checkpoint, "config.json"), 500);
        BuildResult again = Build();
        Assert.Equal(0, again.Packed);
        before.Remove("Tiny.stamp.json");
        Dictionary<string, DateTime> after = TimeStamps();
        after.Remove("Tiny.stamp.json");
        Assert.Equal(before, after);
    }

    [Fact]
    public void FilesThatWereWrittenJustNowAreNotTakenAtTheirWord()
    {
        string weights = Path.Combine(checkpoint, "model.safetensors");
        DateTime now = DateTime.UtcNow;
        File.SetLastWriteTimeUtc(weights, now);
        Assert.Equal(1, Build().Packed);
        ChangeLastByte(weights);
        File.SetLastWriteTimeUtc(weights, now);
        Assert.Equal(1, Build().Packed);
    }

    [Fact]
    public void ChangedConfig()
    {
        Build();
        string before = ManifestText();
        Checkpoint.WriteText(Path.Combine(checkpoint, "config.json"), Checkpoint.LlamaConfig.Replace("10000.0", "20000.0", StringComparison.Ordinal));
        Assert.True(Build().Succeeded);
        Assert.NotEqual(before, ManifestText());
    }

    [Fact]
    public void ChangedWeightsUnderEqualHeaders()
    {
        Build();
        string before = ManifestText();
        string weights = Path.Combine(checkpoint, "model.safetensors");
        ChangeLastByte(weights);
        Checkpoint.Age(weights, 500);
        Assert.Equal(1, Build().Packed);
        Assert.NotEqual(before, ManifestText());
    }

    [Theory]
    [InlineData("Weights", "bf16", 1)]
    [InlineData("Namespace", "Other", 0)]
    [InlineData("Embed", "false", 0)]
    [InlineData("MaxTokens", "17", 0)]
    [InlineData("HiddenStates", "true", 0)]
    public void ChangedMetadata(string name, string value, int packed)
    {
        Build();
        string before = ManifestText();
        BuildResult after = TaskRunner.Build(Output, TaskRunner.Model(checkpoint, "Tiny", (name, value)));
        Assert.True(after.Succeeded);
        Assert.Equal(packed, after.Packed);
        Assert.NotEqual(before, ManifestText());
    }

    [Fact]
    public void ChangedKilnVersion()
    {
        Build();
        BuildResult after = TaskRunner.Build(Output, "9.9.9", null, TaskRunner.Model(checkpoint));
        Assert.Equal(1, after.Packed);
        Assert.Equal("9.9.9", ManifestJson.Read(ManifestText()).KilnVersion);
    }

    [Fact]
    public void ANewFileIsSeen()
    {
        Build();
        string before = ManifestText();
        Checkpoint.WriteText(Path.Combine(checkpoint, "generation_config.json"), """{"eos_token_id": 3}""");
        Assert.True(Build().Succeeded);
        Assert.NotEqual(before, ManifestText());
    }

    [Theory]
    [InlineData("Tiny.checkpoint.json")]
    [InlineData("Tiny.kiln.safetensors")]
    public void ADamagedOutputIsMadeAnew(string name)
    {
        Build();
        byte[] before = File.ReadAllBytes(Path.Combine(Output, name));
        File.WriteAllText(Path.Combine(Output, name), "damaged");
        Assert.True(Build().Succeeded);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(Output, name)));
    }

    [Theory]
    [InlineData("Tiny.stamp.json")]
    [InlineData("Tiny.packed.txt")]
    public void ADamagedStampDoesNoHarm(string name)
    {
        Build();
        File.WriteAllText(Path.Combine(Output, name), "{\"files\": {\"a\": []}}");
        Assert.True(Build().Succeeded);
        Assert.Equal(0, Build().Packed);
    }

    [Fact]
    public void BuildsAtOncePackOnce()
    {
        BuildResult[] results = new BuildResult[8];
        Parallel.For(0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = results.Length }, i => results[i] = Build());
        Assert.All(results, r => Assert.True(r.Succeeded, string.Join('\n', r.Errors)));
        Assert.Equal(1, results.Sum(r => r.Packed));
        Assert.Empty(Directory.EnumerateFiles(Output, "*.tmp"));
    }

    [Fact]
    public void TheOutputsAreTheSameInEveryCulture()
    {
        Build();
        Dictionary<string, byte[]> before = Contents();
        CultureInfo old = CultureInfo.CurrentCulture;
        try
        {
            // a culture of our own, since the tests run with invariant globalization
            var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            culture.NumberFormat.NegativeSign = "~";
            culture.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = culture;
            Directory.Delete(Output, recursive: true);
            Build();
        }
        finally
        {
            CultureInfo.CurrentCulture = old;
        }

        Assert.Equal(before, Contents());
    }

    [Fact]
    public void LargeModelsAreNotEmbeddedUnlessAsked()
    {
        // only its plan is large
        CompileModel large = (manifest, diagnostics) => Kiln.Compiler.ModelCompiler.Compile(manifest, diagnostics) is { } model
            ? model with
            {
                Plan = new Kiln.Compiler.Passes.PackingPlan
                {
                    Tensors = model.Plan.Tensors,
                    DataLength = (256L << 20) + 1,
                    PlanHash = model.Plan.PlanHash,
                    ContentHash = model.Plan.ContentHash,
                    HeaderLength = model.Plan.HeaderLength,
                },
            }
            : null;
        ITaskItem item = Assert.Single(CreateOnly(large, ("Embed", "auto")));
        Assert.Equal("false", item.GetMetadata("Embedded"));
        Assert.False(ManifestJson.Read(ManifestText()).Options.Embed);
        Assert.Equal("true", Assert.Single(CreateOnly(large, ("Embed", "true"))).GetMetadata("Embedded"));
        Assert.Equal("true", Assert.Single(CreateOnly(null, ("Embed", ""))).GetMetadata("Embedded"));
    }

    private static void ChangeLastByte(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 0x40;
        File.WriteAllBytes(path, bytes);
    }

    private ITaskItem[] CreateOnly(CompileModel? compiler, params (string, string)[] metadata)
    {
        using var task = new CreateKilnManifests
        {
            BuildEngine = new BuildEngine(),
            Models = [TaskRunner.Model(checkpoint, "Tiny", metadata)],
            OutputFolder = Output,
            ProjectFile = "Game.csproj",
        };
        task.Compiler = compiler ?? task.Compiler;
        Assert.True(task.Execute());
        return task.Manifests;
    }

    private BuildResult Build() => TaskRunner.Build(Output, TaskRunner.Model(checkpoint));

    private string ManifestText() => File.ReadAllText(Path.Combine(Output, "Tiny.checkpoint.json"));

    private Dictionary<string, DateTime> TimeStamps() => Directory.EnumerateFiles(Output).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal))
        .ToDictionary(f => Path.GetFileName(f), File.GetLastWriteTimeUtc);

    private Dictionary<string, byte[]> Contents() => Directory.EnumerateFiles(Output)
        .Where(f => f.EndsWith(".checkpoint.json", StringComparison.Ordinal) || f.EndsWith(".safetensors", StringComparison.Ordinal))
        .ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes);
}
