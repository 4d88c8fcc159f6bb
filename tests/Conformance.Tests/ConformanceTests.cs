using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Kiln.Tests;
using Xunit;

namespace Kiln.Conformance.Tests;

/// <summary>The tool from outside: lines, total, exit code.</summary>
public sealed class ConformanceTests
{
    [Fact]
    public void FixturesPass()
    {
        Tool run = Tool.Run(Paths.Fixtures).Exits(0);
        Assert.Empty(run.Of("fail"));
        AssertLanguageModels(run, Path.Combine(Paths.Fixtures, "models"));
        Assert.Contains(run.Lines, static l => l.StartsWith("unsupported models/llama-seqcls KILN0201 config.json: architectures: ", StringComparison.Ordinal));
        Assert.Contains(run.Lines, static l => l.StartsWith("unsupported models/bert-f16 KILN0201 config.json: model_type: 'bert'", StringComparison.Ordinal));
        Assert.True(run.Lines.Count(static l => l.StartsWith("pass trained/gpt2-stories generate.", StringComparison.Ordinal)) > 50);
        Assert.Contains(run.Lines, static l => l.StartsWith("pass trained/gpt2-stories pipeline.0 ", StringComparison.Ordinal));
        Assert.Contains(run.Lines, static l => l.StartsWith("pass tokenizers/gpt2 encode ", StringComparison.Ordinal));
        Assert.Contains(run.Lines, static l => l.StartsWith("pass tokenizers/gpt2 batch ", StringComparison.Ordinal));
        AssertTotal(run);
    }

    [SkippableFact]
    public void OraclePasses()
    {
        Skip.If(Paths.SharedOracle is null, "needs ../shared/oracle beside the checkout");
        Tool run = Tool.Run(Paths.SharedOracle).Exits(0);
        AssertLanguageModels(run, Path.Combine(Paths.SharedOracle, "models"));
        string[] entries = ["models", "trained"];
        foreach (string path in entries.SelectMany(p => Directory.EnumerateDirectories(Path.Combine(Paths.SharedOracle, p))))
        {
            string name = Path.GetFileName(Path.GetDirectoryName(path)) + "/" + Path.GetFileName(path);
            Assert.Contains(run.Lines, l => l.StartsWith("pass " + name + " ", StringComparison.Ordinal) || l.StartsWith("unsupported " + name + " KILN", StringComparison.Ordinal));
        }

        AssertTotal(run);
    }

    [SkippableFact]
    public void AheadOfTime()
    {
        Skip.If(ChildProcess.Find("clang") is null && ChildProcess.Find("gcc") is null, "needs a C linker: install gcc or clang");
        Tool run = Tool.Run(Paths.Fixtures, "--aot", "--filter", "^models/(llama-dynamic|gpt2-f16|llama-seqcls)$").Exits(0);
        Assert.Equal("26 passed, 0 failed, 1 skipped", run.Total);
    }

