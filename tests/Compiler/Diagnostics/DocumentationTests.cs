using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using Kiln.Compiler.Diagnostics;
using Kiln.Tests;
using Xunit;

namespace Kiln.Compiler.Tests.Diagnostics;

public sealed class DocumentationTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Paths.Repository, "docs", "diagnostics.md"));

    private static readonly IReadOnlyList<DiagnosticDescriptor> All = typeof(Descriptors).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => f.GetValue(null)).OfType<DiagnosticDescriptor>().ToList();

    [Fact]
    public void EveryIdHasAnEntryWithItsTitleAndSeverity()
    {
        IEnumerable<string> documented = Regex.Matches(Page, "^## (.*)$", RegexOptions.Multiline).Select(m => m.Groups[1].Value);
        Assert.Equal(All.Select(d => $"{d.Id} {d.Title} ({(d.Severity == DiagnosticSeverity.Error ? "error" : "warning")})").Order(), documented);
    }

    [Fact]
    public void EveryEntryHasAnExampleAndAnExplanation()
    {
        foreach (string entry in Page.Split("\n## ").Skip(1))
        {
            string[] lines = entry.Split('\n');
            Assert.StartsWith("`", lines[1], System.StringComparison.Ordinal);
            Assert.True(lines.Skip(2).Any(l => l.Length > 20), lines[0]);
        }
    }

    [Fact]
    public void IdsAreUnique() => Assert.Equal(All.Count, All.Select(d => d.Id).Distinct().Count());
}
