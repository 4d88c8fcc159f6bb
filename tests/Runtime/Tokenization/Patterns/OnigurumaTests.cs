using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json;
using Kiln.Tests;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization.Patterns;

/// <summary>Patterns of all kinds against what the reference makes of them: a fixture from the node binding of tokenizers 0.23.</summary>
public class OnigurumaTests
{
    /// <summary>Patterns that Oniguruma takes and Kiln refuses.</summary>
    private const string Unsupported = @"\X  (?<=ab)c  \X+  (a)\1  (?<n>a)\k<n>  \K  \G  \y  (?W)a  a{3,1}  a{1,100000}  (?>a+b|c)";

    /// <summary>Patterns that Oniguruma refuses and Kiln takes.</summary>
    private const string Lenient = @"\p{Script=Greek}  \p{sc=Greek}  \p{gc=L}  \p{General_Category=Lu}  (?=a)*  (?=a){2}b  \b*a  ^*a  (?:^)+a  [a-\d]  [\d-z]  {1}";

    [Fact]
    public void PiecesAreThoseOfTheReference()
    {
        using var file = new GZipStream(File.OpenRead(Path.Combine(Paths.Fixtures, "patterns", "oniguruma.json.gz")), CompressionMode.Decompress);
        JsonElement fixture = JsonDocument.Parse(file).RootElement;
        string[] texts = fixture.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!).ToArray();
        var failures = new List<string>();
        var refused = new List<string>();
        var lenient = new List<string>();
        int count = 0;
        foreach (JsonElement test in fixture.GetProperty("patterns").EnumerateArray())
        {
            string regex = test.GetProperty("pattern").GetString()!;
            using Pattern? pattern = Pattern.TryCompile(regex, out string error);
            bool isError = test.TryGetProperty("error", out _);
            if (pattern is null || isError)
            {
                (pattern is null ? isError ? [] : refused : lenient).Add(regex);
                continue;
            }

            for (int i = 0; i < texts.Length; i++)
            {
                string want = string.Join("|", test.GetProperty("pieces")[i].EnumerateArray().Select(piece => piece.GetString()));
                string got = string.Join("|", Pieces(texts[i], pattern.Matches(texts[i])));
                count++;
                if (want != got)
                {
                    failures.Add($"{regex}: expected {JsonSerializer.Serialize(want)}, got {JsonSerializer.Serialize(got)}");
                }
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {count} fail:\n{string.Join("\n", failures)}");
        Assert.Equal(Unsupported, string.Join("  ", refused));
        Assert.Equal(Lenient, string.Join("  ", lenient));
        Assert.True(count > 1500);
    }

    private static IEnumerable<string> Pieces(string text, List<(int Start, int End)> matches)
    {
        int position = 0;
        foreach ((int start, int end) in matches.Append((text.Length, text.Length)))
        {
            foreach (string piece in new[] { text[position..start], text[start..end] })
            {
                if (piece.Length > 0)
                {
                    yield return piece;
                }
            }

            position = end;
        }
    }
}
