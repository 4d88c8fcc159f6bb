using System.Collections.Generic;
using System.Linq;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Architectures;

/// <summary>
/// What <c>generation_config.json</c> (or, without one, <c>config.json</c>) says about generating, by its own names: the properties that
/// the generated class sets in its defaults.
/// </summary>
/// <param name="EosTokenIds">Ids that end a text.</param>
/// <param name="Settings">(property, C# literal) of the rest.</param>
internal sealed record GenerationDefaults(IReadOnlyList<int> EosTokenIds, IReadOnlyList<(string Property, string Value)> Settings)
{
    private static readonly (string Name, string Property, char Kind)[] Known =
    [
        ("max_new_tokens", "MaxNewTokens", 'i'),
        ("max_length", "MaxLength", 'i'),
        ("min_length", "MinLength", 'i'),
        ("min_new_tokens", "MinNewTokens", 'i'),
        ("do_sample", "DoSample", 'b'),
        ("temperature", "Temperature", 'f'),
        ("top_k", "TopK", 'i'),
        ("top_p", "TopP", 'f'),
        ("min_p", "MinP", 'f'),
        ("repetition_penalty", "RepetitionPenalty", 'f'),
        ("no_repeat_ngram_size", "NoRepeatNgramSize", 'i'),
    ];

    // settings that Kiln does not have, with the values that mean "off"
    private static readonly Dictionary<string, string[]> Off = new()
    {
        ["num_beams"] = ["1"],
        ["num_beam_groups"] = ["1"],
        ["penalty_alpha"] = ["0", "0.0"],
        ["typical_p"] = ["1", "1.0"],
        ["epsilon_cutoff"] = ["0", "0.0"],
        ["eta_cutoff"] = ["0", "0.0"],
        ["encoder_repetition_penalty"] = ["1", "1.0"],
        ["bad_words_ids"] = ["[]"],
        ["sequence_bias"] = ["[]", "{}"],
        ["forced_bos_token_id"] = [],
        ["forced_eos_token_id"] = [],
        ["suppress_tokens"] = ["[]"],
        ["begin_suppress_tokens"] = ["[]"],
        ["exponential_decay_length_penalty"] = [],
        ["guidance_scale"] = ["1", "1.0"],
        ["stop_strings"] = [],
        ["watermarking_config"] = [],
    };

    /// <summary>Reads the defaults.</summary>
    public static GenerationDefaults Read(Manifest manifest, DiagnosticBag diagnostics)
    {
        JsonValue source = manifest.GenerationConfig ?? manifest.Config;
        string file = manifest.GenerationConfig is null ? "config.json" : "generation_config.json";
        var settings = new List<(string, string)>();
        try
        {
            foreach ((string name, string property, char kind) in Known)
            {
                if (source.Get(name) is { } value)
                {
                    settings.Add((property, kind switch
                    {
                        'i' => Emit.Literal.Of(value.Int32),
                        'b' => value.Boolean ? "true" : "false",
                        _ => Emit.Literal.Of((float)value.Double),
                    }));
                }
            }

            foreach (KeyValuePair<string, string[]> off in Off)
            {
                if (source.Get(off.Key) is { } value && !off.Value.Contains(value.ToString()))
                {
                    diagnostics.Report(
                        Descriptors.UnsupportedGenerationSetting, $"{file}: {off.Key}: {value} is not supported and will be left out when generating");
                }
            }

            return new GenerationDefaults(Eos(source), settings);
        }
        catch (JsonException e)
        {
            throw new ModelException(Descriptors.InvalidConfigValue, file + ": " + e.Message);
        }
    }

    private static List<int> Eos(JsonValue source) => source.Get("eos_token_id") switch
    {
        null => [],
        { Kind: JsonKind.Array } list => list.Items.Select(i => i.Int32).ToList(),
        { } one => [one.Int32],
    };
}
