using System;
using System.IO;
using System.Text;
using Kiln.Kernels;
using Xunit;

namespace Kiln.Runtime.Tests;

public sealed class PackedWeightsTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void The_right_file_opens_and_verifies()
    {
        using TinyModel model = TinyModel.Load();
        model.Verify();
        Assert.EndsWith("Tiny.kiln.safetensors", model.Source, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_number_is_found_by_Verify()
    {
        byte[] bytes = TinyModel.File;
        byte[] changed = [.. bytes];
        changed[^5] ^= 1;
        using PackedWeights weights = Open(changed);
        InvalidDataException e = Assert.Throws<InvalidDataException>(weights.Verify);
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        weights.Dispose();
        Assert.Throws<ObjectDisposedException>(weights.Verify);
    }

    [Fact]
    public void A_truncated_file_is_told_by_its_length()
    {
        foreach (int length in (int[])[0, 5, 100, TinyModel.File.Length - 1])
        {
            string message = Refused(TinyModel.File[..length]);
            Assert.Contains("cut off", message, StringComparison.Ordinal);
            Assert.Contains($"{length} bytes", message, StringComparison.Ordinal);
            Assert.Contains(TinyModel.File.Length.ToString(), message, StringComparison.Ordinal);
        }

        Assert.Contains("wrong weights", Refused([.. TinyModel.File, 0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_checkpoint_or_plan_are_named()
    {
        byte[] bytes = [.. TinyModel.File];
        int content = Encoding.ASCII.GetString(bytes, 0, 400).IndexOf("ccc", StringComparison.Ordinal);
        bytes[content + 63] = (byte)'d';
        string message = Refused(bytes);
        Assert.Contains("another checkpoint", message, StringComparison.Ordinal);
        Assert.Contains(new string('c', 64), message, StringComparison.Ordinal);
        Assert.Contains(new string('c', 63) + "d", message, StringComparison.Ordinal);

        bytes = [.. TinyModel.File];
        int plan = Encoding.ASCII.GetString(bytes, 0, 400).IndexOf("aaa", StringComparison.Ordinal);
        bytes[plan] = (byte)'\n';
        Assert.Contains("packed in another way (kiln.plan): expected aaa", Refused(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_not_Kilns_are_told()
    {
        byte[] bytes = [.. TinyModel.File];
        bytes[0] ^= 64;
        Assert.Contains("the header has", Refused(bytes), StringComparison.Ordinal);
        bytes = [.. TinyModel.File];
        bytes[9] = (byte)'x';
        Assert.Contains("not a Kiln file", Refused(bytes), StringComparison.Ordinal);
        Assert.Contains("the header has 0 bytes", Refused(new byte[TinyModel.File.Length]), StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => PackedWeights.OpenFile(TinyModel.Describe(), path + ".missing"));
        Assert.Throws<FileNotFoundException>(() => PackedWeights.OpenDefault(TinyModel.Describe(), typeof(TinyModel).Assembly));
    }

    [Fact]
    public void Weights_are_read_in_the_checkpoints_shape()
    {
        using TinyModel model = TinyModel.Load();
        float[] packed = TinyModel.Unpacked(TinyModel.Qkv);

        // k_proj: rows 32 to 47 of qkv
        WeightHandle key = new(model, "k_proj", TinyModel.Qkv, 32, 16, false);
        Assert.Equal([16, 32], key.Shape.ToArray());
        Assert.Equal(2, key.Rank);
        float[] values = new float[16 * 32];
        key.Read(values);
        Assert.Equal(packed[(32 * 32)..(48 * 32)], values);
        key.ReadRow(3, values);
        Assert.Equal(packed[(35 * 32)..(36 * 32)], values[..32]);
        Assert.Throws<ArgumentOutOfRangeException>(() => key.ReadRow(16, values));
        Assert.Throws<ArgumentException>(() => key.Read(new float[511]));
        Assert.Throws<ArgumentException>(() => key.ReadRow(0, new float[31]));

        WeightHandle transposed = new(model, "c_attn", TinyModel.Qkv, 32, 16, true);
        Assert.Equal([32, 16], transposed.Shape.ToArray());
        transposed.Read(values);
        Assert.Equal(packed[(37 * 32) + 4], values[(4 * 16) + 5]);
        transposed.ReadRow(31, values);
        Assert.Equal(packed[(47 * 32) + 31], values[15]);

        WeightHandle vector = new(model, "norm", TinyModel.Norm, 8, 20, false);
        Assert.Equal([20], vector.Shape.ToArray());
        vector.Read(values);
        Assert.Equal(TinyModel.Unpacked(TinyModel.Norm)[8..28], values[..20]);
        Assert.Equal("norm: F32 [20]", vector.ToString());
    }

    [Theory]
    [InlineData(WeightFormat.F16, WeightLayout.Rows)]
    [InlineData(WeightFormat.BF16, WeightLayout.Panels)]
    [InlineData(WeightFormat.F32, WeightLayout.Panels)]
    public void Every_format_is_unpacked(WeightFormat format, WeightLayout layout)
    {
        PackedFileBuilder builder = new();
        float[] values = new float[21 * 5];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (i - 50) / 64f;
        }

        builder.Add("first", [1f], 1, 1, WeightFormat.F32, WeightLayout.Vector);
        Weight weight = builder.Add("second", values, 21, 5, format, layout);
        File.WriteAllBytes(path, builder.ToArray());
        ModelDescription description = new()
        {
            Name = "Any",
            VocabularySize = 1,
            HiddenSize = 1,
            NumHiddenLayers = 1,
            MaxTokens = 1,
            MemoryPlan = new MemoryPlan(16, 16, 16),
            Logits = new Value(RowSpace.Outputs, 0, 1),
            PackedFile = builder.Describe("x"),
        };
        using OnlyWeights model = new(description, PackedWeights.OpenFile(description, path));
        float[] read = new float[values.Length];
        new WeightHandle(model, "second", weight, 0, 21, false).Read(read);
        Assert.Equal(values, read);
    }

    private PackedWeights Open(byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        return PackedWeights.OpenFile(TinyModel.Describe(), path);
    }

    private string Refused(byte[] bytes)
    {
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => Open(bytes));
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        return e.Message;
    }

    private sealed class OnlyWeights(ModelDescription description, PackedWeights weights) : CausalLanguageModel(description, weights)
    {
        public override void Forward<TBackend>(ref TBackend k)
        {
        }
    }
}
