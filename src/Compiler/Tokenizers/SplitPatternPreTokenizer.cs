using System.Linq;
using Kiln.Compiler.Json;
using Kiln.Compiler.Tokenizers.Patterns;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>
/// <c>Split</c> at a regular expression, and the pre-tokenizers that can be said as one: the runtime needs no code for them, and a table
/// holds just the sets of characters that it uses.
/// </summary>
internal sealed class SplitPatternPreTokenizer : PreTokenizer
{
    private readonly CompiledPattern pattern;
    private readonly SplitBehavior behavior;
    private readonly bool invert;
    private readonly bool overBytes;

    private SplitPatternPreTokenizer(PatternNode pattern, SplitBehavior behavior, bool overBytes, bool invert = false)
        : this(PatternCompiler.Compile(pattern), behavior, overBytes, invert)
    {
    }

    private SplitPatternPreTokenizer(CompiledPattern pattern, SplitBehavior behavior, bool overBytes, bool invert)
    {
        this.pattern = pattern;
        this.behavior = behavior;
        this.invert = invert;
        this.overBytes = overBytes;
    }

    /// <summary>Reads one of these pre-tokenizers.</summary>
    /// <param name="json">The component.</param>
    /// <param name="overBytes">Whether it stands behind ByteLevel.</param>
    public static PreTokenizer Read(JsonValue json, bool overBytes)
    {
        switch (json.Require("type").String)
        {
            case "Split":
                return ReadSplit(json, overBytes);
            case "Whitespace":
                CodePointSet other = UnicodeSets.RustWord.Union(UnicodeSets.Space).Complement();
                return Kept(overBytes, Some(UnicodeSets.RustWord), Some(other));
            case "WhitespaceSplit":
                return Kept(overBytes, Some(UnicodeSets.Space.Complement()));
            case "BertPreTokenizer":
                CodePointSet word = UnicodeSets.OldPunctuation.Union(UnicodeSets.Space).Complement();
                return Kept(overBytes, Some(word), new SetNode(UnicodeSets.OldPunctuation));
            case "Punctuation":
                SplitBehavior behavior = json.Get("behavior") is { } name ? ReadBehavior(name) : SplitBehavior.Isolated;
                return new SplitPatternPreTokenizer(new SetNode(UnicodeSets.OldPunctuation), behavior, overBytes);
            case "Digits":
                bool individual = json.Require("individual_digits").Boolean;
                return new SplitPatternPreTokenizer(
                    new SetNode(UnicodeSets.RustNumeric), individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous, overBytes);
            case "CharDelimiterSplit":
                return new SplitPatternPreTokenizer(PatternParser.Literal(json.Require("delimiter").Character()), SplitBehavior.Removed, overBytes);
            case "UnicodeScripts":
                return Kept(overBytes, Scripts());
            case "ByteLevel" or "Metaspace" or "FixedLength":
                throw TokenizerErrors.Unsupported(json, "a " + json.Require("type").String + " behind ByteLevel is not supported");
            default:
                throw TokenizerErrors.UnknownType(json);
        }
    }

    public override void Write(ByteWriter section)
    {
        var content = new ByteWriter();
        content.Int32((int)behavior);
        content.Int32(invert ? 1 : 0);
        content.Bytes(pattern.ToTable(overBytes));
        section.Step((int)PreTokenizerKind.SplitPattern, content);
    }

    private static PreTokenizer ReadSplit(JsonValue json, bool overBytes)
    {
        SplitBehavior behavior = ReadBehavior(json.Require("behavior"));
        bool invert = json.Flag("invert", false);
        TextPattern pattern = TextPattern.Read(json.Require("pattern"));
        return pattern.Literal is { } literal && !overBytes
            ? new SplitPreTokenizer(literal, behavior, invert)
            : new SplitPatternPreTokenizer(pattern.Compile(), behavior, overBytes, invert);
    }

    private static SplitBehavior ReadBehavior(JsonValue json) => json.String switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw json.Error("unknown behavior " + JsonWriter.Quote(json.String)),
    };

    /// <summary>One or more of a set.</summary>
    private static PatternNode Some(CodePointSet set) => PatternBuilder.Repeat(new SetNode(set), 1, -1, greedy: true);

    /// <summary>What matches is kept, the rest goes.</summary>
    private static SplitPatternPreTokenizer Kept(bool overBytes, params PatternNode[] alternatives) =>
        new(PatternBuilder.Alternation(alternatives), SplitBehavior.Removed, overBytes, invert: true);

    /// <summary>
    /// Runs of a script each, with what belongs to any script behind it. The reference leaves out what comes before the first script
    /// (tokenizers/src/pre_tokenizers/unicode_scripts/pre_tokenizer.rs).
    /// </summary>
    private static PatternNode[] Scripts() => UnicodeSets.ScriptRuns().Select(static script => PatternBuilder.Concat(
        new SetNode(script.Set), PatternBuilder.Repeat(new SetNode(script.Set.Union(UnicodeSets.AnyScript)), 0, -1, greedy: true))).ToArray();
}
