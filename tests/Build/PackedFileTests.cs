using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Kiln.Compiler;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Passes;
using Xunit;

namespace Kiln.Build.Tests;

/// <summary>The packed file holds each checkpoint number where the layout's formula says, and zeros elsewhere.</summary>
public sealed class PackedFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("llama", "F32", "stored")]
    [InlineData("llama", "F16", "stored")]
    [InlineData("llama", "BF16", "stored")]
    [InlineData("llama", "F32", "bf16")]
    [InlineData("llama", "F16", "f32")]
    [InlineData("llama", "F16", "bf16")]
    [InlineData("gpt2", "F32", "stored")]
    [InlineData("gpt2", "F16", "stored")]
    [InlineData("gpt2", "BF16", "f32")]
    public void HoldsEveryNumber(string family, string encoding, string weights)
    {
        string checkpoint = family == "llama" ? Checkpoint.WriteLlama(folder["m"], encoding) : Checkpoint.WriteGpt2(folder["m"], encoding);
        BuildResult result = TaskRunner.Build(folder["obj"], TaskRunner.Model(checkpoint, "Tiny", ("Weights", weights)));
        Assert.True(result.Succeeded, string.Join('\n', result.Errors));
        PackingPlan plan = ModelCompiler.Compile(ManifestJson.Read(File.ReadAllText(folder["obj/Tiny.checkpoint.json"])), new DiagnosticBag())!.Plan;
        byte[] file = File.ReadAllBytes(folder["obj/Tiny.kiln.safetensors"]);
        ReadOnlySpan<byte> data = CheckFile(file, plan);

        var parts = new HashSet<string>();
        foreach (PackedTensor tensor in plan.Tensors)
        {
            int size = tensor.Format == PackedFormat.F32 ? 4 : 2;
            float[] expected = new float[tensor.Length / size];
            foreach (PackedPart part in tensor.Parts)
            {
                parts.Add(part.Tensor.Name);
                for (int row = 0; row < part.Rows; row++)
                {
                    for (int k = 0; k < (tensor.Layout == PackedLayout.Vector ? 1 : tensor.Columns); k++)
                    {
                        int n = part.FirstRow + row;
                        int index = tensor.Layout switch
                        {
                            PackedLayout.Vector => n,
                            PackedLayout.Rows => (n * tensor.Columns) + k,
                            _ => (((n / 16 * tensor.Columns) + k) * 16) + (n % 16),
                        };
                        int source = tensor.Layout == PackedLayout.Vector ? row : part.Transposed ? (k * part.Rows) + row : (row * tensor.Columns) + k;
                        expected[index] = Checkpoint.Number(part.Tensor.Name, source);
                    }
                }
            }

            for (int i = 0; i < expected.Length; i++)
            {
                Assert.Equal(expected[i], Read(data[(int)tensor.Offset..], tensor.Format, i));
            }
        }

        IEnumerable<string> all = (family == "llama" ? Checkpoint.LlamaTensors : Checkpoint.Gpt2Tensors).Select(t => t.Name);
        Assert.Equal(all.Order(StringComparer.Ordinal), parts.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void RoundsToNearestEven()
    {
        // 1 + 2^-8 lies half way between two bfloat16 values: the even one is 1
        string checkpoint = Checkpoint.WriteLlama(folder["m"]);
        byte[] bytes = File.ReadAllBytes(Path.Combine(checkpoint, "model.safetensors"));
        int start = 8 + (int)BitConverter.ToInt64(bytes);
        BitConverter.GetBytes(1.00390625f).CopyTo(bytes, start);
        BitConverter.GetBytes(1.01171875f).CopyTo(bytes, start + 4);
        File.WriteAllBytes(Path.Combine(checkpoint, "model.safetensors"), bytes);
        Assert.True(TaskRunner.Build(folder["obj"], TaskRunner.Model(checkpoint, "Tiny", ("Weights", "bf16"))).Succeeded);
        byte[] file = File.ReadAllBytes(folder["obj/Tiny.kiln.safetensors"]);
        int data = 8 + (int)BitConverter.ToInt64(file);
        // the tied table is packed first, in panels: columns 0 and 1 of row 0 are 16 numbers apart
        Assert.Equal(1f, Read(file.AsSpan(data), PackedFormat.BF16, 0));
        Assert.Equal(1.015625f, Read(file.AsSpan(data), PackedFormat.BF16, 16));
    }

    private static ReadOnlySpan<byte> CheckFile(byte[] file, PackingPlan plan)
    {
        int headerLength = (int)BitConverter.ToInt64(file);
        Assert.Equal(plan.HeaderLength, headerLength);
        Assert.Equal(0, (8 + headerLength) % 64);
        Assert.Equal(8 + headerLength + plan.DataLength, file.Length);
        var diagnostics = new DiagnosticBag();
        byte[] header = file.AsSpan(8, headerLength).ToArray();
        Assert.NotNull(SafetensorsHeader.Parse(header, file.Length, "packed", 0, diagnostics));
        ReadOnlySpan<byte> data = file.AsSpan(8 + headerLength);
        string hash = Convert.ToHexStringLower(SHA256.HashData(data));
        Assert.Equal(plan.Header(hash), Encoding.ASCII.GetString(header));
        return data;
    }

    private static float Read(ReadOnlySpan<byte> data, PackedFormat format, int index) => format switch
    {
        PackedFormat.F32 => BitConverter.ToSingle(data[(index * 4)..]),
        PackedFormat.F16 => (float)BitConverter.ToHalf(data[(index * 2)..]),
        _ => BitConverter.Int32BitsToSingle(BitConverter.ToUInt16(data[(index * 2)..]) << 16),
    };
}
