using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Tokenizers;
using Kiln.Tokenization;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization.Patterns;

/// <summary>A regular expression, compiled as the pattern of a <c>Split</c> and taken out of the table again.</summary>
internal sealed unsafe class Pattern : IDisposable
{
    private readonly byte* table;
    private readonly PatternMatcher matcher;

    private Pattern(byte[] compiled)
    {
        table = (byte*)NativeMemory.Alloc((nuint)compiled.Length);
        compiled.CopyTo(new Span<byte>(table, compiled.Length));
        var step = new StepReader(new TableReader(table, compiled.Length).Section(TableSection.PreTokenizer));
        Assert.True(step.Next());
        step.Int32();
        step.Int32();
        Length = step.Rest.Length;
        matcher = new PatternMatcher(ref step);
        Assert.Equal(0, step.Rest.Length);
    }

    /// <summary>Bytes of the compiled pattern.</summary>
    public int Length { get; }

    public static Pattern Compile(string regex)
    {
        Pattern? pattern = TryCompile(regex, out string error);
        Assert.True(pattern is not null, error);
        return pattern;
    }

    /// <summary>Null, and why, if the compiler refuses the pattern.</summary>
    public static Pattern? TryCompile(string regex, out string error)
    {
        var diagnostics = new DiagnosticBag();
        string json = "{\"type\":\"Split\",\"pattern\":{\"Regex\":" + JsonSerializer.Serialize(regex) + "},\"behavior\":\"Isolated\"}";
        CompiledTokenizer? compiled = TokenizerCompiler.Compile(new ThrowAwayTokenizer().With("pre_tokenizer", json).Files(), diagnostics);
        error = string.Join("\n", diagnostics.Items.Select(item => item.Id + ": " + item.Message));
        return compiled is null ? null : new Pattern(compiled.Table);
    }

    /// <summary>The matches in a text, with | between them.</summary>
    public string Show(string text) => string.Join("|", Matches(text).Select(match => text[match.Start..match.End]));

    /// <summary>Start and end of the matches in a text, in UTF-16.</summary>
    public List<(int Start, int End)> Matches(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var memory = new PatternMemory();
        var found = new List<(int, int)>();
        fixed (byte* start = utf8)
        {
            byte none = 0;
            byte* from = start is null ? &none : start;
            for (PatternMatches matches = matcher.Matches(from, utf8.Length, memory); matches.Next();)
            {
                found.Add((Encoding.UTF8.GetCharCount(utf8, 0, matches.Start), Encoding.UTF8.GetCharCount(utf8, 0, matches.End)));
            }
        }

        memory.Free();
        return found;
    }

    /// <summary>How many characters are looked at to find all matches in a text.</summary>
    public long CountSteps(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var memory = new PatternMemory();
        fixed (byte* start = utf8)
        {
            for (PatternMatches matches = matcher.Matches(start, utf8.Length, memory); matches.Next();)
            {
            }
        }

        long steps = memory.Steps;
        memory.Free();
        return steps;
    }

    /// <summary>The same by .NET, searching on as the reference does.</summary>
    public static List<(int Start, int End)> ByRegex(string regex, string text)
    {
        var dotnet = new Regex(regex, RegexOptions.Multiline | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
        var found = new List<(int, int)>();
        int lastEnd = -1;
        for (int position = 0; position <= text.Length;)
        {
            Match match = dotnet.Match(text, position);
            if (!match.Success)
            {
                break;
            }

            if (match.Length == 0 && match.Index == lastEnd)
            {
                position++;
                continue;
            }

            position = lastEnd = match.Index + match.Length;
            found.Add((match.Index, lastEnd));
        }

        return found;
    }

    public void Dispose() => NativeMemory.Free(table);
}
