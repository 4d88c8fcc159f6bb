using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace Kiln.Conformance;

/// <summary>A checkpoint or tokenizer to check.</summary>
/// <param name="Name">Its place in the folder: <c>models/llama</c>.</param>
/// <param name="Path">The full path of its folder.</param>
/// <param name="IsTokenizer">Whether it is a tokenizer without a model.</param>
/// <param name="ExpectedPath">The folder with what is expected; null for its own.</param>
/// <param name="Part">What of it: all (empty), <c>older</c>, or a part of the oracle's <c>_components</c>.</param>
internal sealed record Entry(string Name, string Path, bool IsTokenizer, string? ExpectedPath = null, string Part = "");

/// <summary>Finds what there is to check in a folder that is laid out as the oracle.</summary>
internal static class OracleFolder
{
    private static readonly string[] Parts = ["models", "trained", "tokenizers"];

    /// <summary>
    /// All entries, in the order of their names. Every folder of a part is one, whatever is in it, since a checkpoint may be damaged in any
    /// way; but for hidden folders and the oracle's own <c>_components</c>.
    /// </summary>
    /// <exception cref="UsageException">The folder has none of the parts.</exception>
    public static List<Entry> Read(string folder, Regex? filter)
    {
        string[] parts = Parts.Where(p => Directory.Exists(Path.Combine(folder, p))).ToArray();
        if (parts.Length == 0)
        {
            throw new UsageException($"expected {string.Join(", ", Parts)} or some of them in {folder}, found none");
        }

        return parts
            .SelectMany(part => Directory.EnumerateDirectories(Path.Combine(folder, part))
                .Select(path => (Name: Path.GetFileName(path), Path: path))
                .Where(e => e.Name[0] != '.' && !(part == "tokenizers" && e.Name[0] == '_'))
                .OrderBy(e => e.Name, StringComparer.Ordinal)
                .Select(e => new Entry(part + "/" + e.Name, e.Path, part == "tokenizers")))
            .Where(e => filter is null || filter.IsMatch(e.Name))
            .ToList();
    }
}
