using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace Kiln.Conformance;

/// <summary>What came of a check.</summary>
internal enum Outcome
{
    /// <summary>As expected.</summary>
    Pass,

    /// <summary>Not as expected.</summary>
    Fail,

    /// <summary>Kiln does not have what the check needs, or refuses the checkpoint; counted as skipped.</summary>
    Unsupported,
}

/// <summary>One line of the report.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Name">The entry: <c>models/llama</c>.</param>
/// <param name="Check">The check, or a diagnostic's id.</param>
/// <param name="Figure">How close it was, or why not.</param>
internal sealed record CheckResult(Outcome Outcome, string Name, string Check, string Figure);

/// <summary>Prints results as they come and counts them.</summary>
internal sealed class Report(TextWriter output)
{
    private readonly List<CheckResult> results = [];

    /// <summary>Checks that failed so far.</summary>
    public int Failed => results.Count(static r => r.Outcome == Outcome.Fail);

    /// <summary>All results so far.</summary>
    public IReadOnlyList<CheckResult> Results => results;

    /// <summary>Adds a result: <c>pass|fail|unsupported &lt;name&gt; &lt;check&gt; &lt;figure&gt;</c>.</summary>
    public void Add(Outcome outcome, string name, string check, string figure)
    {
        var result = new CheckResult(outcome, OneLine(name), OneLine(check), OneLine(figure));
        results.Add(result);
        output.WriteLine($"{Word(outcome)} {result.Name} {result.Check} {result.Figure}".TrimEnd());
        output.Flush();
    }

    /// <summary>Prints the last line.</summary>
    public void WriteTotal()
    {
        int passed = results.Count(static r => r.Outcome == Outcome.Pass);
        output.WriteLine($"{passed} passed, {Failed} failed, {results.Count - passed - Failed} skipped");
        output.Flush();
    }

    /// <summary>Writes all results as JSON.</summary>
    public void WriteJson(string path)
    {
        using FileStream stream = File.Create(path);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartArray("checks");
        foreach (CheckResult result in results)
        {
            json.WriteStartObject();
            json.WriteString("outcome", Word(result.Outcome));
            json.WriteString("name", result.Name);
            json.WriteString("check", result.Check);
            json.WriteString("figure", result.Figure);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        int passed = results.Count(static r => r.Outcome == Outcome.Pass);
        json.WriteNumber("passed", passed);
        json.WriteNumber("failed", Failed);
        json.WriteNumber("skipped", results.Count - passed - Failed);
        json.WriteEndObject();
    }

    private static string Word(Outcome outcome) => outcome switch
    {
        Outcome.Pass => "pass",
        Outcome.Fail => "fail",
        _ => "unsupported",
    };

    // a folder's name or a message may hold anything; a result is one line
    private static string OneLine(string text)
    {
        if (!text.Any(char.IsControl))
        {
            return text;
        }

        var line = new StringBuilder(text);
        for (int i = 0; i < line.Length; i++)
        {
            if (char.IsControl(line[i]))
            {
                line[i] = ' ';
            }
        }

        return line.ToString();
    }
}