    [Fact]
    public void DamagedCheckpointsStopNoOther()
    {
        using var scratch = new Scratch();
        scratch.Copy("gpt2-f16", "truncated", static f => Truncate(Path.Combine(f, "model.safetensors"), 100));
        scratch.Copy("gpt2-f16", "corrupt config", static f => File.WriteAllText(Path.Combine(f, "config.json"), "{\"model_type\": \"gpt2\","));
        scratch.Copy("gpt2-f16", "no config", static f => File.Delete(Path.Combine(f, "config.json")));
        scratch.Copy("gpt2-f16", "1-shape", static f => Scratch.Replace(Path.Combine(f, "config.json"), "\"vocab_size\": 99", "\"vocab_size\": 98"));
        scratch.Copy("gpt2-f16", "other-kind", static f => Scratch.Replace(Path.Combine(f, "config.json"), "\"model_type\": \"gpt2\"", "\"model_type\": \"mamba\""));
        scratch.Copy("gpt2-f16", "pickled", static f => File.Move(Path.Combine(f, "model.safetensors"), Path.Combine(f, "pytorch_model.bin")));
        scratch.Copy("llama-sharded", "missing-shard", static f => File.Delete(Path.Combine(f, "model-00002-of-00002.safetensors")));
        Directory.CreateDirectory(Path.Combine(scratch.Folder, "models", "empty"));
        string good = OperatingSystem.IsWindows() ? "2 good; näme $(x) %41 @(y) 名前" : "2 good; näme $(x) %41 @(y) *? \"q\" <&> 名前";
        scratch.Copy("gpt2-f16", good, static f => Directory.Delete(Path.Combine(f, "expected"), recursive: true));
        string another = OperatingSystem.IsWindows() ? "back" : "back\\slash";
        scratch.Copy("gpt2-f16", another, static f => Directory.Delete(Path.Combine(f, "expected"), recursive: true));
        scratch.Copy("gpt2-f16", "read-only", static f =>
        {
            foreach (string file in Directory.EnumerateFiles(f, "*", SearchOption.AllDirectories))
            {
                File.SetAttributes(file, FileAttributes.ReadOnly);
            }
        });

        Tool run = Tool.Run(scratch.Folder).Exits(0);
        Assert.Equal(8, run.Of("unsupported").Count);
        string Refusal(string name) => Assert.Single(run.Lines, l => l.StartsWith($"unsupported models/{name} ", StringComparison.Ordinal))[$"unsupported models/{name} ".Length..];
        Assert.Equal("KILN0108", Refusal("pickled")[..8]);
        Assert.Contains("pytorch_model.bin: expected model.safetensors", Refusal("pickled"), StringComparison.Ordinal);
        Assert.StartsWith("KILN0104 model.safetensors: ", Refusal("truncated"), StringComparison.Ordinal);
        Assert.StartsWith("KILN0103 config.json: ", Refusal("corrupt config"), StringComparison.Ordinal);
        Assert.StartsWith("KILN0101 config.json: expected in ", Refusal("no config"), StringComparison.Ordinal);
        Assert.StartsWith("KILN0101 config.json: expected in ", Refusal("empty"), StringComparison.Ordinal);
        Assert.StartsWith("KILN0302 ", Refusal("1-shape"), StringComparison.Ordinal);
        Assert.StartsWith("KILN0201 config.json: model_type: 'mamba' is not supported", Refusal("other-kind"), StringComparison.Ordinal);
        Assert.Equal("KILN0105 model.safetensors.index.json: expected the shard \"model-00002-of-00002.safetensors\", not found", Refusal("missing-shard"));
        Assert.Contains($"pass models/{good} load 2 layers of 32, vocabulary 99", run.Lines);
        Assert.Contains($"pass models/{another} load 2 layers of 32, vocabulary 99", run.Lines);
        Assert.Contains("pass models/read-only generate.1 12 tokens", run.Lines);
        Assert.Equal($"{run.Of("pass").Count} passed, 0 failed, 8 skipped", run.Total);
    }

