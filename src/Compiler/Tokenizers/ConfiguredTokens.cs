using System;
using System.Collections.Generic;
using System.Globalization;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Tokenizers;

/// <summary>The token ids that a model's <c>config.json</c> names.</summary>
public static class ConfiguredTokens
{
    /// <summary>Reports KILN0403 for each <c>..._token_id</c> that the tokenizer has no token for.</summary>
    /// <param name="config"><c>config.json</c>.</param>
    /// <param name="tokenizer">The tokenizer beside it.</param>
    /// <param name="diagnostics">Takes the errors.</param>
    public static void Check(JsonValue config, CompiledTokenizer tokenizer, DiagnosticBag diagnostics)
    {
        if (config.Kind != JsonKind.Object)
        {
            return;
        }

        foreach (KeyValuePair<string, JsonValue> member in config.Members)
        {
            if (!member.Key.EndsWith("_token_id", StringComparison.Ordinal))
            {
                continue;
            }

            IReadOnlyList<JsonValue> ids = member.Value.Kind == JsonKind.Array ? member.Value.Items : new[] { member.Value };
            foreach (JsonValue id in ids)
            {
                // some configurations say -1 for none
                if (id.Kind == JsonKind.Number && id.Double >= tokenizer.IdCount)
                {
                    diagnostics.Report(Descriptors.SpecialTokenNotFound, string.Format(
                        CultureInfo.InvariantCulture, "config.json: {0}: expected the id of a token, below {1}, found {2}", member.Key, tokenizer.IdCount, id));
                }
            }
        }
    }
}
