using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using System.Text.Json;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Tokenizers;
using Kiln.Tests;
using Kiln.Tokenization;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

/// <summary>The oracle's normalizers alone: the text and where each of its characters comes from.</summary>
public class NormalizerOracleTests
{
    [SkippableFact]
    public void TextAndOrigins()
    {
        Skip.If(Paths.SharedOracle is null, "needs ../shared/oracle");
        string folder = Path.Combine(Paths.SharedOracle, "tokenizers");
        string[] texts = JsonSerializer.Deserialize<string[]>(File.ReadAllBytes(Path.Combine(folder, "texts.json")))!;
        var failures = new List<string>();
        int parts = 0;
        foreach (JsonElement part in Read(folder, "expected.json.gz").GetProperty("normalizers").EnumerateArray())
        {
            string config = part.GetProperty("config").GetRawText();
            if (Normalizer.Create(config) is not { } normalizer)
            {
                continue;
            }

            parts++;
            string name = config.Length > 200 ? config[..200] : config;
            foreach (JsonElement test in part.GetProperty("cases").EnumerateArray())
            {
                string text = test[0].ValueKind == JsonValueKind.Number ? texts[test[0].GetInt32()] : test[0].GetString()!;
                string want = test[1][0].GetString()!;
                string wantOrigins = string.Join(" ", test[1][1].EnumerateArray().Select(range => $"{range[0]}-{range[1]}"));
                (string got, string origins) = normalizer.Run(text, aligned: true);
                if (want != got || wantOrigins != origins || normalizer.Run(text, aligned: false).Text != want)
                {
                    failures.Add($"{name}: {JsonSerializer.Serialize(text)}:\n  {JsonSerializer.Serialize(want)} {wantOrigins}\n  {JsonSerializer.Serialize(got)} {origins}");
                }
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} fail:\n{string.Join("\n", failures.Take(20).Select(line => line.Length > 600 ? line[..600] : line))}");
        Assert.True(parts >= 40, $"{parts} parts");
    }

    [SkippableTheory]
    [InlineData("NFC", "nfc")]
    [InlineData("NFD", "nfd")]
    [InlineData("NFKC", "nfkc")]
    [InlineData("NFKD", "nfkd")]
    [InlineData("Nmt", "nmt")]
    [InlineData("Lowercase", "lowercase")]
    public void EveryCodePoint(string type, string map)
    {
        Skip.If(Paths.SharedOracle is null, "needs ../shared/oracle");
        JsonElement mapping = Read(Path.Combine(Paths.SharedOracle, "tokenizers"), "unicode.json.gz").GetProperty("maps").GetProperty(map);
        Dictionary<int, string> changed = mapping.EnumerateObject().ToDictionary(entry => Convert.ToInt32(entry.Name, 16), entry => entry.Value.GetString()!);
        Normalizer normalizer = Normalizer.Create($$"""{"type": "{{type}}"}""")!;
        for (int codePoint = 0; codePoint < 0x110000; codePoint++)
        {
            if (codePoint is >= 0xD800 and < 0xE000)
            {
                continue;
            }

            string text = char.ConvertFromUtf32(codePoint);
            string want = changed.GetValueOrDefault(codePoint, text);
            if (codePoint is >= 0xAC00 and <= 0xD7A3 && type is "NFD" or "NFKD")
            {
                int syllable = codePoint - 0xAC00;
                want = $"{(char)(0x1100 + (syllable / 588))}{(char)(0x1161 + (syllable % 588 / 28))}";
                want += syllable % 28 == 0 ? "" : (char)(0x11A7 + (syllable % 28));
            }

            string got = normalizer.Run(text, aligned: false).Text;
            Assert.True(want == got, $"U+{codePoint:X4}: {want} {got}");
        }
    }

    [SkippableFact]
    public void EveryCodePointForBert()
    {
        Skip.If(Paths.SharedOracle is null, "needs ../shared/oracle");
        JsonElement root = Read(Path.Combine(Paths.SharedOracle, "tokenizers"), "unicode.json.gz");
        var removed = Set(root, "bert_clean_removed");
        var spaces = Set(root, "bert_clean_to_space");
        var padded = Set(root, "bert_chinese_padded");
        var marks = Set(root, "strip_accents_removed");
        var blanks = Set(root, "strip_removed");
        Dictionary<int, string> accents = root.GetProperty("maps").GetProperty("bert_strip_accents").EnumerateObject()
            .ToDictionary(entry => Convert.ToInt32(entry.Name, 16), entry => entry.Value.GetString()!);
        Normalizer clean = Bert("clean_text");
        Normalizer chinese = Bert("handle_chinese_chars");
        Normalizer strip = Bert("strip_accents");
        Normalizer stripAccents = Normalizer.Create("""{"type": "StripAccents"}""")!;
        Normalizer ends = Normalizer.Create("""{"type": "Strip", "strip_left": true, "strip_right": true}""")!;
        for (int codePoint = 0; codePoint < 0x110000; codePoint++)
        {
            if (codePoint is >= 0xD800 and < 0xE000)
            {
                continue;
            }

            string text = char.ConvertFromUtf32(codePoint);
            string message = $"U+{codePoint:X4}";
            Assert.True((removed.Contains(codePoint) ? "" : spaces.Contains(codePoint) ? " " : text) == clean.Run(text, aligned: false).Text, message);
            Assert.True((padded.Contains(codePoint) ? $" {text} " : text) == chinese.Run(text, aligned: false).Text, message);
            Assert.True((marks.Contains(codePoint) ? "" : text) == stripAccents.Run(text, aligned: false).Text, message);
            Assert.True((blanks.Contains(codePoint) ? "" : text) == ends.Run(text, aligned: false).Text, message);
            if (codePoint is < 0xAC00 or > 0xD7A3)
            {
                Assert.True(accents.GetValueOrDefault(codePoint, text) == strip.Run(text, aligned: false).Text, message);
            }
        }
    }

    /// <summary>A damaged table gives other texts; it never reads outside of itself, which would end this process.</summary>
    [SkippableFact]
    public void DamagedTablesDoNoHarm()
    {
        Skip.If(Paths.SharedOracle is null, "needs ../shared/oracle");
        string precompiled = Charsmaps().First();
        var random = new Random(11);
        foreach (string config in new[]
        {
            $$"""{"type": "Sequence", "normalizers": [{{precompiled}}, {"type": "NFKC"}, {"type": "NFD"}, {"type": "ByteLevel"}]}""",
            $$"""{"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}, {{precompiled}}, {"type": "Replace", "pattern": {"String": ""}, "content": "x"}]}""",
        })
        {
            Normalizer whole = Normalizer.Create(config)!;
            int loaded = 0;
            for (int n = 0; n < 600; n++)
            {
                if (whole.Damaged(random) is { } damaged)
                {
                    loaded++;
                    string text = "cafe\u0301 \u1E9B\u0323\u0301\u0327 \uAC01 \u1100\u1161\u11A8 \u5B57 \uFB01 \u0130\r\n A\u030A\u2126 \uD83D\uDE00\u200D\uD83D\uDE00 \u00BD";
                    damaged.Run(text, aligned: true);
                    damaged.Run(text, aligned: false);
                }
            }

            Assert.InRange(loaded, 50, 599);
        }
    }

    /// <summary>A charsmap that somebody broke is an error or another charsmap.</summary>
    [SkippableFact]
    public void DamagedCharsmapsAreRefusedOrRead()
    {
        Skip.If(Paths.SharedOracle is null, "needs ../shared/oracle");
        byte[] charsmap = Convert.FromBase64String(JsonDocument.Parse(Charsmaps().First()).RootElement.GetProperty("precompiled_charsmap").GetString()!);
        var random = new Random(5);
        int refused = 0;
        for (int n = 0; n < 150; n++)
        {
            byte[] damaged = charsmap.ToArray();
            for (int i = random.Next(1, 10); i > 0; i--)
            {
                damaged[random.Next(2) == 0 ? random.Next(16) : random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            damaged = n % 3 == 0 ? damaged[..random.Next(damaged.Length)] : damaged;
            var diagnostics = new DiagnosticBag();
            string config = JsonSerializer.Serialize(new { type = "Precompiled", precompiled_charsmap = Convert.ToBase64String(damaged) });
            TokenizerCompiler.Compile(new ThrowAwayTokenizer().Tokens("a").With("normalizer", config).Files(), diagnostics);
            Assert.All(diagnostics.Items, item => Assert.Equal("KILN0401", item.Id));
            refused += diagnostics.Items.Any() ? 1 : 0;
        }

        Assert.InRange(refused, 10, 149);
    }

    private static IEnumerable<string> Charsmaps() => Read(Path.Combine(Paths.SharedOracle!, "tokenizers"), "expected.json.gz").GetProperty("normalizers").EnumerateArray()
        .Select(part => part.GetProperty("config")).Where(config => config.GetProperty("type").GetString() == "Precompiled").Select(config => config.GetRawText());

    private static HashSet<int> Set(JsonElement root, string name) => root.GetProperty("sets").GetProperty(name).EnumerateArray()
        .SelectMany(range => Enumerable.Range(range[0].GetInt32(), range[1].GetInt32() - range[0].GetInt32() + 1)).ToHashSet();

    private static Normalizer Bert(string option) => Normalizer.Create(JsonSerializer.Serialize(new
    {
        type = "BertNormalizer",
        clean_text = option == "clean_text",
        handle_chinese_chars = option == "handle_chinese_chars",
        strip_accents = option == "strip_accents",
        lowercase = false,
    }))!;

    /// <summary>Random strings of characters that Python's unicodedata knows alike: text, NFC, NFD, NFKC, NFKD.</summary>
    [Theory]
    [InlineData("NFC", 1)]
    [InlineData("NFD", 2)]
    [InlineData("NFKC", 3)]
    [InlineData("NFKD", 4)]
    public void RandomText(string type, int column)
    {
        string[][] rows = JsonSerializer.Deserialize<string[][]>(File.ReadAllBytes(Path.Combine(Paths.Fixtures, "tokenizers", "normalization.json")))!;
        Normalizer normalizer = Normalizer.Create($$"""{"type": "{{type}}"}""")!;
        foreach (string[] row in rows)
        {
            Assert.Equal(row[column], normalizer.Run(row[0], aligned: false).Text);
            Assert.Equal(row[column], normalizer.Run(row[0], aligned: true).Text);
        }
    }

    private static JsonElement Read(string folder, string name)
    {
        using var file = new GZipStream(File.OpenRead(Path.Combine(folder, "_components", name)), CompressionMode.Decompress);
        return JsonDocument.Parse(file).RootElement;
    }

    private sealed unsafe class Normalizer
    {
        private readonly byte[] table;
        private readonly NormalizerStep[] steps;

        private Normalizer(byte[] table)
        {
            this.table = GC.AllocateUninitializedArray<byte>(table.Length, pinned: true);
            table.CopyTo(this.table, 0);
            fixed (byte* start = this.table)
            {
                steps = NormalizerStep.Create(new TableReader(start, table.Length).Section(TableSection.Normalizer), TokenizerComponents.All);
            }
        }

        public static Normalizer? Create(string config)
        {
            var diagnostics = new DiagnosticBag();
            CompiledTokenizer? compiled = TokenizerCompiler.Compile(new ThrowAwayTokenizer().Tokens("a").With("normalizer", config).Files(), diagnostics);
            Assert.All(diagnostics.Items, item => Assert.Equal("KILN0402", item.Id));
            return compiled is null ? null : new Normalizer(compiled.Table);
        }

        /// <summary>The same with some bytes of the normalizers changed; null if the table is refused.</summary>
        public Normalizer? Damaged(Random random)
        {
            byte[] damaged = table.ToArray();
            int start;
            fixed (byte* bytes = table)
            {
                start = (int)(new TableReader(bytes, table.Length).Section(TableSection.Normalizer).Start - bytes);
            }

            for (int i = random.Next(1, random.Next(2) == 0 ? 5 : 40); i > 0; i--)
            {
                damaged[random.Next(start, damaged.Length)] = random.Next(3) switch { 0 => 0xFF, 1 => (byte)random.Next(8), _ => (byte)random.Next(256) };
            }

            try
            {
                return new Normalizer(damaged);
            }
            catch (InvalidDataException)
            {
                return null;
            }
        }

        /// <summary>The result, and for each of its characters the range in the text, in code points.</summary>
        public (string Text, string Origins) Run(string text, bool aligned)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            NativeBuffer ranges = default;
            AlignedBuffer first = default;
            AlignedBuffer second = default;
            fixed (byte* start = utf8)
            {
                AlignedText current = aligned
                    ? AlignedText.Original(start, utf8.Length, 0, ref ranges)
                    : new AlignedText { Text = start, Length = utf8.Length };
                for (int i = 0; i < steps.Length && current.Length > 0; i++)
                {
                    steps[i].Apply(ref current, ref i % 2 == 0 ? ref first : ref second);
                }

                string result = Encoding.UTF8.GetString(new ReadOnlySpan<byte>(current.Text, current.Length));
                var origins = new List<string>();
                for (int at = 0; aligned && at < current.Length; at += Utf8Text.SequenceLength(current.Text[at]))
                {
                    origins.Add($"{CodePoints(utf8, current.Ranges[at].Start)}-{CodePoints(utf8, current.Ranges[at].End)}");
                }

                ranges.Free();
                first.Free();
                second.Free();
                GC.KeepAlive(table);
                return (result, string.Join(" ", origins));
            }
        }

        private static int CodePoints(byte[] utf8, int bytes) => utf8.Take(bytes).Count(value => (value & 0xC0) != 0x80);
    }
}
