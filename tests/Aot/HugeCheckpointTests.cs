using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Kiln.Tests;
using Xunit;

namespace Kiln.Aot.Tests;

/// <summary>Offsets and lengths are 64 bits wide everywhere: a checkpoint of over 5 GB with tensors of over 2^31 bytes.</summary>
public sealed class HugeCheckpointTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kiln-huge").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void ItsLastRowIsRead()
    {
        Skip.If(Environment.GetEnvironmentVariable("KILN_HUGE") != "1", "needs 20 GB of disk and a minute: set KILN_HUGE=1");
        string checkpoint = Path.Combine(folder, "checkpoint");
        string output = Path.Combine(folder, "out");
        DotNet.Run(
            Paths.Repository, "run", "-c", "Release", "--project", Path.Combine(Paths.Repository, "benchmarks/MakeCheckpoint"), "--", "huge-vocabulary", checkpoint, "bf16", "--sparse");
        Assert.True(new FileInfo(Path.Combine(checkpoint, "model.safetensors")).Length > 5_000_000_000);
        Published.Publish(
            "benchmarks/Model", output, "-p:Checkpoint=" + checkpoint, "-p:ModelOutput=" + folder,
            "-p:CreateHardLinksForCopyFilesToOutputDirectoryIfPossible=true", "-p:CreateHardLinksForPublishFilesIfPossible=true");
        (int exitCode, string text) = DotNet.Execute(Published.Program(output, "model-bench"), output, "last-row");
        Assert.Equal(0, exitCode);
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("embedding of the last id: " + LastEmbedding(checkpoint), lines[0]);
        float logit = float.Parse(lines[1]["logit of the last id: ".Length..], CultureInfo.InvariantCulture);
        Assert.True(float.IsFinite(logit) && logit != 0, lines[1]);
    }

    // the first numbers of the last row of the embedding, which is the file's first tensor
    private static string LastEmbedding(string checkpoint)
    {
        const long Rows = 1_300_000;
        const long Columns = 1024;
        using FileStream file = File.OpenRead(Path.Combine(checkpoint, "model.safetensors"));
        byte[] bytes = new byte[8];
        file.ReadExactly(bytes);
        file.Position = 8 + BitConverter.ToInt64(bytes) + ((Rows - 1) * Columns * 2);
        file.ReadExactly(bytes);
        float[] numbers = [.. Enumerable.Range(0, 4).Select(i => BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(bytes, 2 * i) << 16))];
        Assert.Contains(numbers, n => n != 0);
        return string.Join(' ', numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)));
    }
}
