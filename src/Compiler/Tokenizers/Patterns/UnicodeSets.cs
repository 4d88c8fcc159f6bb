using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace Kiln.Compiler.Tokenizers.Patterns;

/// <summary>
/// Sets of code points by name, whatever the Unicode version of the runtime that the build runs on. They are read from a resource
/// of this assembly when a pattern first needs them.
/// </summary>
internal static class UnicodeSets
{
    private static readonly Lazy<Data> Loaded = new(static () => new Data());

    private static readonly Dictionary<string, string> CategoryNames = new(StringComparer.Ordinal)
    {
        ["letter"] = "l", ["uppercaseletter"] = "lu", ["lowercaseletter"] = "ll", ["titlecaseletter"] = "lt", ["modifierletter"] = "lm",
        ["otherletter"] = "lo", ["mark"] = "m", ["combiningmark"] = "m", ["nonspacingmark"] = "mn", ["spacingmark"] = "mc",
        ["enclosingmark"] = "me", ["number"] = "n", ["decimalnumber"] = "nd", ["letternumber"] = "nl", ["othernumber"] = "no",
        ["punctuation"] = "p", ["connectorpunctuation"] = "pc", ["dashpunctuation"] = "pd", ["openpunctuation"] = "ps",
        ["closepunctuation"] = "pe", ["initialpunctuation"] = "pi", ["finalpunctuation"] = "pf", ["otherpunctuation"] = "po",
        ["symbol"] = "s", ["mathsymbol"] = "sm", ["currencysymbol"] = "sc", ["modifiersymbol"] = "sk", ["othersymbol"] = "so",
        ["separator"] = "z", ["spaceseparator"] = "zs", ["lineseparator"] = "zl", ["paragraphseparator"] = "zp",
        ["other"] = "c", ["control"] = "cc", ["format"] = "cf", ["surrogate"] = "cs", ["privateuse"] = "co", ["unassigned"] = "cn",
    };

