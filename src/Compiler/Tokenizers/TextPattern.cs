using Kiln.Compiler.Json;
using Kiln.Compiler.Tokenizers.Patterns;

namespace Kiln.Compiler.Tokenizers;

/// <summary>A pattern of <c>Split</c> or <c>Replace</c>: <c>{"String": "..."}</c> or <c>{"Regex": "..."}</c>.</summary>
internal sealed class TextPattern
{
    private readonly JsonValue? regex;

    private TextPattern(string? literal, JsonValue? regex)
    {
        Literal = literal;
        this.regex = regex;
    }

    /// <summary>A literal pattern, not empty; null for a regular expression, and for the empty string, which matches everywhere.</summary>
    public string? Literal { get; }

    public static TextPattern Read(JsonValue json)
    {
        if (json.Get("Regex") is { } regex)
        {
            return new TextPattern(null, regex);
        }

        string literal = json.Require("String").Text();
        return new TextPattern(literal.Length > 0 ? literal : null, null);
    }

    /// <summary>The compiled pattern.</summary>
    public CompiledPattern Compile() =>
        regex is null ? PatternCompiler.Compile(PatternParser.Literal(Literal ?? "")) : PatternCompiler.Compile(regex);
}
