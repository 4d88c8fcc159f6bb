using System.Linq;
using Kiln.Compiler.Json;
using Xunit;

namespace Kiln.Compiler.Tests;

public class JsonReaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[1,]")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\" 1}")]
    [InlineData("01")]
    [InlineData("1.")]
    [InlineData("+1")]
    [InlineData("NaN")]
    [InlineData("nul")]
    [InlineData("\"a\nb\"")]
    [InlineData("\"\\x\"")]
    [InlineData("\"\\u12g4\"")]
    [InlineData("\"abc")]
    [InlineData("1 2")]
    [InlineData("// x\n1")]
    public void Refuses(string text) => Assert.Throws<JsonException>(() => JsonReader.Parse(text));

    [Fact]
    public void ReadsEveryKind()
    {
        JsonValue value = JsonReader.Parse("{\"s\":\"a\\u0041\\n\\/\",\"n\":-1.5e3,\"i\":9007199254740993,\"t\":true,\"f\":false,\"z\":null,\"l\":[1,[2]]}");
        Assert.Equal("aA\n/", value.Require("s").String);
        Assert.Equal(-1500, value.Require("n").Double);
        Assert.Equal(9007199254740993, value.Require("i").Int64);
        Assert.True(value.Require("t").Boolean);
        Assert.False(value.Require("f").Boolean);
        Assert.Null(value.Get("z"));
        Assert.Equal("l[1][0]", value.Require("l").Items[1].Items[0].Path);
    }

    [Fact]
    public void DepthIsBounded()
    {
        Assert.Throws<JsonException>(() => JsonReader.Parse(new string('[', 100_000)));
        Assert.NotNull(JsonReader.Parse(new string('[', 100) + new string(']', 100)));
    }

    [Fact]
    public void EqualNames()
    {
        Assert.Equal(2, JsonReader.Parse("{\"a\":1,\"a\":2}").Require("a").Int64);
        Assert.Throws<JsonException>(() => JsonReader.Parse("{\"a\":1,\"a\":2}", uniqueNames: true));
    }

    [Fact]
    public void ErrorsSayWhere()
    {
        JsonException syntax = Assert.Throws<JsonException>(() => JsonReader.Parse("{\n  \"a\": ?}"));
        Assert.Contains("line 2, column 8", syntax.Message);
        JsonException type = Assert.Throws<JsonException>(() => JsonReader.Parse("{\"a\":{\"b\":[1,\"x\"]}}").Require("a").Require("b").Items[1].Int64);
        Assert.Equal("a.b[1]: expected a number, found \"x\"", type.Message);
    }

    [Fact]
    public void InvalidUtf8IsRefused() => Assert.Throws<JsonException>(() => JsonReader.Parse(new byte[] { (byte)'"', 0xFF, (byte)'"' }));

    [Fact]
    public void PythonNumbersOnlyOnRequest()
    {
        Assert.Equal("-Infinity", JsonReader.Parse("[-Infinity]", pythonNumbers: true).Items.Single().NumberText);
        Assert.Throws<JsonException>(() => JsonReader.Parse("[-Infinity]"));
    }
}
