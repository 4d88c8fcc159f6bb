using System;

namespace Kiln.Compiler.Tokenizers.Patterns;

/// <summary>Escapes and character classes.</summary>
internal sealed partial class PatternParser
{
    private PatternNode ParseEscape(ref int literal)
    {
        position++;
        if (AtEnd)
        {
            throw new PatternException("it ends with a backslash");
        }

        char escape = text[position];
        switch (escape)
        {
            case 'A':
                position++;
                return new NeighborNode(true, CodePointSet.Empty, true);
            case 'z':
                position++;
                return new NeighborNode(false, CodePointSet.Empty, true);
            case 'Z':
                position++;
                var atEnd = new NeighborNode(false, CodePointSet.Empty, true);
                return PatternBuilder.Alternation(
                    atEnd, PatternBuilder.LookAhead(PatternBuilder.Concat(new SetNode(CodePointSet.Of('\n')), atEnd), negative: false));
            case 'b':
            case 'B':
                position++;
                return WordBoundary(escape == 'b');
            case 'R':
                position++;
                return PatternBuilder.Alternation(
                    Literal("\r\n"), new SetNode(CodePointSet.Of(new[] { (0xA, 0xD), (0x85, 0x85), (0x2028, 0x2029) })));
            case 'O':
                position++;
                return new SetNode(CodePointSet.All);
            case 'N':
                position++;
                return new SetNode(CodePointSet.Of('\n').Complement());
            case >= '1' and <= '7' when position + 2 < text.Length && IsOctal(text[position + 1]) && IsOctal(text[position + 2]):
                literal = ReadOctal();
                return Literal(literal);
            case 'k':
            case 'g':
            case >= '1' and <= '9':
                throw new PatternException("back-references and calls of groups are not supported");
            case 'X':
            case 'y':
            case 'Y':
            case 'K':
            case 'G':
                throw new PatternException("\\" + escape + " is not supported");
            default:
                // a set by itself does not care for case, one in brackets does
                if (TrySet(inClass: false) is { } set)
                {
                    return new SetNode(set);
                }

                literal = ParseCharacterEscape();
                return Literal(literal);
        }
    }

    private static PatternNode WordBoundary(bool wanted)
    {
        var before = new NeighborNode(true, UnicodeSets.Word, false);
        var after = new NeighborNode(false, UnicodeSets.Word, false);
        NeighborNode other = wanted ? after.Negate() : after;
        NeighborNode same = wanted ? after : after.Negate();
        return PatternBuilder.Alternation(PatternBuilder.Concat(before, other), PatternBuilder.Concat(before.Negate(), same));
    }

    /// <summary>An escape that stands for a set, behind its backslash; null if it is another one.</summary>
    private CodePointSet? TrySet(bool inClass)
    {
        char escape = text[position];
        CodePointSet? set = escape switch
        {
            's' or 'S' => UnicodeSets.Space,
            'd' or 'D' => UnicodeSets.Property("nd"),
            'w' or 'W' => inClass ? UnicodeSets.WordInClass : UnicodeSets.Word,
            'h' or 'H' => UnicodeSets.HexDigit,
            'p' or 'P' when position + 1 < text.Length && text[position + 1] == '{' => CodePointSet.Empty,
            _ => null,
        };
        if (set is null)
        {
            return null;
        }

        position++;
        if (escape is not ('p' or 'P'))
        {
            return char.IsUpper(escape) ? set.Complement() : set;
        }

        position++;
        int close = text.IndexOf('}', position);
        if (close < 0)
        {
            throw new PatternException("a \\p{ is not closed");
        }

        bool negated = Accept('^') != (escape == 'P');
        string name = text.Substring(position, close - position);
        position = close + 1;
        set = UnicodeSets.Property(name) ?? throw new PatternException("the property \\p{" + name + "} is not known");
        set = ReferenceEquals(set, UnicodeSets.WordInClass) && !inClass ? UnicodeSets.Word : set;
        return negated ? set.Complement() : set;
    }

    /// <summary>An escape that stands for a character, behind its backslash.</summary>
    private int ParseCharacterEscape()
    {
        int codePoint = ReadCodePoint();
        switch (codePoint)
        {
            case 't':
                return '\t';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 'v':
                return '\v';
            case 'f':
                return '\f';
            case 'a':
                return 7;
            case 'e':
                return 27;
            case 'x' when Accept('{'):
                int close = text.IndexOf('}', position);
                return close < 0 ? throw new PatternException("a \\x{ is not closed") : ReadHex(close - position, 1, close - position, 1);
            case 'x':
                return ReadHex(2, 1, 2, 0);
            case 'u':
                return ReadHex(4, 4, 4, 0);
            case '0':
                position--;
                return ReadOctal();
            case 'c':
            case 'C':
            case 'M':
                throw new PatternException("control escapes are not supported");
            default:
                return codePoint;
        }
    }

