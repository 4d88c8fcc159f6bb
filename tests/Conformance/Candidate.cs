using System.Collections.Generic;
using System.Text;

namespace Kiln.Conformance;

/// <summary>An entry on its way through the build.</summary>
internal sealed class Candidate(Entry entry, string className)
{
    /// <summary>What it is.</summary>
    public Entry Entry { get; } = entry;

    /// <summary>Name of its item and class in the throw-away project.</summary>
    public string ClassName { get; } = className;

    /// <summary>What the build said of settings for generating that Kiln does not have, or null.</summary>
    public string? GenerationWarning { get; set; }

    /// <summary>Gives each entry a class name of its own: <c>models/llama</c> is <c>M_llama</c>, and any folder name has one.</summary>
    public static List<Candidate> Of(IReadOnlyList<Entry> entries)
    {
        var candidates = new List<Candidate>();
        // the file systems of Windows and macOS know no upper and lower case, and the name is a file's as well
        var taken = new HashSet<string>(System.StringComparer.OrdinalIgnoreCase);
        foreach (Entry entry in entries)
        {
            string name = ToClassName(entry.Name);
            string unique = name;
            for (int i = 2; !taken.Add(unique); i++)
            {
                unique = name + "_" + i.ToString(System.Globalization.CultureInfo.InvariantCulture);
            }

            candidates.Add(new Candidate(entry, unique));
        }

        return candidates;
    }

    private static string ToClassName(string name)
    {
        int slash = name.IndexOf('/');
        var text = new StringBuilder(name[..slash] switch { "models" => "M_", "trained" => "T_", _ => "K_" });
        foreach (char c in name[(slash + 1)..])
        {
            text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        }

        // long enough to recognise, short enough to be part of a file's name
        return text.Length > 80 ? text.ToString(0, 80) : text.ToString();
    }
}
