using System;
using System.IO;
using System.Linq;
using System.Text;
using Kiln.Compiler.Checkpoints;
using Kiln.Tests;
using Microsoft.Build.Framework;
using Xunit;

namespace Kiln.Build.Tests;

/// <summary>The <c>KilnTokenizer</c> item.</summary>
public sealed class TokenizerItemTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void CompilesOnceAndAgainWhenAFileChanges()
    {
        string tokenizer = Tokenizer();
        (CreateKilnTokenizers first, _) = Build(TaskRunner.Model(tokenizer, "Words"));
        ITaskItem manifest = Assert.Single(first.Manifests);
        Assert.Equal("Kiln.My.Game.Words.tokenizer", manifest.GetMetadata("TokenizerResource"));
        Assert.True(File.Exists(manifest.GetMetadata("TokenizerFile")));
        TokenizerManifest read = TokenizerManifest.Read(File.ReadAllText(manifest.ItemSpec));
        Assert.Equal(read.VocabularySize, Kiln.Compiler.Tokenizers.TokenizerCompiler.Compile(Files(tokenizer), new())!.VocabularySize);
        Assert.Contains(first.Inputs, input => input.ItemSpec.EndsWith("tokenizer.json", StringComparison.Ordinal));
        Assert.Equal(1, first.Compiled);

        (CreateKilnTokenizers second, _) = Build(TaskRunner.Model(tokenizer, "Words"));
        Assert.Equal(0, second.Compiled);
        Assert.Equal(manifest.ItemSpec, Assert.Single(second.Manifests).ItemSpec);

        Checkpoint.Age(Path.Combine(tokenizer, "tokenizer_config.json"), 500);
        (CreateKilnTokenizers third, _) = Build(TaskRunner.Model(tokenizer, "Words"));
        Assert.Equal(1, third.Compiled);
    }

    [Fact]
    public void ATokenThatTheModelsConfigNamesMustBeThere()
    {
        string tokenizer = Tokenizer();
        File.WriteAllText(Path.Combine(tokenizer, "config.json"), """{"eos_token_id": [0, 1000000], "pad_token_id": -1}""");
        (CreateKilnTokenizers task, BuildEngine engine) = Build(TaskRunner.Model(tokenizer, "Words"));
        BuildErrorEventArgs error = Assert.Single(engine.Errors);
        Assert.Equal("KILN0403", error.Code);
        Assert.Contains("eos_token_id", error.Message, StringComparison.Ordinal);
        Assert.Contains("1000000", error.Message, StringComparison.Ordinal);
        Assert.Null(TokenizerManifest.Read(File.ReadAllText(Assert.Single(task.Manifests).ItemSpec)).Tokenizer);
    }

    [Theory]
    [InlineData("nowhere", "Words", "KILN0001")]
    [InlineData("", "Words", "KILN0001")]
    [InlineData("", "Load", "KILN0002")]
    [InlineData("", "a b", "KILN0002")]
    public void ErrorsNameTheItem(string path, string name, string code)
    {
        (_, BuildEngine engine) = Build(TaskRunner.Model(folder[path], name));
        BuildErrorEventArgs error = Assert.Single(engine.Errors);
        Assert.Equal(code, error.Code);
        Assert.StartsWith(name + ": ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ANameIsThereOnce()
    {
        string tokenizer = Tokenizer();
        var engine = new BuildEngine();
        using var task = new CreateKilnTokenizers
        {
            BuildEngine = engine,
            Tokenizers = [TaskRunner.Model(tokenizer, "words")],
            Models = [TaskRunner.Model(tokenizer, "Words")],
            OutputFolder = folder["out"],
        };
        Assert.False(task.Execute());
        Assert.Equal("KILN0003", Assert.Single(engine.Errors).Code);
    }

    private static Kiln.Compiler.Tokenizers.TokenizerFiles Files(string path)
    {
        var files = new Kiln.Compiler.Tokenizers.TokenizerFiles();
        foreach (string file in Directory.EnumerateFiles(path))
        {
            files.Add(Path.GetFileName(file), File.ReadAllBytes(file));
        }

        return files;
    }

    private string Tokenizer()
    {
        string target = folder["gpt2"];
        Directory.CreateDirectory(target);
        foreach (string name in new[] { "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json" })
        {
            string source = Path.Combine(Paths.Fixtures, "tokenizers", "gpt2", name);
            if (File.Exists(source))
            {
                File.Copy(source, Path.Combine(target, name), overwrite: true);
                Checkpoint.Age(Path.Combine(target, name));
            }
        }

        return target;
    }

    private (CreateKilnTokenizers Task, BuildEngine Engine) Build(params ITaskItem[] items)
    {
        var engine = new BuildEngine();
        using var task = new CreateKilnTokenizers
        {
            BuildEngine = engine,
            Tokenizers = items,
            OutputFolder = folder["out"],
            ProjectFile = "/game/Game.csproj",
            RootNamespace = "My.Game",
        };
        bool done = task.Execute();
        Assert.Equal(engine.Errors.Count == 0, done);
        return (task, engine);
    }
}
