using System.Collections.Generic;
using System.Text;
using Kiln.Compiler.Json;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>A pre-tokenizer: cuts text into pieces that the model sees one by one.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Appends the step.</summary>
    public abstract void Write(ByteWriter section);

    /// <summary>The steps of <c>pre_tokenizer</c>, sequences flattened.</summary>
    /// <param name="json">The component; null for none.</param>
    /// <param name="addPrefixSpace">What tokenizer_config.json says instead of a lone <c>ByteLevel</c>'s own option.</param>
    public static List<PreTokenizer> Read(JsonValue? json, bool? addPrefixSpace)
    {
        var steps = new List<PreTokenizer>();
        Add(json, addPrefixSpace, steps);
        return steps;
    }

    private static void Add(JsonValue? json, bool? addPrefixSpace, List<PreTokenizer> steps)
    {
        if (json is null or { IsNull: true })
        {
            return;
        }

        // behind ByteLevel text is bytes: GPT-2's 256-character alphabet, which later steps of the reference see, is only how they are read
        bool overBytes = steps.Exists(static step => step is ByteLevelPreTokenizer);
        switch (json.Require("type").String)
        {
            case "Sequence":
                foreach (JsonValue item in json.Require("pretokenizers").Items)
                {
                    Add(item, null, steps);
                }

                break;
            case "ByteLevel" when !overBytes:
                steps.Add(new ByteLevelPreTokenizer(
                    addPrefixSpace ?? json.Require("add_prefix_space").Boolean, json.Flag("use_regex", true)));
                break;
            case "Metaspace" when !overBytes:
                steps.Add(MetaspacePreTokenizer.Read(json));
                break;
            case "Digits" when !overBytes:
                steps.Add(new DigitsPreTokenizer(json.Require("individual_digits").Boolean));
                break;
            case "CharDelimiterSplit" when !overBytes:
                steps.Add(new SplitPreTokenizer(json.Require("delimiter").Character(), SplitBehavior.Removed, invert: false));
                break;
            case "FixedLength" when !overBytes:
                steps.Add(FixedLengthPreTokenizer.Read(json));
                break;
            default:
                steps.Add(SplitPatternPreTokenizer.Read(json, overBytes));
                break;
        }
    }
}

/// <summary><c>ByteLevel</c>: GPT-2's pattern, then bytes instead of characters.</summary>
internal sealed class ByteLevelPreTokenizer : PreTokenizer
{
    private readonly bool addPrefixSpace;
    private readonly bool useRegex;

    public ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex)
    {
        this.addPrefixSpace = addPrefixSpace;
        this.useRegex = useRegex;
    }

    public override void Write(ByteWriter section)
    {
        var content = new ByteWriter();
        content.Int32((int)((addPrefixSpace ? ByteLevelFlags.AddPrefixSpace : 0) | (useRegex ? ByteLevelFlags.UseRegex : 0)));
        section.Step((int)PreTokenizerKind.ByteLevel, content);
    }
}

/// <summary><c>Metaspace</c>: blanks become U+2581 (or another character), and pieces start with it.</summary>
internal sealed class MetaspacePreTokenizer : PreTokenizer
{
    private readonly string replacement;
    private readonly int prependScheme;
    private readonly bool split;

    private MetaspacePreTokenizer(string replacement, int prependScheme, bool split)
    {
        this.replacement = replacement;
        this.prependScheme = prependScheme;
        this.split = split;
    }

    /// <summary>Today's form and the old one (<c>add_prefix_space</c>, <c>str_rep</c>).</summary>
    public static MetaspacePreTokenizer Read(JsonValue json) =>
        new(json.Require("replacement").Character(), ReadPrependScheme(json), json.Flag("split", true));

    /// <summary>0 never, 1 always, 2 first.</summary>
    public static int ReadPrependScheme(JsonValue json)
    {
        string name = json.Get("prepend_scheme")?.String ?? "always";
        int scheme = name switch
        {
            "never" => 0,
            "always" => 1,
            "first" => 2,
            _ => throw json.Error("unknown prepend_scheme " + JsonWriter.Quote(name)),
        };
        return scheme == 0 || json.Flag("add_prefix_space", true)
            ? scheme
            : throw json.Error("add_prefix_space is false, but prepend_scheme is " + name);
    }

    public override void Write(ByteWriter section)
    {
        var content = new ByteWriter();
        content.Int32(prependScheme);
        content.Int32(split ? 1 : 0);
        content.Bytes(Encoding.UTF8.GetBytes(replacement));
        section.Step((int)PreTokenizerKind.Metaspace, content);
    }
}

/// <summary><c>Split</c> at a literal pattern.</summary>
internal sealed class SplitPreTokenizer : PreTokenizer
{
    private readonly string pattern;
    private readonly SplitBehavior behavior;
    private readonly bool invert;

    public SplitPreTokenizer(string pattern, SplitBehavior behavior, bool invert)
    {
        this.pattern = pattern;
        this.behavior = behavior;
        this.invert = invert;
    }

    public override void Write(ByteWriter section)
    {
        var content = new ByteWriter();
        content.Int32((int)behavior);
        content.Int32(invert ? 1 : 0);
        content.Bytes(Encoding.UTF8.GetBytes(pattern));
        section.Step((int)PreTokenizerKind.SplitString, content);
    }
}

/// <summary><c>Digits</c>.</summary>
internal sealed class DigitsPreTokenizer : PreTokenizer
{
    private readonly bool individual;

    public DigitsPreTokenizer(bool individual) => this.individual = individual;

    public override void Write(ByteWriter section)
    {
        var content = new ByteWriter();
        content.Int32(individual ? 1 : 0);
        section.Step((int)PreTokenizerKind.Digits, content);
    }
}

/// <summary><c>FixedLength</c>.</summary>
internal sealed class FixedLengthPreTokenizer : PreTokenizer
{
    private readonly int length;

    private FixedLengthPreTokenizer(int length) => this.length = length;

    public static FixedLengthPreTokenizer Read(JsonValue json)
    {
        int length = json.Get("length")?.Int32 ?? 5;
        return length > 0 ? new FixedLengthPreTokenizer(length) : throw json.Error("a length of " + json.Require("length").NumberText);
    }

    public override void Write(ByteWriter section)
    {
        var content = new ByteWriter();
        content.Int32(length);
        section.Step((int)PreTokenizerKind.FixedLength, content);
    }
}
