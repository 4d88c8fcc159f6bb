using System;
using System.IO;
using System.Linq;
using Kiln.Tests;
using Xunit;

namespace Kiln.Aot.Tests;

/// <summary>Published binaries as whole programs: what they print, what they allocate, how they end.</summary>
public sealed class WholeProgramTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kiln-aot").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void TheSampleIsOneSmallFileThatTellsTheDocumentedStory()
    {
        Published.Publish("samples/Stories", folder);
        string program = Published.Program(folder, "Stories");
        (int exitCode, string output) = DotNet.Execute(program, folder, "Once upon a time");
        Assert.Equal(0, exitCode);
        Assert.StartsWith(
            "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. "
            + "She wanted to play with it, but it was too high." + Environment.NewLine + "Lily's mom said, \"Lily, let's go to the park.\"",
            output,
            StringComparison.Ordinal);
        Assert.Contains(", 0 bytes allocated while generating", output, StringComparison.Ordinal);

        // nothing but symbols and documentation beside it
        string[] needed = [.. Directory.GetFiles(folder).Select(f => Path.GetFileName(f)!).Where(f => Path.GetExtension(f) is not (".pdb" or ".dbg" or ".xml"))];
        Assert.Equal([Path.GetFileName(program)], needed);
        long weights = new FileInfo(Path.Combine(Paths.Repository, "models/stories260k/model.safetensors")).Length;
        Assert.True(new FileInfo(program).Length - weights <= 4_000_000, $"{new FileInfo(program).Length} bytes with {weights} of weights");

        // the side files are not needed: the program alone, elsewhere
        string elsewhere = Directory.CreateDirectory(Path.Combine(folder, "elsewhere")).FullName;
        string copy = Path.Combine(elsewhere, Path.GetFileName(program));
        File.Copy(program, copy);
        Assert.Equal(0, DotNet.Execute(copy, elsewhere, "Once upon a time", "--max-new-tokens", "3").ExitCode);
    }

    [SkippableFact]
    public void EveryCheckOfTheProbePasses()
    {
        Published.Publish("tests/AotProbe", folder);
        (int exitCode, string output) = DotNet.Execute(Published.Program(folder, "AotProbe"), folder);
        string[] results = [.. output.Split('\n').Where(l => l.StartsWith("pass ", StringComparison.Ordinal) || l.StartsWith("fail ", StringComparison.Ordinal))];
        Assert.DoesNotContain(results, r => r.StartsWith("fail ", StringComparison.Ordinal));
        Assert.Equal(11, results.Length);
        Assert.Equal(0, exitCode);
    }
}