    private int ReadHex(int most, int least, int take, int skip)
    {
        int start = position;
        while (position < text.Length && position - start < most && Uri.IsHexDigit(text[position]))
        {
            position++;
        }

        int length = position - start;
        if (length < least || length > 8 || (skip > 0 && length != take))
        {
            throw new PatternException("a hexadecimal escape has wrong digits");
        }

        int value = HexValue(text.Substring(start, length));
        position += skip;
        return value is >= 0 and <= CodePointSet.MaxCodePoint and not (>= 0xD800 and <= 0xDFFF)
            ? value
            : throw new PatternException("a hexadecimal escape is no character");
    }

    private static bool IsOctal(char character) => character is >= '0' and <= '7';

    private int ReadOctal()
    {
        int value = 0;
        for (int i = 0; i < 3 && !AtEnd && IsOctal(text[position]); i++)
        {
            value = (8 * value) + (text[position++] - '0');
        }

        return value;
    }

    /// <summary>A class behind its opening bracket: ranges, escapes, classes inside of it, and &amp;&amp; for what is in both.</summary>
    private CodePointSet ParseClass()
    {
        if (++depth > MaxDepth)
        {
            throw new PatternException("it is nested too deeply");
        }

        bool negated = Accept('^');
        CodePointSet? left = null;
        CodePointSet set = CodePointSet.Empty;
        bool first = true;
        while (true)
        {
            if (AtEnd)
            {
                throw new PatternException("a ] is missing");
            }

            if (text[position] == ']' && !first)
            {
                position++;
                break;
            }

            if (text[position] == ']' && text.IndexOf(']', position + 1) < 0)
            {
                throw new PatternException("a class is empty");
            }

            first = false;
            if (string.CompareOrdinal(text, position, "&&", 0, 2) == 0)
            {
                position += 2;
                left = left is null ? set : left.Intersect(set);
                set = CodePointSet.Empty;
            }
            else
            {
                set = set.Union(ParseClassItem());
            }
        }

        depth--;
        set = WithCase(left is null ? set : left.Intersect(set));
        return negated ? set.Complement() : set;
    }

    private CodePointSet ParseClassItem()
    {
        if (text[position] == '[')
        {
            if (TryPosix() is { } posix)
            {
                return posix;
            }

            position++;
            return ParseClass();
        }

        if (text[position] == '\\')
        {
            position++;
            if (AtEnd)
            {
                throw new PatternException("it ends with a backslash");
            }

            if (TrySet(inClass: true) is { } set)
            {
                return set;
            }

            position--;
        }

        int from = ParseClassCharacter();
        int dash = position;
        if (Accept('-') && !AtEnd && text[position] is not (']' or '[') && string.CompareOrdinal(text, position, "&&", 0, 2) != 0)
        {
            if (text[position] != '\\' || !IsSetEscape())
            {
                int to = ParseClassCharacter();
                return to >= from ? CodePointSet.Range(from, to) : throw new PatternException("a range runs backwards");
            }
        }

        position = dash;
        return CodePointSet.Of(from);
    }

    private bool IsSetEscape() => position + 1 < text.Length && "sSdDwWhHpP".IndexOf(text[position + 1]) >= 0;

    private int ParseClassCharacter()
    {
        if (!Accept('\\'))
        {
            return ReadCodePoint();
        }

        if (AtEnd)
        {
            throw new PatternException("it ends with a backslash");
        }

        if (Accept('b'))
        {
            return '\b';
        }

        return text[position] is >= '1' and <= '7' ? ReadOctal() : ParseCharacterEscape();
    }

    /// <summary><c>[:alpha:]</c>, <c>[:^alpha:]</c>.</summary>
    private CodePointSet? TryPosix()
    {
        int end = text.IndexOf(":]", position, StringComparison.Ordinal);
        if (end < 0 || position + 1 >= text.Length || text[position + 1] != ':')
        {
            return null;
        }

        string name = text.Substring(position + 2, Math.Max(0, end - position - 2));
        bool negated = name.StartsWith("^", StringComparison.Ordinal);
        if (UnicodeSets.Posix(negated ? name.Substring(1) : name) is not { } set)
        {
            return null;
        }

        position = end + 2;
        return negated ? set.Complement() : set;
    }
}
