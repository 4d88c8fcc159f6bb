using System.Collections.Generic;
using System.Text;
using Kiln.Compiler.Json;
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
                steps.Add(new ReplaceNormalizer(StringPattern.Read(json.Require("pattern")), json.Require("content").Text()));
                break;
            default:
                throw TokenizerErrors.UnknownType(json);
        }
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

    public override string Apply(string text) => text.Replace(pattern, replacement);
}

/// <summary>Patterns: <c>{"String": "..."}</c> or <c>{"Regex": "..."}</c>.</summary>
internal static class StringPattern
{
    /// <summary>A literal pattern, not empty.</summary>
    public static string Read(JsonValue json)
    {
        if (json.Get("Regex") is { } regex)
        {
            throw TokenizerErrors.Unsupported(json, "the pattern " + JsonWriter.Quote(regex.String) + " is a regular expression");
        }

        string pattern = json.Require("String").Text();
        return pattern.Length > 0 ? pattern : throw TokenizerErrors.Unsupported(json, "the empty pattern");
    }
}
