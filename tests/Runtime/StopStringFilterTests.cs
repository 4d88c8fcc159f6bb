using System;
using System.Text;
using Xunit;

namespace Kiln.Runtime.Tests;

public class StopStringFilterTests
{
    [Theory]
    [InlineData("abcabd", "abd", 1, "abc")]
    [InlineData("abcabd", "abd", 4, "abc")]
    [InlineData("aaab", "aab", 1, "a")]
    [InlineData("xaxaxay", "xay", 2, "xaxa")]
    [InlineData("one two", "three", 3, "one two")]
    [InlineData("one thre", "three", 2, "one thre")]
    [InlineData("schöner", "ön", 1, "sch")]
    public void Text_up_to_the_stop_string_comes_out_however_it_is_cut(string text, string stop, int size, string expected)
    {
        StopStringFilter filter = new();
        filter.Start([stop, "never"]);
        StringBuilder result = new();
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        for (int i = 0; i < utf8.Length && !filter.Stopped; i += size)
        {
            result.Append(Encoding.UTF8.GetString(filter.Add(utf8.AsSpan(i, Math.Min(size, utf8.Length - i)), include: false)));
        }

        result.Append(Encoding.UTF8.GetString(filter.Flush()));
        Assert.Equal(expected, result.ToString());
        Assert.Equal(expected != text, filter.Stopped);
    }

    [Fact]
    public void The_first_of_several_counts_and_nothing_comes_after()
    {
        StopStringFilter filter = new();
        filter.Start(["ld", "wor"]);
        Assert.Equal("hello ", Encoding.UTF8.GetString(filter.Add("hello world"u8, include: false)));
        Assert.True(filter.Add("more"u8, include: true).IsEmpty);
        Assert.True(filter.Flush().IsEmpty);
        filter.Start(["ld"]);
        Assert.Equal("hello world!", Encoding.UTF8.GetString(filter.Add("hello world!"u8, include: true)));
        Assert.True(filter.Stopped);
        filter.Start([]);
        Assert.Equal("world", Encoding.UTF8.GetString(filter.Add("world"u8, include: false)));
    }

    [Fact]
    public void Only_what_may_be_a_beginning_is_held_back()
    {
        StopStringFilter filter = new();
        filter.Start(["<end>"]);
        Assert.Equal("a", Encoding.UTF8.GetString(filter.Add("a<e"u8, include: false)));
        Assert.Equal("", Encoding.UTF8.GetString(filter.Add("nd"u8, include: false)));
        Assert.Equal("<endx", Encoding.UTF8.GetString(filter.Add("x<"u8, include: false)));
        Assert.Equal("<", Encoding.UTF8.GetString(filter.Flush()));
    }
}
