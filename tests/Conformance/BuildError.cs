using System;
using System.Collections.Generic;
using System.Text.RegularExpressions;

namespace Kiln.Conformance;

/// <summary>An error or warning of a build.</summary>
/// <param name="File">Where it was reported.</param>
/// <param name="Code">Its id; empty if it has none.</param>
/// <param name="Text">What it says.</param>
internal sealed partial record BuildError(string File, string Code, string Text)
{
    /// <summary>Reads the lines of an MSBuild log that holds errors or warnings only.</summary>
    /// <param name="lines">The log.</param>
    /// <param name="project">The project that was built: MSBuild ends each line with its path.</param>
    public static List<BuildError> Parse(IEnumerable<string> lines, string project)
    {
        var errors = new List<BuildError>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            string text = line.Trim();
            int end = text.LastIndexOf(" [" + project, StringComparison.Ordinal);
            if (end >= 0)
            {
                text = text[..end];
            }

            // the compiler's errors come once more from a second task that looks at them
            if (text.Length == 0 || !seen.Add(text))
            {
                continue;
            }

            Match match = Pattern().Match(text);
            if (match.Success)
            {
                errors.Add(new BuildError(match.Groups["file"].Value, match.Groups["code"].Value, match.Groups["text"].Value));
            }
            else if (errors.Count > 0)
            {
                errors[^1] = errors[^1] with { Text = errors[^1].Text + " " + text };
            }
            else
            {
                errors.Add(new BuildError("", "", text));
            }
        }

        return errors;
    }

    [GeneratedRegex(@"^(\d+(:\d+)?>)?(?<file>.*?)(\(\d[\d,\-]*\))?\s*: (error|warning)\s+(?<code>[A-Za-z]+\d+)?\s*: ?(?<text>.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
