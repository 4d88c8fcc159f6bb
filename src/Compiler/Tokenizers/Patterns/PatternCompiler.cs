using System.Linq;
using Kiln.Compiler.Json;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers.Patterns;

/// <summary>
/// Compiles patterns to tables of a deterministic automaton over character classes, with the semantics of a backtracking engine: the
/// leftmost match, and of those the one that the pattern's order prefers. What a match costs never depends on the pattern.
/// </summary>
internal static class PatternCompiler
{
    /// <summary>Compiles a regular expression; errors name its place in the JSON and the pattern.</summary>
    /// <param name="regex">The pattern.</param>
    public static CompiledPattern Compile(JsonValue regex)
    {
        string pattern = regex.Text();
        try
        {
            return Compile(PatternParser.Parse(pattern));
        }
        catch (PatternException e)
        {
            throw TokenizerErrors.Unsupported(regex, "the regular expression " + JsonWriter.Quote(pattern) + ": " + e.Message);
        }
    }

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="PatternException">It is too large or too complex.</exception>
    public static CompiledPattern Compile(PatternNode pattern)
    {
        var lookAheads = new LookAheadList();
        PatternProgram program = PatternProgram.Compile(pattern, lookAheads);
        if (lookAheads.Programs.Count > PatternFormat.MaxLookAheads)
        {
            throw new PatternException("more than " + PatternFormat.MaxLookAheads + " look-aheads for several characters are not supported");
        }

        var partition = new CharacterPartition(lookAheads.Programs.Append(program).SelectMany(static p => p.States)
            .Where(static state => state.Step is PatternStep.Take or PatternStep.Neighbor).Select(static state => state.Set).Distinct().ToList());
        var automaton = new MatchAutomaton(program, partition, lookAheads.Programs.Count);

        return new CompiledPattern(partition, automaton, lookAheads.Programs.Select((look, i) => new LookAheadAutomaton(look, partition, i)).ToArray());
    }
}
