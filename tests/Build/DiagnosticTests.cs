using System;
using System.IO;
using System.Linq;
using Kiln.Compiler.Checkpoints;
using Xunit;

namespace Kiln.Build.Tests;

/// <summary>What is wrong with a folder or an item is reported at the project file, with id and item name.</summary>
public sealed class DiagnosticTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Output => folder["obj/kiln"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void FolderNotFound() => AssertError("KILN0001", "Tiny: expected a checkpoint folder, found none at", folder["none"]);

    [Theory]
    [InlineData("Name", "my-model", "Name: expected the name of a C# class, found 'my-model'")]
    [InlineData("Name", "class", "Name: expected the name of a C# class, found 'class'")]
    [InlineData("Name", "", "Name: expected the name of a C# class, found ''")]
    [InlineData("Namespace", "My..Game", "Namespace: expected the name of a C# namespace, found 'My..Game'")]
    [InlineData("Weights", "int8", "Weights: expected stored, f32, bf16, found 'int8'")]
    [InlineData("Embed", "yes", "Embed: expected auto, true, false, found 'yes'")]
    [InlineData("Strict", "1", "Strict: expected false, true, found '1'")]
    [InlineData("HiddenStates", "all", "HiddenStates: expected false, true, found 'all'")]
    [InlineData("MaxTokens", "0", "MaxTokens: expected a whole number of at least 1, found '0'")]
    [InlineData("MaxTokens", "1e3", "MaxTokens: expected a whole number of at least 1, found '1e3'")]
    public void InvalidMetadata(string name, string value, string expected)
    {
        string checkpoint = Checkpoint.WriteLlama(folder["tiny"]);
        BuildResult result = TaskRunner.Build(Output, TaskRunner.Model(checkpoint, "Tiny", (name, value)));
        Assert.Contains("KILN0002", Assert.Single(result.Errors), StringComparison.Ordinal);
        Assert.Contains(expected, result.Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public void DuplicateName()
    {
        string checkpoint = Checkpoint.WriteLlama(folder["tiny"]);
        BuildResult result = TaskRunner.Build(Output, TaskRunner.Model(checkpoint), TaskRunner.Model(checkpoint, "TINY"));
        Assert.StartsWith("KILN0003 TINY: ", Assert.Single(result.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void InternalError()
    {
        string checkpoint = Checkpoint.WriteLlama(folder["tiny"]);
        BuildResult result = TaskRunner.Build(Output, "", (_, _) => throw new InvalidOperationException("two\nlines"), TaskRunner.Model(checkpoint));
        Assert.False(result.Succeeded);
        Assert.StartsWith("KILN0009 Tiny: InvalidOperationException: two lines", Assert.Single(result.Errors), StringComparison.Ordinal);
        Assert.True(Manifest().Refused);
    }

    [Fact]
    public void ConfigNotFound()
    {
        string checkpoint = Checkpoint.WriteLlama(folder["tiny"]);
        File.Delete(Path.Combine(checkpoint, "config.json"));
        AssertError("KILN0101", "Tiny: config.json: expected in", checkpoint);
    }

    [Fact]
    public void WeightsNotFound()
    {
        string checkpoint = Checkpoint.WriteLlama(folder["tiny"]);
        File.Delete(Path.Combine(checkpoint, "model.safetensors"));
        AssertError("KILN0101", "Tiny: model.safetensors: expected it or model.safetensors.index.json", checkpoint);
    }

    [Fact]
    public void FileChangedDuringTheBuild()
    {
        string checkpoint = Checkpoint.WriteLlama(folder["tiny"]);
        string weights = Path.Combine(checkpoint, "model.safetensors");
        int calls = 0;
        BuildResult result = TaskRunner.Build(
            Output,
            "",
            (manifest, diagnostics) =>
            {
                if (calls++ == 1)
                {
                    File.AppendAllText(weights, "x");
                }

                return Kiln.Compiler.ModelCompiler.Compile(manifest, diagnostics);
            },
            TaskRunner.Model(checkpoint));
        Assert.StartsWith("KILN0102 Tiny: model.safetensors: expected", Assert.Single(result.Errors), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Output, "*.tmp"));
    }

    [Fact]
    public void OutputsThatCannotBeWritten()
    {
        string checkpoint = Checkpoint.WriteLlama(folder["tiny"]);
        File.WriteAllText(folder["file"], "");
        BuildResult result = TaskRunner.Build(folder["file"], TaskRunner.Model(checkpoint));
        Assert.False(result.Succeeded);
        Assert.All(result.Errors, e => Assert.StartsWith("KILN0102 Tiny: ", e, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    public void InvalidJson(string config)
    {
        string checkpoint = Checkpoint.WriteLlama(folder["tiny"]);
        Checkpoint.WriteText(Path.Combine(checkpoint, "config.json"), config);
        AssertError("KILN0103", "Tiny: config.json: ", checkpoint);
    }

    [Fact]
    public void InvalidSafetensors()
    {
        string checkpoint = Checkpoint.WriteLlama(folder["tiny"]);
        File.AppendAllText(Path.Combine(checkpoint, "model.safetensors"), "x");
        AssertError("KILN0104", "Tiny: model.safetensors: expected the file to end", checkpoint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1234567")]
    public void FilesTooShortForALength(string content)
    {
        string checkpoint = Checkpoint.WriteLlama(folder["tiny"]);
        File.WriteAllText(Path.Combine(checkpoint, "model.safetensors"), content);
        AssertError("KILN0104", "Tiny: model.safetensors: expected at least 8 bytes", checkpoint);
    }

    [Fact]
    public void ShardNotFound()
    {
        string checkpoint = WriteShards();
        File.Delete(Path.Combine(checkpoint, "b.safetensors"));
        AssertError("KILN0105", "Tiny: model.safetensors.index.json: expected the shard \"b.safetensors\"", checkpoint);
    }

    [Fact]
    public void ShardOutsideTheFolder()
    {
        string checkpoint = WriteShards();
        File.Move(Path.Combine(checkpoint, "b.safetensors"), folder["b.safetensors"]);
        string index = Path.Combine(checkpoint, "model.safetensors.index.json");
        File.WriteAllText(index, File.ReadAllText(index).Replace("b.safetensors", "../b.safetensors", StringComparison.Ordinal));
        AssertError("KILN0106", "expected the name of a file in the checkpoint's folder, found \"../b.safetensors\"", checkpoint);
    }

    [Fact]
    public void ShardBehindALinkedFolder()
    {
        string checkpoint = WriteShards();
        Directory.CreateDirectory(folder["elsewhere"]);
        File.Move(Path.Combine(checkpoint, "b.safetensors"), folder["elsewhere/b.safetensors"]);
        Directory.CreateSymbolicLink(Path.Combine(checkpoint, "sub"), folder["elsewhere"]);
        string index = Path.Combine(checkpoint, "model.safetensors.index.json");
        File.WriteAllText(index, File.ReadAllText(index).Replace("b.safetensors", "sub/b.safetensors", StringComparison.Ordinal));
        AssertError("KILN0106", "found a link on the way to it", checkpoint);
    }

    [Fact]
    public void ShardsThatAreLinksAreRead()
    {
        // the hub's cache: a snapshot of links to blobs
        string checkpoint = WriteShards();
        File.Move(Path.Combine(checkpoint, "b.safetensors"), folder["blob"]);
        File.CreateSymbolicLink(Path.Combine(checkpoint, "b.safetensors"), folder["blob"]);
        Assert.True(TaskRunner.Build(Output, TaskRunner.Model(checkpoint)).Succeeded);
    }

    [Fact]
    public void ShardsAndIndexDisagree()
    {
        string checkpoint = WriteShards();
        string index = Path.Combine(checkpoint, "model.safetensors.index.json");
        File.WriteAllText(index, File.ReadAllText(index).Replace("\"model.norm.weight\": \"b.safetensors\"", "\"model.norm.bias\": \"b.safetensors\"", StringComparison.Ordinal));
        BuildResult result = TaskRunner.Build(Output, TaskRunner.Model(checkpoint));
        Assert.Equal(2, result.Errors.Count);
        Assert.All(result.Errors, e => Assert.StartsWith("KILN0107 Tiny: model.safetensors.index.json: tensor model.norm.", e, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("pytorch_model.bin.index.json")]
    [InlineData("model.pt")]
    [InlineData("consolidated.00.pth")]
    public void OnlyPickledWeights(string name)
    {
        string checkpoint = Checkpoint.WriteLlama(folder["tiny"]);
        File.Move(Path.Combine(checkpoint, "model.safetensors"), Path.Combine(checkpoint, name));
        AssertError("KILN0108", "save_pretrained('.', safe_serialization=True)", checkpoint);
    }

    [Fact]
    public void AllItemsAreCheckedBeforeTheBuildFails()
    {
        string good = Checkpoint.WriteLlama(folder["good"]);
        string bad = Checkpoint.WriteLlama(folder["bad"]);
        File.WriteAllText(Path.Combine(bad, "config.json"), "{");
        BuildResult result = TaskRunner.Build(
            Output, TaskRunner.Model(bad, "First"), TaskRunner.Model(good, "Good"), TaskRunner.Model(folder["none"], "Last"), TaskRunner.Model(good, "no name"));
        Assert.False(result.Succeeded);
        Assert.Equal(["KILN0103 First", "KILN0001 Last", "KILN0002 no name"], result.Errors.Select(e => e[..e.IndexOf(':', StringComparison.Ordinal)]));
        Assert.All(result.Engine.Errors, e => Assert.Equal("/game/Game.csproj", e.File));
        Assert.Equal(["true", "false", "true"], result.Manifests.Select(m => m.GetMetadata("Refused")));
        Assert.Equal(0, result.Packed);
    }

    [Fact]
    public void WarningsAreRepeatedAndStrictMakesThemErrors()
    {
        string checkpoint = Checkpoint.WriteLlama(folder["tiny"]);
        Checkpoint.WriteText(Path.Combine(checkpoint, "config.json"), Checkpoint.LlamaConfig.Replace("{", "{\"new_field\": 1, ", StringComparison.Ordinal));
        for (int i = 0; i < 2; i++)
        {
            BuildResult result = TaskRunner.Build(Output, TaskRunner.Model(checkpoint));
            Assert.True(result.Succeeded);
            Assert.StartsWith("KILN0204 Tiny: ", Assert.Single(result.Warnings), StringComparison.Ordinal);
            Assert.Equal("/game/Game.csproj", result.Engine.Warnings[0].File);
        }

        BuildResult strict = TaskRunner.Build(Output, TaskRunner.Model(checkpoint, "Tiny", ("Strict", "true")));
        Assert.StartsWith("KILN0204 Tiny: ", Assert.Single(strict.Errors), StringComparison.Ordinal);
        Assert.Empty(strict.Warnings);
        Assert.True(Manifest().Refused);
    }

    [Fact]
    public void ARefusedModelIsAcceptedOnceItIsPutRight()
    {
        string checkpoint = Checkpoint.WriteLlama(folder["tiny"]);
        Checkpoint.WriteText(Path.Combine(checkpoint, "config.json"), "{");
        Assert.False(TaskRunner.Build(Output, TaskRunner.Model(checkpoint)).Succeeded);
        Assert.False(TaskRunner.Build(Output, TaskRunner.Model(checkpoint)).Succeeded);
        Checkpoint.WriteText(Path.Combine(checkpoint, "config.json"), Checkpoint.LlamaConfig);
        Assert.True(TaskRunner.Build(Output, TaskRunner.Model(checkpoint)).Succeeded);
        Assert.False(Manifest().Refused);
    }

    private Manifest Manifest() => ManifestJson.Read(File.ReadAllText(Path.Combine(Output, "Tiny.checkpoint.json")));

    private string WriteShards()
    {
        string checkpoint = Checkpoint.WriteLlama(folder["tiny"]);
        File.Delete(Path.Combine(checkpoint, "model.safetensors"));
        int half = Checkpoint.LlamaTensors.Count / 2;
        Checkpoint.WriteTensors(Path.Combine(checkpoint, "a.safetensors"), Checkpoint.LlamaTensors.Take(half).ToList());
        Checkpoint.WriteTensors(Path.Combine(checkpoint, "b.safetensors"), Checkpoint.LlamaTensors.Skip(half).ToList());
        Checkpoint.WriteText(
            Path.Combine(checkpoint, "model.safetensors.index.json"),
            "{\"metadata\": {}, \"weight_map\": {" + string.Join(", ", Checkpoint.LlamaTensors.Select((t, i) => $"\"{t.Name}\": \"{(i < half ? "a" : "b")}.safetensors\"")) + "}}");
        return checkpoint;
    }

    private void AssertError(string id, string expected, string checkpoint)
    {
        BuildResult result = TaskRunner.Build(Output, TaskRunner.Model(checkpoint));
        Assert.False(result.Succeeded);
        string error = Assert.Single(result.Errors);
        Assert.StartsWith(id + " Tiny: ", error, StringComparison.Ordinal);
        Assert.Contains(expected, id + " " + error, StringComparison.Ordinal);
        Assert.True(Manifest().Refused);
    }
}
