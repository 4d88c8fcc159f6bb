using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Xunit;

namespace Kiln.Compiler.Tests.Checkpoints;

public sealed class SafetensorsHeaderTests
{
    private const string A = """ "a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]} """;

    [Fact]
    public void ReadsTensorsByOffset()
    {
        string header = """{"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},""" + A.Trim() + "}  ";
        IReadOnlyList<ManifestTensor>? tensors = Parse(header, 32, out DiagnosticBag bag);
        Assert.Empty(bag.Items);
        long start = 8 + header.Length;
        Assert.Equal(["a", "b"], tensors!.Select(t => t.Name));
        Assert.Equal((TensorEncoding.F32, start, 24L, "[2, 3]", 3), (tensors![0].Encoding, tensors[0].Offset, tensors[0].Length, tensors[0].ShapeText, tensors[0].File));
        Assert.Equal((TensorEncoding.BF16, start + 24, 8L, "[4]"), (tensors[1].Encoding, tensors[1].Offset, tensors[1].Length, tensors[1].ShapeText));
    }

    [Theory]
    [InlineData("{}", 0)]
    [InlineData("""{"__metadata__":null}""", 0)]
    [InlineData("""{"scalar":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"empty":{"dtype":"F32","shape":[0,5],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1)]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":{"is":"ignored"}}}""", 1)]
    public void AcceptsWhatTheReferenceAccepts(string header, long dataLength)
    {
        Assert.NotNull(Parse(header, dataLength, out DiagnosticBag bag));
        Assert.Empty(bag.Items);
    }

    [Theory]
    [InlineData("", 0, "starts with '{'")]
    [InlineData(" {}", 0, "starts with '{', found byte 0x20")]
    [InlineData("[]", 0, "starts with '{'")]
    [InlineData("{\"a\":", 0, "ends too early")]
    [InlineData("{} x", 0, "text after the end")]
    [InlineData("{\"a\":{},}", 0, "JSON")]
    [InlineData("""{"__metadata__":{"n":1}}""", 0, "__metadata__: \"n\": expected a string, found 1")]
    [InlineData("""{"__metadata__":[]}""", 0, "__metadata__: expected an object")]
    [InlineData("""{"a":null}""", 0, "a: expected an object")]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4, "a: 'dtype' is missing")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "a: 'shape' is missing")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "a: 'data_offsets' is missing")]
    [InlineData("""{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}""", 4, "found \"F33\"")]
    [InlineData("""{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}""", 4, "found \"f32\"")]
    [InlineData("""{"a":{"dtype":"11","shape":[1],"data_offsets":[0,4]}}""", 4, "found \"11\"")]
    [InlineData("""{"a":{"dtype":11,"shape":[1],"data_offsets":[0,4]}}""", 4, "found 11")]
    [InlineData("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "shape: expected a list")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""", 4, "shape: expected whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "shape: expected whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}""", 0, "shape: expected whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", 4, "shape: expected whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "shape: expected whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "data_offsets: expected two numbers, found 1")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", 8, "data_offsets: expected two numbers, found 3")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "data_offsets: expected a range")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "data_offsets: expected a range within the 4 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "expected 8 bytes for [2] in F32, found data_offsets of 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "overflows")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}""", 0, "overflows")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}""", 0, "overflows")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""", 3, "b: expected its data at 1 behind the tensor before it, found 2 (a hole)")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "a hole")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "an overlap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "an overlap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 3, "2 trailing bytes")]
    [InlineData("{}", 1, "1 trailing bytes")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "stands twice")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "stands twice")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "lone surrogate")]
    public void RefusesWhatTheReferenceRefuses(string header, long dataLength, string expected)
    {
        Assert.Null(Parse(header, dataLength, out DiagnosticBag bag));
        Diagnostic diagnostic = Assert.Single(bag.Items);
        Assert.Equal("KILN0104", diagnostic.Id);
        Assert.StartsWith("model.safetensors: ", diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains(expected, diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(124, true)] // + the header, the tensor's object and "x" itself
    [InlineData(125, true)]
    [InlineData(126, false)]
    [InlineData(100_000, false)]
    public void RefusesDeepJson(int depth, bool accepted)
    {
        string deep = new string('[', depth) + new string(']', depth);
        string header = """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":""" + deep + "}}";
        Assert.Equal(accepted, Parse(header, 1, out DiagnosticBag bag) is not null);
        Assert.Equal(!accepted, bag.HasErrors);
    }

    [Fact]
    public void RefusesWhatIsNotUtf8()
    {
        var bag = new DiagnosticBag();
        Assert.Null(SafetensorsHeader.Parse([(byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}'], 15, "model.safetensors", 0, bag));
        Assert.Contains("not UTF-8", Assert.Single(bag.Items).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReportsEveryBadTensor()
    {
        string header = """{"a":{"dtype":"X","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[5],"data_offsets":[0,1]}}""";
        Assert.Null(Parse(header, 1, out DiagnosticBag bag));
        Assert.Equal(2, bag.Items.Count);
    }

    [Theory]
    [InlineData(new byte[] { 2, 0, 0, 0, 0, 0, 0, 0 }, 10, 2)]
    [InlineData(new byte[] { 0, 225, 245, 5, 0, 0, 0, 0 }, 200_000_000, 100_000_000)]
    [InlineData(new byte[] { 1, 225, 245, 5, 0, 0, 0, 0 }, 200_000_000, -1)]
    [InlineData(new byte[] { 3, 0, 0, 0, 0, 0, 0, 0 }, 10, -1)]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 }, 10, -1)]
    [InlineData(new byte[] { 2, 0, 0, 0, 0, 0, 0 }, 7, -1)]
    [InlineData(new byte[0], 0, -1)]
    public void ChecksTheLength(byte[] start, long fileLength, int expected)
    {
        var bag = new DiagnosticBag();
        Assert.Equal(expected, SafetensorsHeader.ReadLength(start, fileLength, "model.safetensors", bag));
        Assert.Equal(expected < 0, bag.Items.Any(d => d.Id == "KILN0104"));
    }

    private static IReadOnlyList<ManifestTensor>? Parse(string header, long dataLength, out DiagnosticBag bag)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(header);
        bag = new DiagnosticBag();
        return SafetensorsHeader.Parse(bytes, 8 + bytes.Length + dataLength, "model.safetensors", 3, bag);
    }
}
