using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary>Reading expectations.</summary>
internal static class Expected
{
    /// <summary>Parses a JSON file, unpacked if its name ends in <c>.gz</c>.</summary>
    public static JsonDocument Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        if (!path.EndsWith(".gz", StringComparison.Ordinal))
        {
            return JsonDocument.Parse(file);
        }

        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        return JsonDocument.Parse(unpacked);
    }

    /// <summary>An array of token ids.</summary>
    public static int[] Ids(this JsonElement array) => array.EnumerateArray().Select(static i => i.GetInt32()).ToArray();

    /// <summary>A property, or null if it is absent or null.</summary>
    public static JsonElement? Find(this JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>What is wrong with ids, or null.</summary>
    public static string? Difference(ReadOnlySpan<int> expected, ReadOnlySpan<int> found)
    {
        int same = expected.CommonPrefixLength(found);
        return same == expected.Length && same == found.Length
            ? null
            : $"token {same} of {expected.Length}: expected {At(expected, same)}, found {At(found, same)}";
    }

    /// <summary>What is wrong with a text, or null.</summary>
    public static string? Difference(string expected, string found) =>
        expected == found ? null : $"expected {Quote(expected)}, found {Quote(found)}";

    /// <summary>A text in quotes, so that blanks show.</summary>
    public static string Quote(string text) => "\"" + text.Replace("\n", "\\n").Replace("\"", "\\\"") + "\"";

    /// <summary>Names in a readable row.</summary>
    public static string List(IEnumerable<string> names) => string.Join(", ", names);

    private static string At(ReadOnlySpan<int> ids, int index) =>
        index < ids.Length ? ids[index].ToString(System.Globalization.CultureInfo.InvariantCulture) : "the end";
}
