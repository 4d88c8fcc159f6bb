using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Tokenizers.Older;

/// <summary>Writes the parts of a <c>tokenizer.json</c>.</summary>
internal static class JsonText
{
    /// <summary>ByteLevel as transformers' converters make it for decoders.</summary>
    public const string ByteLevelDecoder = @"{""type"": ""ByteLevel"", ""add_prefix_space"": true, ""trim_offsets"": true, ""use_regex"": true}";

    /// <summary>A string.</summary>
    public static string Quote(string text) => JsonWriter.Quote(text);

    /// <summary>A boolean.</summary>
    public static string Flag(bool value) => value ? "true" : "false";

    /// <summary>A whole number.</summary>
    public static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A list.</summary>
    public static string List(IEnumerable<string> items) => "[" + string.Join(", ", items) + "]";

    /// <summary>A <c>Sequence</c>.</summary>
    /// <param name="member">Where the parts stand: <c>normalizers</c>.</param>
    /// <param name="parts">The parts.</param>
    public static string Sequence(string member, IEnumerable<string> parts) =>
        @"{""type"": ""Sequence"", " + Quote(member) + ": " + List(parts) + "}";

    /// <summary>A <c>Replace</c>.</summary>
    /// <param name="kind"><c>String</c> or <c>Regex</c>.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="content">What takes its place.</param>
    public static string Replace(string kind, string pattern, string content) =>
        @"{""type"": ""Replace"", ""pattern"": {" + Quote(kind) + ": " + Quote(pattern) + @"}, ""content"": " + Quote(content) + "}";

    /// <summary>A <c>Metaspace</c>.</summary>
    public static string Metaspace(string scheme, bool split = true) =>
        @"{""type"": ""Metaspace"", ""replacement"": ""\u2581"", ""prepend_scheme"": " + Quote(scheme) + @", ""split"": " + Flag(split) + "}";

    /// <summary>A <c>ByteLevel</c>.</summary>
    public static string ByteLevel(bool prefixSpace, bool trim, bool useRegex) =>
        @"{""type"": ""ByteLevel"", ""add_prefix_space"": " + Flag(prefixSpace) + @", ""trim_offsets"": " + Flag(trim) + @", ""use_regex"": " + Flag(useRegex) + "}";

    /// <summary>A <c>TemplateProcessing</c>.</summary>
    /// <param name="single">Pieces as <c>$A</c>, <c>$B:1</c> or a token, with a type id behind a colon unless it is 0.</param>
    /// <param name="pair">The same for pairs.</param>
    /// <param name="id">Finds a token's id.</param>
    public static string Template(string[] single, string[] pair, Func<string, int> id)
    {
        var tokens = new SortedDictionary<string, int>(StringComparer.Ordinal);
        string Piece(string text)
        {
            int type = 0;
            if (text.Length > 2 && text[text.Length - 2] == ':' && text[text.Length - 1] is >= '0' and <= '9')
            {
                type = text[text.Length - 1] - '0';
                text = text.Substring(0, text.Length - 2);
            }

            bool isText = text is "$A" or "$B";
            if (!isText)
            {
                tokens[text] = id(text);
            }

            return (isText ? @"{""Sequence"": {""id"": " + Quote(text.Substring(1)) : @"{""SpecialToken"": {""id"": " + Quote(text))
                + @", ""type_id"": " + Number(type) + "}}";
        }

        string singleText = List(single.Select(Piece));
        string pairText = List(pair.Select(Piece));
        return @"{""type"": ""TemplateProcessing"", ""single"": " + singleText + @", ""pair"": " + pairText + @", ""special_tokens"": {"
            + string.Join(", ", tokens.Select(static token => Quote(token.Key) + @": {""id"": " + Quote(token.Key) + @", ""ids"": ["
                + Number(token.Value) + @"], ""tokens"": [" + Quote(token.Key) + "]}")) + "}}";
    }

    /// <summary>The whole file.</summary>
    public static string Whole(string? normalizer, string? preTokenizer, string? postProcessor, string? decoder, string model, IEnumerable<string>? addedTokens = null)
    {
        var text = new StringBuilder(model.Length + 1000);
        text.Append(@"{""version"": ""1.0"", ""truncation"": null, ""padding"": null, ""added_tokens"": ").Append(List(addedTokens ?? Array.Empty<string>()));
        void Member(string name, string? value) => text.Append(", ").Append(Quote(name)).Append(": ").Append(value ?? "null");
        Member("normalizer", normalizer);
        Member("pre_tokenizer", preTokenizer);
        Member("post_processor", postProcessor);
        Member("decoder", decoder);
        Member("model", model);
        return text.Append('}').ToString();
    }

    /// <summary>An entry of <c>added_tokens</c> that the text is searched for as it is.</summary>
    public static string AddedToken(int id, string content, bool special) =>
        @"{""id"": " + Number(id) + @", ""content"": " + Quote(content)
        + @", ""single_word"": false, ""lstrip"": false, ""rstrip"": false, ""normalized"": false, ""special"": " + Flag(special) + "}";
}