    [Fact]
    public void WrongExpectationFails()
    {
        using var scratch = new Scratch();
        string folder = scratch.Copy("gpt2-f16", "gpt2");
        string ids = Path.Combine(folder, "expected", "generate.json");
        string json = File.ReadAllText(ids);
        using (JsonDocument document = JsonDocument.Parse(json))
        {
            JsonElement output = document.RootElement.GetProperty("cases")[0].GetProperty("output_ids");
            int last = output[output.GetArrayLength() - 1].GetInt32();
            Scratch.Replace(ids, output.GetRawText(), output.GetRawText().Replace($",{last}]", $",{(last + 1) % 99}]", StringComparison.Ordinal));
        }

        // the last number of the last output, logits
        string states = Path.Combine(folder, "expected", "forward.safetensors");
        byte[] bytes = File.ReadAllBytes(states);
        float logit = BitConverter.ToSingle(bytes, bytes.Length - 4);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 4), logit + 0.001f);
        File.WriteAllBytes(states, bytes);
        File.WriteAllText(Path.Combine(folder, "expected", "novel.json"), "[]");
        string results = Path.Combine(scratch.Folder, "results.json");

        Tool run = Tool.Run(scratch.Folder, "--json", results).Exits(1);
        Assert.Contains(run.Of("fail"), static l => l.StartsWith("fail models/gpt2 forward.logits ", StringComparison.Ordinal));
        Assert.Contains(run.Of("fail"), static l => l.StartsWith("fail models/gpt2 generate.0 token 11 of 12: expected ", StringComparison.Ordinal));
        Assert.Contains("pass models/gpt2 generate.1 12 tokens", run.Lines);
        Assert.Contains("unsupported models/gpt2 novel.json nothing is known of such a file", run.Lines);

        // the id is wrong with and without the cache
        Assert.Equal("10 passed, 3 failed, 1 skipped", run.Total);
        using JsonDocument written = JsonDocument.Parse(File.ReadAllText(results));
        Assert.Equal(3, written.RootElement.GetProperty("failed").GetInt32());
        Assert.Equal(run.Lines.Count - 1, written.RootElement.GetProperty("checks").GetArrayLength());
        Assert.Equal("fail", written.RootElement.GetProperty("checks").EnumerateArray().First(static c => c.GetProperty("check").GetString() == "generate.0").GetProperty("outcome").GetString());
    }

    [Fact]
    public void SettingsThatKilnLacksAreNoFailure()
    {
        using var scratch = new Scratch();
        scratch.Copy("gpt2-f16", "biased", static f =>
        {
            // the reference would give other tokens for these; here the first token that it gave is not allowed
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(f, "expected", "generate.json")));
            JsonElement test = document.RootElement.GetProperty("cases")[0];
            int place = test.GetProperty("input_ids").GetArrayLength();
            int first = test.GetProperty("output_ids")[place].GetInt32();
            Scratch.Replace(Path.Combine(f, "generation_config.json"), "\"_from_model_config\": true", $"\"suppress_tokens\": [{first}]");
            Scratch.Replace(Path.Combine(f, "expected", "generate.json"), test.GetProperty("output_ids").GetRawText(), "[" + string.Join(',', Enumerable.Repeat(1, place + 12)) + "]");
        });
        Tool run = Tool.Run(scratch.Folder).Exits(0);
        Assert.Contains(run.Of("unsupported"), static l => l.StartsWith("unsupported models/biased generate.0 KILN0205 generation_config.json: suppress_tokens: ", StringComparison.Ordinal));
        Assert.Contains("pass models/biased generate.1 12 tokens", run.Lines);
    }

    [Theory]
    [InlineData("no folder given")]
    [InlineData("unknown option --fast", "--fast")]
    [InlineData("no such folder: nowhere", "nowhere")]
    [InlineData("--filter: ", ".", "--filter", "(")]
    [InlineData("--json needs a value", ".", "--json")]
    [InlineData("expected models, trained, tokenizers or some of them in ", ".")]
    public void WrongUsage(string complaint, params string[] arguments)
    {
        Tool run = Tool.Run(arguments).Exits(2);
        Assert.StartsWith(complaint, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Lines);
    }

    // every llama and gpt2 language model: forward, the same bits, generation with and without cache
    private static void AssertLanguageModels(Tool run, string folder)
    {
        string[] models = Directory.EnumerateDirectories(folder).Select(static f => Path.GetFileName(f)!)
            .Where(static n => (n.StartsWith("llama", StringComparison.Ordinal) || n == "gpt2" || n.StartsWith("gpt2-", StringComparison.Ordinal))
                && !n.EndsWith("-seqcls", StringComparison.Ordinal) && !n.EndsWith("-tokcls", StringComparison.Ordinal))
            .ToArray();
        Assert.Equal(11, models.Length);
        foreach (string model in models)
        {
            foreach (string check in (string[])["forward.hidden_states.2", "forward.logits", "forward.chunked", "forward_nopad.logits", "together", "generate.0", "generate.1", "generate.0.uncached", "generate.1.uncached"])
            {
                Assert.Contains(run.Lines, l => l.StartsWith($"pass models/{model} {check} ", StringComparison.Ordinal));
            }
        }
    }

    private static void AssertTotal(Tool run) =>
        Assert.Equal($"{run.Of("pass").Count} passed, {run.Of("fail").Count} failed, {run.Of("unsupported").Count} skipped", run.Total);

    private static void Truncate(string file, int bytes)
    {
        using FileStream stream = File.OpenWrite(file);
        stream.SetLength(stream.Length - bytes);
    }
}
