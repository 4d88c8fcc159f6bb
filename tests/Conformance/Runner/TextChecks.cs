using System.Globalization;
using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary><c>tokens.json</c>: a model's own tokenizer.</summary>
internal static class TextChecks
{
    /// <summary>Runs all cases.</summary>
    public static void Tokens(Tokenizer? tokenizer, string path, Checks checks)
    {
        if (tokenizer is null)
        {
            throw new NotCheckedException("the model was compiled without a tokenizer");
        }

        using JsonDocument document = Expected.Read(path);
        int number = 0;
        foreach (JsonElement test in document.RootElement.EnumerateArray())
        {
            string check = string.Create(CultureInfo.InvariantCulture, $"tokens.{number++}");
            checks.Guard(check, () =>
            {
                if (test.Find("text_pair") is not null)
                {
                    throw new NotCheckedException("Kiln has no pairs of texts yet");
                }

                int[] ids = test.GetProperty("input_ids").Ids();
                string? complaint = Expected.Difference(ids, tokenizer.Encode(test.GetProperty("text").GetString()!));
                int place = 0;
                foreach (JsonElement token in test.GetProperty("tokens").EnumerateArray())
                {
                    complaint ??= Expected.Difference(token.GetString()!, tokenizer.IdToToken(ids[place++]) ?? "");
                }

                complaint ??= Expected.Difference(test.GetProperty("decoded").GetString()!, tokenizer.Decode(ids));
                complaint ??= Expected.Difference(test.GetProperty("decoded_skip_special").GetString()!, tokenizer.Decode(ids, skipSpecialTokens: true));
                checks.Expect(check, complaint, $"{ids.Length} tokens");
            });
        }
    }
}
