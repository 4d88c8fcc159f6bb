using System;
using System.Collections.Generic;
using System.Globalization;

namespace Kiln.Compiler.Tokenizers.Patterns;

/// <summary>Parses patterns in Oniguruma's Ruby syntax (its doc/RE), which Hugging Face's tokenizers use.</summary>
internal sealed partial class PatternParser
{
    private const int MaxDepth = 100;
    private const int MaxCount = 10000;

    private readonly string text;
    private int position;
    private int depth;
    private bool ignoreCase;
    private bool dotMatchesNewline;
    private bool extended;

    private PatternParser(string text) => this.text = text;

    /// <summary><c>^</c>: at the start, and behind each line feed that is not the text's last character.</summary>
    private static PatternNode LineStart => PatternBuilder.Alternation(
        new NeighborNode(true, CodePointSet.Empty, true),
        PatternBuilder.Concat(new NeighborNode(true, CodePointSet.Of('\n'), false), new NeighborNode(false, CodePointSet.All, false)));

    private bool AtEnd => position >= text.Length;

    /// <summary>Parses.</summary>
    /// <exception cref="PatternException">The pattern is wrong or has what is not supported.</exception>
    public static PatternNode Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        PatternNode node = parser.ParseAlternation();
        return parser.AtEnd ? node : throw new PatternException("there is a ) too many");
    }

    /// <summary>A pattern that matches just a string.</summary>
    public static PatternNode Literal(string literal)
    {
        var parts = new List<PatternNode>();
        for (int i = 0; i < literal.Length; i += char.IsSurrogatePair(literal, i) ? 2 : 1)
        {
            parts.Add(new SetNode(CodePointSet.Of(char.ConvertToUtf32(literal, i))));
        }

        return PatternBuilder.Concat(parts);
    }

    private PatternNode ParseAlternation()
    {
        if (++depth > MaxDepth)
        {
            throw new PatternException("it is nested too deeply");
        }

        bool savedCase = ignoreCase;
        bool savedDot = dotMatchesNewline;
        bool savedExtended = extended;
        var alternatives = new List<PatternNode> { ParseSequence() };
        while (Accept('|'))
        {
            alternatives.Add(ParseSequence());
        }

        (ignoreCase, dotMatchesNewline, extended) = (savedCase, savedDot, savedExtended);
        depth--;
        return PatternBuilder.Alternation(alternatives);
    }

    private PatternNode ParseSequence()
    {
        var parts = new List<PatternNode>();
        var literals = new List<int>();
        while (!AtEnd && text[position] is not ('|' or ')'))
        {
            if (extended && SkipBlank())
            {
                continue;
            }

            int literal = -1;
            PatternNode atom = ParseAtom(ref literal);
            PatternNode quantified = ParseQuantifiers(atom);
            if (ignoreCase && literal >= 0 && ReferenceEquals(atom, quantified))
            {
                literals.Add(literal);
                continue;
            }

            Flush(literals, parts);
            parts.Add(quantified);
        }

        Flush(literals, parts);
        return PatternBuilder.Concat(parts);
    }

    /// <summary>Literals whose case is ignored: several of them may stand for one character (ss for ß), and the other way round.</summary>
    private static void Flush(List<int> literals, List<PatternNode> parts)
    {
        if (literals.Count > 0)
        {
            parts.Add(CaseFolding.Literals(literals));
            literals.Clear();
        }
    }

    private PatternNode ParseQuantifiers(PatternNode atom)
    {
        while (!AtEnd)
        {
            int start = position;
            switch (text[position])
            {
                case '*':
                case '+':
                case '?':
                    char sign = text[position++];
                    int min = sign == '+' ? 1 : 0;
                    int max = sign == '?' ? 1 : -1;
                    bool lazy = Accept('?');
                    bool possessive = !lazy && Accept('+');
                    atom = PatternBuilder.Repeat(atom, min, max, !lazy);
                    atom = possessive ? PatternBuilder.Atomic(atom) : atom;
                    break;
                case '{':
                    if (!ParseInterval(ref atom))
                    {
                        position = start;
                        return atom;
                    }

                    break;
                default:
                    return atom;
            }
        }

        return atom;
    }

    /// <summary>An interval knows no possessive form: a + behind it is a quantifier of its own, and a ? behind {n} too.</summary>
    private bool ParseInterval(ref PatternNode atom)
    {
        position++;
        int? min = ParseNumber();
        int? max = min;
        if (Accept(','))
        {
            max = ParseNumber();
            if (min is null && max is null)
            {
                return false;
            }

            min ??= 0;
            max ??= -1;
        }
        else if (min is null)
        {
            return false;
        }

        if (!Accept('}'))
        {
            return false;
        }

        if (max >= 0 && max < min)
        {
            throw new PatternException("the interval {" + min + "," + max + "} runs backwards");
        }

        bool lazy = min != max && Accept('?');
        atom = PatternBuilder.Repeat(atom, min.Value, max!.Value, !lazy);
        return true;
    }

    private int? ParseNumber()
    {
        int start = position;
        int value = 0;
        while (!AtEnd && text[position] is >= '0' and <= '9')
        {
            value = (10 * value) + (text[position++] - '0');
            if (value > MaxCount)
            {
                throw new PatternException("the count is too large");
            }
        }

        return position > start ? value : null;
    }

    private PatternNode ParseAtom(ref int literal)
    {
        switch (text[position])
        {
            case '(':
                return ParseGroup();
            case '[':
                position++;
                return new SetNode(ParseClass());
            case '.':
                position++;
                return new SetNode(dotMatchesNewline ? CodePointSet.All : CodePointSet.Of('\n').Complement());
            case '^':
                position++;
                return LineStart;
            case '$':
                position++;
                return new NeighborNode(false, CodePointSet.Of('\n'), true);
            case '*':
            case '+':
            case '?':
                throw new PatternException("there is nothing that the quantifier at " + position + " could repeat");
            case '\\':
                return ParseEscape(ref literal);
            default:
                literal = ReadCodePoint();
                return Literal(literal);
        }
    }

    private SetNode Literal(int codePoint) => new(WithCase(CodePointSet.Of(codePoint)));

    private CodePointSet WithCase(CodePointSet set) => ignoreCase ? UnicodeSets.CloseOverCase(set) : set;

    private PatternNode ParseGroup()
    {
        position++;
        if (!Accept('?'))
        {
            return Close(ParseAlternation());
        }

        if (AtEnd)
        {
            throw new PatternException("the pattern ends inside a group");
        }

        switch (text[position++])
        {
            case ':':
                return Close(ParseAlternation());
            case '=':
                return Close(PatternBuilder.LookAhead(ParseAlternation(), negative: false));
            case '!':
                return Close(PatternBuilder.LookAhead(ParseAlternation(), negative: true));
            case '>':
                return Close(PatternBuilder.Atomic(ParseAlternation()));
            case '#':
                position = text.IndexOf(')', position);
                return position >= 0 ? Close(ConcatNode.Empty) : throw new PatternException("a comment does not end");
            case '<' when Accept('='):
                return Close(PatternBuilder.LookBehind(ParseAlternation(), negative: false));
            case '<' when Accept('!'):
                return Close(PatternBuilder.LookBehind(ParseAlternation(), negative: true));
            case '<':
                SkipName('>');
                return Close(ParseAlternation());
            case '\'':
                SkipName('\'');
                return Close(ParseAlternation());
            default:
                position--;
                return ParseOptions();
        }
    }

    private void SkipName(char end)
    {
        int close = text.IndexOf(end, position);
        position = close > position ? close + 1 : throw new PatternException("a group's name does not end");
    }

    /// <summary><c>(?i-m:...)</c>, or <c>(?i)</c>, which holds until the end of the group, alternatives included.</summary>
    private PatternNode ParseOptions()
    {
        bool savedCase = ignoreCase;
        bool savedDot = dotMatchesNewline;
        bool savedExtended = extended;
        bool on = true;
        while (true)
        {
            char option = AtEnd ? '\0' : text[position++];
            switch (option)
            {
                case 'i':
                    ignoreCase = on;
                    break;
                case 'm':
                    dotMatchesNewline = on;
                    break;
                case 'x':
                    extended = on;
                    break;
                case '-':
                    on = false;
                    break;
                case ':':
                case ')':
                    PatternNode body = ParseAlternation();
                    (ignoreCase, dotMatchesNewline, extended) = (savedCase, savedDot, savedExtended);
                    return option == ':' ? Close(body) : body;
                default:
                    throw new PatternException("the group (?" + option + " is not known");
            }
        }
    }

    private PatternNode Close(PatternNode node) => Accept(')') ? node : throw new PatternException("a ) is missing");

    private bool SkipBlank()
    {
        if (text[position] == '#')
        {
            int end = text.IndexOf('\n', position);
            position = end < 0 ? text.Length : end + 1;
            return true;
        }

        if (text[position] is ' ' or '\t' or '\n' or '\r' or '\f' or '\v')
        {
            position++;
            return true;
        }

        return false;
    }

    private bool Accept(char expected)
    {
        bool found = !AtEnd && text[position] == expected;
        position += found ? 1 : 0;
        return found;
    }

    private int ReadCodePoint()
    {
        if (char.IsSurrogate(text[position]) && !char.IsSurrogatePair(text, position))
        {
            throw new PatternException("it has a lone surrogate");
        }

        int codePoint = char.ConvertToUtf32(text, position);
        position += codePoint > 0xFFFF ? 2 : 1;
        return codePoint;
    }

    private static int HexValue(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
