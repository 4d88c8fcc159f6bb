using System.Collections.Generic;
using System.Text;
using Kiln.Compiler.Json;
using Kiln.Compiler.Tokenizers.Patterns;
using Kiln.Compiler.Tokenizers.Unicode;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>A normalizer: what it writes for the runtime, and what it does, because the content of added tokens is normalized at build.</summary>
internal abstract class Normalizer
{
    /// <summary>Appends the step.</summary>
    public abstract void Write(ByteWriter section);

    /// <summary>Normalizes a text.</summary>
    public abstract string Apply(string text);

    /// <summary>The steps of <c>normalizer</c>, sequences flattened.</summary>
    public static List<Normalizer> Read(JsonValue? json)
    {
        var steps = new List<Normalizer>();
        Add(json, steps);
        return steps;
    }

    private static void Add(JsonValue? json, List<Normalizer> steps)
    {
        if (json is null or { IsNull: true })
        {
            return;
        }

        switch (json.Require("type").String)
        {
            case "Sequence":
                foreach (JsonValue item in json.Require("normalizers").Items)
                {
                    Add(item, steps);
                }

                break;
            case "Prepend":
                steps.Add(new PrependNormalizer(json.Require("prepend").Text()));
                break;
            case "Replace":
                steps.Add(ReadReplace(json));
                break;
            case "BertNormalizer":
                Add(CharacterNormalizer.Bert(json), steps);
                break;
            case "NFD" or "NFKD":
                Add(CharacterNormalizer.Decompose(json.Require("type").String == "NFKD"), steps);
                break;
            case "NFC" or "NFKC":
                steps.Add(new ComposingNormalizer(json.Require("type").String == "NFKC"));
                break;
            case "Lowercase":
                Add(CharacterNormalizer.Lowercase(), steps);
                break;
            case "StripAccents":
                Add(CharacterNormalizer.StripAccents(), steps);
                break;
            case "Nmt":
                Add(CharacterNormalizer.Nmt(), steps);
                break;
            case "Strip":
                steps.Add(new StripNormalizer(json.Require("strip_left").Boolean, json.Require("strip_right").Boolean));
                break;
            case "ByteLevel":
                steps.Add(new ByteLevelNormalizer());
                break;
            case "Precompiled":
                ReadPrecompiled(json.Require("precompiled_charsmap"), steps);
                break;
            default:
                throw TokenizerErrors.UnknownType(json);
        }
    }

    /// <summary>Adds a step that looks at single characters, to the one before if that is possible.</summary>
    public static void Add(CharacterNormalizer? step, List<Normalizer> steps)
    {
        if (step is null)
        {
            return;
        }

        if (steps.Count > 0 && steps[steps.Count - 1] is CharacterNormalizer before && before.Then(step) is { } both)
        {
            steps[steps.Count - 1] = both;
        }
        else
        {
            steps.Add(step);
        }
    }

    private static void ReadPrecompiled(JsonValue json, List<Normalizer> steps)
    {
        byte[] charsmap;
        try
        {
            charsmap = System.Convert.FromBase64String(json.String);
        }
        catch (System.FormatException)
        {
            throw json.Error("the charsmap is no base64");
        }

        if (PrecompiledNormalizer.Read(charsmap, json.Error) is { } step)
        {
            steps.Add(step);
        }
    }

    private static Normalizer ReadReplace(JsonValue json)
    {
        TextPattern pattern = TextPattern.Read(json.Require("pattern"));
        string content = json.Require("content").Text();
        return pattern.Literal is { } literal ? new ReplaceNormalizer(literal, content) : new ReplacePatternNormalizer(pattern.Compile(), content);
    }
}

/// <summary><c>Prepend</c>: puts a string before a text that is not empty.</summary>
internal sealed class PrependNormalizer : Normalizer
{
    private readonly string prepend;

    public PrependNormalizer(string prepend) => this.prepend = prepend;

    public override void Write(ByteWriter section)
    {
        var content = new ByteWriter();
        content.Bytes(Encoding.UTF8.GetBytes(prepend));
        section.Step((int)NormalizerKind.Prepend, content);
    }

    public override string Apply(string text) => text.Length == 0 ? text : prepend + text;
}

/// <summary><c>Replace</c> with a literal pattern.</summary>
internal sealed class ReplaceNormalizer : Normalizer
{
    private readonly string pattern;
    private readonly string replacement;

    public ReplaceNormalizer(string pattern, string replacement)
    {
        this.pattern = pattern;
        this.replacement = replacement;
    }

    public override void Write(ByteWriter section)
    {
        var content = new ByteWriter();
        content.Text(pattern);
        content.Text(replacement);
        section.Step((int)NormalizerKind.Replace, content);
    }

    public override string Apply(string text)
    {
        if (pattern.Length > 0)
        {
            return text.Replace(pattern, replacement);
        }

        var result = new StringBuilder();
        foreach (int codePoint in UnicodeData.CodePoints(text))
        {
            result.Append(replacement).Append(UnicodeData.Text(codePoint));
        }

        return text.Length == 0 ? text : result.Append(replacement).ToString();
    }
}

/// <summary><c>Replace</c> with a regular expression.</summary>
internal sealed class ReplacePatternNormalizer : Normalizer
{
    private readonly CompiledPattern pattern;
    private readonly string replacement;

    public ReplacePatternNormalizer(CompiledPattern pattern, string replacement)
    {
        this.pattern = pattern;
        this.replacement = replacement;
    }

    public override void Write(ByteWriter section)
    {
        var content = new ByteWriter();
        content.Text(replacement);
        content.Bytes(pattern.ToTable(overBytes: false));
        section.Step((int)NormalizerKind.ReplacePattern, content);
    }

    public override string Apply(string text) => pattern.Replace(text, replacement);
}