    /// <summary><c>\s</c>: the 25 White_Space characters.</summary>
    public static CodePointSet Space { get; } = CodePointSet.Of(new[]
    {
        (0x9, 0xD), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F),
        (0x205F, 0x205F), (0x3000, 0x3000),
    });

    /// <summary><c>\w</c> of the regular expressions inside of brackets, and <c>\p{Word}</c>.</summary>
    public static CodePointSet WordInClass { get; } = RustWord.Except(CodePointSet.Range(0x200C, 0x200D));

    /// <summary><c>\w</c> elsewhere, and what <c>\b</c> goes by: Oniguruma takes ²³¹¼½¾ for words there.</summary>
    public static CodePointSet Word { get; } = WordInClass.Union(CodePointSet.Of(new[] { (0xB2, 0xB3), (0xB9, 0xB9), (0xBC, 0xBE) }));

    /// <summary><c>\w</c> of the <c>Whitespace</c> pre-tokenizer.</summary>
    public static CodePointSet RustWord => Loaded.Value.Sets["RustWord"];

    /// <summary>What <c>Digits</c> cuts out: Rust's <c>is_numeric</c>.</summary>
    public static CodePointSet RustNumeric => Loaded.Value.Sets["RustNumeric"];

    /// <summary>What <c>Punctuation</c> and <c>BertPreTokenizer</c> cut out: ASCII symbols and category P of an old Unicode.</summary>
    public static CodePointSet OldPunctuation => Loaded.Value.Sets["OldPunctuation"];

    /// <summary>Code points that <c>UnicodeScripts</c> leaves with what stands before them: blank and what its old Unicode does not know.</summary>
    public static CodePointSet AnyScript => Loaded.Value.Sets["AnyScript"];

    /// <summary>
    /// The scripts as <c>UnicodeScripts</c> has them, without <see cref="AnyScript"/>: kana is Han, and three code points are in the script
    /// that an old Unicode put them in.
    /// </summary>
    public static IReadOnlyList<(string Name, CodePointSet Set)> ScriptRuns()
    {
        CodePointSet han = CodePointSet.Of(0x30FC);
        CodePointSet devanagari = CodePointSet.Range(0x953, 0x954);
        CodePointSet common = CodePointSet.Of(0x61C);
        CodePointSet moved = han.Union(devanagari).Union(common);
        var scripts = new List<(string Name, CodePointSet Set)>();
        foreach (KeyValuePair<string, CodePointSet> script in Loaded.Value.Scripts)
        {
            CodePointSet set = script.Value.Except(moved).Except(AnyScript);
            if (script.Key is "Han" or "Hiragana" or "Katakana")
            {
                han = han.Union(set);
                continue;
            }

            set = script.Key == "Devanagari" ? set.Union(devanagari) : script.Key == "Common" ? set.Union(common) : set;
            if (!set.IsEmpty)
            {
                scripts.Add((script.Key, set));
            }
        }

        scripts.Add(("Han", han));
        return scripts;
    }

    /// <summary>Code points that fold to several, and these.</summary>
    public static IReadOnlyList<KeyValuePair<int, int[]>> MultipleFolds => Loaded.Value.Multiple;

    /// <summary>The simple case folding of a code point.</summary>
    public static int Fold(int codePoint) => Loaded.Value.Folds.TryGetValue(codePoint, out int folded) ? folded : codePoint;

    /// <summary>All code points that fold to the same as one of a set.</summary>
    public static CodePointSet CloseOverCase(CodePointSet set)
    {
        Data data = Loaded.Value;
        var all = new List<(int, int)>(set.Ranges);
        foreach (KeyValuePair<int, int[]> folded in data.Unfolds)
        {
            bool any = set.Contains(folded.Key) || Array.Exists(folded.Value, set.Contains);
            if (any)
            {
                all.Add((folded.Key, folded.Key));
                foreach (int codePoint in folded.Value)
                {
                    all.Add((codePoint, codePoint));
                }
            }
        }

        return CodePointSet.Of(all);
    }

    /// <summary>A <c>\p{...}</c>; null if there is no such property.</summary>
    public static CodePointSet? Property(string name)
    {
        string key = Normalize(name);
        int equals = key.IndexOf('=');
        string? kind = equals < 0 ? null : key.Substring(0, equals);
        key = key.Substring(equals + 1);
        Data data = Loaded.Value;
        bool category = kind is null or "gc" or "generalcategory";
        bool script = kind is null or "sc" or "script";
        if (category && data.Categories.TryGetValue(CategoryNames.TryGetValue(key, out string? shortName) ? shortName : key, out CodePointSet? set))
        {
            return set;
        }

        if (script && data.ScriptsByKey.TryGetValue(key, out set))
        {
            return set;
        }

        return kind is not null ? null
            : key == "punct" ? data.Categories["p"]
            : data.Properties.TryGetValue(key, out set) ? set : Posix(key);
    }

    /// <summary>The classes of <c>[[:alpha:]]</c>, in their Unicode meaning; null if there is no such class.</summary>
    public static CodePointSet? Posix(string name)
    {
        IReadOnlyDictionary<string, CodePointSet> categories = Loaded.Value.Categories;
        CodePointSet alphabetic = Loaded.Value.Properties["alphabetic"];
        return name switch
        {
            "alpha" => alphabetic,
            "digit" => categories["nd"],
            "alnum" => alphabetic.Union(categories["nd"]),
            "upper" => Loaded.Value.Properties["uppercase"],
            "lower" => Loaded.Value.Properties["lowercase"],
            "space" => Space,
            "word" => WordInClass,
            "punct" => categories["p"].Union(categories["s"]),
            "cntrl" => categories["cc"],
            "blank" => categories["zs"].Union(CodePointSet.Of(9)),
            "graph" => Space.Union(categories["cc"]).Union(categories["cn"]).Union(categories["cs"]).Complement(),
            "print" => Space.Union(categories["cc"]).Union(categories["cn"]).Union(categories["cs"]).Complement().Union(categories["zs"]),
            "xdigit" => HexDigit,
            "ascii" => CodePointSet.Range(0, 0x7F),
            "any" => CodePointSet.All,
            "assigned" => categories["cn"].Complement(),
            _ => null,
        };
    }

    /// <summary>0-9, A-F, a-f.</summary>
    public static CodePointSet HexDigit { get; } = CodePointSet.Of(new[] { (0x30, 0x39), (0x41, 0x46), (0x61, 0x66) });

    private static string Normalize(string name) => name.Replace("_", "").Replace("-", "").Replace(" ", "").ToLowerInvariant();

    private sealed class Data
    {
        public Dictionary<string, CodePointSet> Categories { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, CodePointSet> Scripts { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, CodePointSet> ScriptsByKey { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, CodePointSet> Properties { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, CodePointSet> Sets { get; } = new(StringComparer.Ordinal);

        public Dictionary<int, int> Folds { get; } = new();

        public List<KeyValuePair<int, int[]>> Unfolds { get; } = new();

        public List<KeyValuePair<int, int[]>> Multiple { get; } = new();

        public Data()
        {
            using Stream stream = typeof(UnicodeSets).Assembly.GetManifestResourceStream("Kiln.UnicodeSets.txt")
                ?? throw new InvalidOperationException("The resource UnicodeSets.txt is missing.");
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
            {
                int colon = line.IndexOf(": ", StringComparison.Ordinal);
                if (line.Length > 0 && line[0] != '#' && colon > 0)
                {
                    Read(line.Substring(0, colon).Split(' '), line.Substring(colon + 2).Split(' '));
                }
            }

            var assigned = new List<CodePointSet>();
            foreach (char major in "lmnpszc")
            {
                var parts = new List<(int, int)>();
                foreach (KeyValuePair<string, CodePointSet> category in Categories)
                {
                    if (category.Key[0] == major)
                    {
                        parts.AddRange(category.Value.Ranges);
                    }
                }

                Categories[major.ToString()] = CodePointSet.Of(parts);
                assigned.Add(Categories[major.ToString()]);
            }

            CodePointSet all = CodePointSet.Empty;
            assigned.ForEach(set => all = all.Union(set));
            Categories["cs"] = CodePointSet.Range(0xD800, 0xDFFF);
            Categories["cn"] = all.Union(Categories["cs"]).Complement();
            Categories["c"] = Categories["c"].Union(all.Complement());
            var unfolds = new SortedDictionary<int, List<int>>();
            foreach (KeyValuePair<int, int> fold in Folds)
            {
                if (!unfolds.TryGetValue(fold.Value, out List<int>? from))
                {
                    unfolds[fold.Value] = from = new List<int>();
                }

                from.Add(fold.Key);
            }

            foreach (KeyValuePair<int, List<int>> unfold in unfolds)
            {
                Unfolds.Add(new KeyValuePair<int, int[]>(unfold.Key, unfold.Value.ToArray()));
            }
        }

        private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

        private void Read(string[] names, string[] items)
        {
            switch (names[0])
            {
                case "gc":
                    Categories[names[1].ToLowerInvariant()] = ReadSet(items);
                    break;
                case "sc":
                    Scripts[names[1]] = ReadSet(items);
                    ScriptsByKey[Normalize(names[1])] = Scripts[names[1]];
                    ScriptsByKey[Normalize(names[2])] = Scripts[names[1]];
                    break;
                case "prop":
                    Properties[Normalize(names[1])] = ReadSet(items);
                    break;
                case "set":
                    Sets[names[1]] = ReadSet(items);
                    break;
                case "fold":
                    Array.ForEach(items, ReadFold);
                    break;
                default:
                    foreach (string item in items)
                    {
                        string[] sides = item.Split('>');
                        Multiple.Add(new KeyValuePair<int, int[]>(Hex(sides[0]), Array.ConvertAll(sides[1].Split('+'), Hex)));
                    }

                    break;
            }
        }

        private static CodePointSet ReadSet(string[] items) => CodePointSet.Of(Array.ConvertAll(items, static item =>
        {
            int dash = item.IndexOf('-');
            return dash < 0 ? (Hex(item), Hex(item)) : (Hex(item.Substring(0, dash)), Hex(item.Substring(dash + 1)));
        }));

        /// <summary><c>41-5A/1>61</c> or <c>B5>3BC</c>.</summary>
        private void ReadFold(string item)
        {
            string[] sides = item.Split('>');
            int to = Hex(sides[1]);
            string[] from = sides[0].Split('-', '/');
            int first = Hex(from[0]);
            int last = from.Length > 1 ? Hex(from[1]) : first;
            int step = from.Length > 2 ? Hex(from[2]) : 1;
            for (int c = first; c <= last; c += step)
            {
                Folds[c] = to + (c - first);
            }
        }
    }
}
