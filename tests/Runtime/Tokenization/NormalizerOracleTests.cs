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
