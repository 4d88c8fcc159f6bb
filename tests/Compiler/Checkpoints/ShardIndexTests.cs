using System;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;
using Xunit;

namespace Kiln.Compiler.Tests.Checkpoints;

public sealed class ShardIndexTests
{
    [Fact]
    public void ListsEachShardOnce()
    {
        ShardIndex? index = Parse("""{"metadata":{"total_size":9},"weight_map":{"z":"b.safetensors","a":"a.safetensors","y":"b.safetensors"}}""", out DiagnosticBag bag);
        Assert.Empty(bag.Items);
        Assert.Equal(["a.safetensors", "b.safetensors"], index!.Files);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"weight_map":[]}""")]
    [InlineData("""{"weight_map":{"a":1}}""")]
    public void RefusesAnotherForm(string json)
    {
        Assert.Null(Parse(json, out DiagnosticBag bag));
        Assert.Equal("KILN0103", Assert.Single(bag.Items).Id);
    }

    [Theory]
    [InlineData("../a.safetensors")]
    [InlineData("x/../../a.safetensors")]
    [InlineData("..")]
    [InlineData("./a.safetensors")]
    [InlineData("/etc/a.safetensors")]
    [InlineData("//server/a.safetensors")]
    [InlineData("C:/a.safetensors")]
    [InlineData("C:a.safetensors")]
    [InlineData("..\\\\a.safetensors")]
    [InlineData("\\\\\\\\server\\\\a.safetensors")]
    [InlineData("a/.. /b.safetensors")]
    [InlineData("a\\u0000.safetensors")]
    [InlineData("x//a.safetensors")]
    [InlineData("")]
    public void RefusesPathsThatLeaveTheFolder(string path)
    {
        Assert.Null(Parse($$$"""{"weight_map":{"t":"{{{path}}}"}}""", out DiagnosticBag bag));
        Diagnostic diagnostic = Assert.Single(bag.Items);
        Assert.Equal("KILN0106", diagnostic.Id);
        Assert.Contains("tensor t", diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model-00001-of-00002.safetensors", true)]
    [InlineData("part/..name.safetensors", true)]
    public void KeepsPathsWithin(string path, bool expected) => Assert.Equal(expected, ShardIndex.StaysInFolder(path));

    [Fact]
    public void FindsEveryDisagreement()
    {
        ShardIndex? index = Parse("""{"weight_map":{"a":"1.safetensors","b":"2.safetensors","moved":"1.safetensors","gone":"2.safetensors","twice":"1.safetensors"}}""", out DiagnosticBag bag);
        index!.Check(["1.safetensors", "2.safetensors"], [Tensor("a", 0), Tensor("twice", 0), Tensor("b", 1), Tensor("moved", 1), Tensor("new", 1), Tensor("twice", 1)], bag);
        Assert.All(bag.Items, d => Assert.Equal("KILN0107", d.Id));
        Assert.Equal(4, bag.Items.Count);
        Assert.Contains(bag.Items, d => d.Message.Contains("tensor moved: expected in \"1.safetensors\", found in \"2.safetensors\"", StringComparison.Ordinal));
        Assert.Contains(bag.Items, d => d.Message.Contains("tensor new: expected in the index, found only in \"2.safetensors\"", StringComparison.Ordinal));
        Assert.Contains(bag.Items, d => d.Message.Contains("tensor twice: expected in one file", StringComparison.Ordinal));
        Assert.Contains(bag.Items, d => d.Message.Contains("tensor gone: expected in \"2.safetensors\", not found", StringComparison.Ordinal));
    }

    [Fact]
    public void RefusesATensorInTwoFilesOfTheIndex()
    {
        Assert.Null(Parse("""{"weight_map":{"a":"1.safetensors","a":"2.safetensors"}}""", out DiagnosticBag bag));
        Assert.Equal("KILN0107", Assert.Single(bag.Items).Id);
    }

    private static ManifestTensor Tensor(string name, int file) => new(name, TensorEncoding.U8, [1], file, 0, 1);

    private static ShardIndex? Parse(string json, out DiagnosticBag bag)
    {
        bag = new DiagnosticBag();
        return ShardIndex.Parse(JsonReader.Parse(json), "model.safetensors.index.json", bag);
    }
}
