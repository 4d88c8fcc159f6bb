using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers.Unicode;

/// <summary>What <c>unicode.txt</c> says of code points: Unicode as the reference's normalizers have it, not as .NET has it.</summary>
internal static class UnicodeData
{
    private static readonly Lazy<Dictionary<string, string[]>> Sections = new(ReadSections);
    private static readonly Lazy<Dictionary<int, string>> LazyNfd = new(() => Map("nfd"));
    private static readonly Lazy<Dictionary<int, string>> LazyNfkd = new(() => Map("nfd", "nfkd"));
    private static readonly Lazy<Dictionary<int, string>> LazyLowercase = new(() => Map("lowercase"));
    private static readonly Lazy<Dictionary<int, string>> LazyNmt = new(() => Map("nmt"));
    private static readonly Lazy<Dictionary<int, byte>> LazyClasses = new(ReadClasses);
    private static readonly Lazy<SortedDictionary<long, int>> LazyCompositions = new(ReadCompositions);
    private static readonly Lazy<byte[]> LazyGraphemes = new(ReadGraphemes);

    /// <summary>Canonical decompositions, whole; without Hangul syllables.</summary>
    public static Dictionary<int, string> Nfd => LazyNfd.Value;

    /// <summary>Compatibility decompositions, whole; without Hangul syllables.</summary>
    public static Dictionary<int, string> Nfkd => LazyNfkd.Value;

    /// <summary>The full lower-case mapping of each code point.</summary>
    public static Dictionary<int, string> Lowercase => LazyLowercase.Value;

    /// <summary>The <c>Nmt</c> normalizer's mapping.</summary>
    public static Dictionary<int, string> Nmt => LazyNmt.Value;

    /// <summary>Canonical combining classes other than 0.</summary>
    public static Dictionary<int, byte> CombiningClasses => LazyClasses.Value;

    /// <summary>Canonical compositions by first &lt;&lt; 32 | second, without Hangul.</summary>
    public static SortedDictionary<long, int> Compositions => LazyCompositions.Value;

    /// <summary>A <see cref="GraphemeClass"/> for each code point.</summary>
    public static byte[] Graphemes => LazyGraphemes.Value;

    /// <summary>A set of code points.</summary>
    public static HashSet<int> Set(string section)
    {
        var set = new HashSet<int>();
        foreach (string range in Sections.Value[section])
        {
            foreach (int codePoint in Range(range))
            {
                set.Add(codePoint);
            }
        }

        return set;
    }

    /// <summary>The code points of a string.</summary>
    public static IEnumerable<int> CodePoints(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                yield return char.ConvertToUtf32(text[i], text[i + 1]);
                i++;
            }
            else
            {
                yield return text[i];
            }
        }
    }

    /// <summary>A code point as a string; a lone surrogate too.</summary>
    public static string Text(int codePoint) =>
        codePoint is >= 0xD800 and < 0xE000 ? ((char)codePoint).ToString() : char.ConvertFromUtf32(codePoint);

    private static Dictionary<string, string[]> ReadSections()
    {
        var sections = new Dictionary<string, string[]>(StringComparer.Ordinal);
        using Stream stream = typeof(UnicodeData).Assembly.GetManifestResourceStream("Kiln.Compiler.unicode.txt")
            ?? throw new InvalidOperationException("The compiler lacks its resource unicode.txt.");
        using var reader = new StreamReader(stream, Encoding.ASCII);
        string name = "";
        var items = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith("[", StringComparison.Ordinal))
            {
                sections[name] = items.ToArray();
                items.Clear();
                name = line.Substring(1, line.Length - 2);
            }
            else if (!line.StartsWith("#", StringComparison.Ordinal))
            {
                items.AddRange(line.Split(' '));
            }
        }

        sections[name] = items.ToArray();
        return sections;
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static IEnumerable<int> Range(string text)
    {
        string[] ends = text.Split('-');
        int last = Hex(ends[ends.Length - 1]);
        for (int codePoint = Hex(ends[0]); codePoint <= last; codePoint++)
        {
            yield return codePoint;
        }
    }

    private static Dictionary<int, string> Map(params string[] sections)
    {
        var map = new Dictionary<int, string>();
        foreach (string section in sections)
        {
            foreach (string entry in Sections.Value[section])
            {
                int equals = entry.IndexOf('=');
                var text = new StringBuilder();
                if (equals + 1 < entry.Length)
                {
                    foreach (string codePoint in entry.Substring(equals + 1).Split(','))
                    {
                        text.Append(char.ConvertFromUtf32(Hex(codePoint)));
                    }
                }

                map[Hex(entry.Substring(0, equals))] = text.ToString();
            }
        }

        return map;
    }

    private static Dictionary<int, byte> ReadClasses()
    {
        var classes = new Dictionary<int, byte>();
        foreach (string entry in Sections.Value["ccc"])
        {
            int colon = entry.IndexOf(':');
            byte value = byte.Parse(entry.Substring(0, colon), CultureInfo.InvariantCulture);
            foreach (string range in entry.Substring(colon + 1).Split(','))
            {
                foreach (int codePoint in Range(range))
                {
                    classes[codePoint] = value;
                }
            }
        }

        return classes;
    }

    private static SortedDictionary<long, int> ReadCompositions()
    {
        var compositions = new SortedDictionary<long, int>();
        foreach (string entry in Sections.Value["composition"])
        {
            string[] parts = entry.Split('=', ',');
            compositions[((long)Hex(parts[1]) << 32) | (uint)Hex(parts[2])] = Hex(parts[0]);
        }

        return compositions;
    }

    private static byte[] ReadGraphemes()
    {
        byte[] classes = new byte[0x110000];
        foreach ((string section, GraphemeClass value) in new[]
        {
            ("control", GraphemeClass.Control), ("cr", GraphemeClass.CarriageReturn), ("lf", GraphemeClass.LineFeed),
            ("extend", GraphemeClass.Extend), ("zwj", GraphemeClass.Joiner), ("spacingmark", GraphemeClass.SpacingMark),
            ("prepend", GraphemeClass.Prepend), ("l", GraphemeClass.Leading), ("v", GraphemeClass.Vowel), ("t", GraphemeClass.Trailing),
            ("regional_indicator", GraphemeClass.Regional), ("extended_pictographic", GraphemeClass.Pictographic),
        })
        {
            foreach (string range in Sections.Value["grapheme_" + section])
            {
                foreach (int codePoint in Range(range))
                {
                    classes[codePoint] = (byte)value;
                }
            }
        }

        for (int syllable = 0xAC00; syllable <= 0xD7A3; syllable++)
        {
            classes[syllable] = (byte)((syllable - 0xAC00) % 28 == 0 ? GraphemeClass.SyllableWithoutTrailing : GraphemeClass.SyllableWithTrailing);
        }

        return classes;
    }
}
