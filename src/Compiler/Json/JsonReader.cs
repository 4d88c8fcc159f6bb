using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Kiln.Compiler.Json;

/// <summary>Parses JSON (RFC 8259), strictly: no comments, no trailing commas, one value, bounded depth.</summary>
public ref struct JsonReader
{
    /// <summary>Deepest nesting accepted; the reference's parsers stop at 128 too.</summary>
    public const int MaxDepth = 128;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string text;
    private readonly bool uniqueNames;
    private readonly bool pythonNumbers;
    private int position;

    private JsonReader(string text, bool uniqueNames, bool pythonNumbers)
    {
        this.text = text;
        this.uniqueNames = uniqueNames;
        this.pythonNumbers = pythonNumbers;
        position = 0;
    }

    /// <summary>Parses UTF-8 text; a byte-order mark is skipped.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="uniqueNames">Refuse an object that has a name twice.</param>
    /// <param name="pythonNumbers">Accept <c>Infinity</c>, <c>-Infinity</c> and <c>NaN</c>, which Python's json writes into configs.</param>
    /// <exception cref="JsonException">The text is not valid UTF-8 or not valid JSON.</exception>
    public static JsonValue Parse(byte[] utf8, bool uniqueNames = false, bool pythonNumbers = false)
    {
        string text;
        try
        {
            int start = utf8.Length >= 3 && utf8[0] == 0xEF && utf8[1] == 0xBB && utf8[2] == 0xBF ? 3 : 0;
            text = StrictUtf8.GetString(utf8, start, utf8.Length - start);
        }
        catch (DecoderFallbackException e)
        {
            throw new JsonException("not UTF-8 at byte " + e.Index.ToString(CultureInfo.InvariantCulture));
        }

        return Parse(text, uniqueNames, pythonNumbers);
    }

    /// <summary>Parses text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="uniqueNames">Refuse an object that has a name twice.</param>
    /// <param name="pythonNumbers">Accept <c>Infinity</c>, <c>-Infinity</c> and <c>NaN</c>.</param>
    /// <exception cref="JsonException">The text is not valid JSON.</exception>
    public static JsonValue Parse(string text, bool uniqueNames = false, bool pythonNumbers = false)
    {
        var reader = new JsonReader(text, uniqueNames, pythonNumbers);
        reader.SkipBlanks();
        JsonValue value = reader.ReadValue(null, null, 0);
        reader.SkipBlanks();
        return reader.position == text.Length ? value : throw reader.Error("text after the end of the value");
    }

    private JsonValue ReadValue(JsonValue? parent, object? key, int depth)
    {
        if (depth > MaxDepth)
        {
            throw Error("nested deeper than " + MaxDepth.ToString(CultureInfo.InvariantCulture));
        }

        switch (Peek())
        {
            case '{':
                return ReadObject(parent, key, depth);
            case '[':
                return ReadArray(parent, key, depth);
            case '"':
                return JsonValue.Create(JsonKind.String, ReadString(), parent, key);
            case 't':
                Expect("true");
                return JsonValue.Create(JsonKind.Boolean, true, parent, key);
            case 'f':
                Expect("false");
                return JsonValue.Create(JsonKind.Boolean, false, parent, key);
            case 'n':
                Expect("null");
                return JsonValue.Create(JsonKind.Null, null, parent, key);
            default:
                return JsonValue.Create(JsonKind.Number, ReadNumber(), parent, key);
        }
    }

    private JsonValue ReadObject(JsonValue? parent, object? key, int depth)
    {
        var members = new List<KeyValuePair<string, JsonValue>>();
        JsonValue value = JsonValue.Create(JsonKind.Object, members, parent, key);
        HashSet<string>? names = uniqueNames ? new HashSet<string>(StringComparer.Ordinal) : null;
        position++;
        SkipBlanks();
        if (Peek() == '}')
        {
            position++;
            return value;
        }

        while (true)
        {
            string name = ReadString();
            if (names is not null && !names.Add(name))
            {
                throw Error("the name " + JsonWriter.Quote(name) + " stands twice");
            }

            SkipBlanks();
            Expect(":");
            SkipBlanks();
            members.Add(new KeyValuePair<string, JsonValue>(name, ReadValue(value, name, depth + 1)));
            SkipBlanks();
            if (Peek() == '}')
            {
                position++;
                return value;
            }

            Expect(",");
            SkipBlanks();
        }
    }

    private JsonValue ReadArray(JsonValue? parent, object? key, int depth)
    {
        var items = new List<JsonValue>();
        JsonValue value = JsonValue.Create(JsonKind.Array, items, parent, key);
        position++;
        SkipBlanks();
        if (Peek() == ']')
        {
            position++;
            return value;
        }

        while (true)
        {
            items.Add(ReadValue(value, items.Count, depth + 1));
            SkipBlanks();
            if (Peek() == ']')
            {
                position++;
                return value;
            }

            Expect(",");
            SkipBlanks();
        }
    }

    private string ReadString()
    {
        Expect("\"");
        int start = position;
        while (Peek() is not ('"' or '\\'))
        {
            CheckNoControl();
            position++;
        }

        if (text[position] == '"')
        {
            return text.Substring(start, position++ - start);
        }

        var built = new StringBuilder(text, start, position - start, Math.Max(16, 2 * (position - start)));
        while (true)
        {
            char c = Peek();
            if (c == '"')
            {
                position++;
                return built.ToString();
            }

            CheckNoControl();
            position++;
            if (c != '\\')
            {
                built.Append(c);
                continue;
            }

            char escaped = Peek();
            position++;
            switch (escaped)
            {
                case '"' or '\\' or '/':
                    built.Append(escaped);
                    break;
                case 'b':
                    built.Append('\b');
                    break;
                case 'f':
                    built.Append('\f');
                    break;
                case 'n':
                    built.Append('\n');
                    break;
                case 'r':
                    built.Append('\r');
                    break;
                case 't':
                    built.Append('\t');
                    break;
                case 'u':
                    if (position + 4 > text.Length
                        || !ushort.TryParse(text.Substring(position, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit))
                    {
                        throw Error("\\u needs four hexadecimal digits");
                    }

                    built.Append((char)unit);
                    position += 4;
                    break;
                default:
                    position--;
                    throw Error("unknown escape");
            }
        }
    }

    private string ReadNumber()
    {
        int start = position;
        if (Peek() == '-')
        {
            position++;
        }

        if (pythonNumbers && (Matches("Infinity") || (start == position && Matches("NaN"))))
        {
            position += text[position] == 'I' ? 8 : 3;
            return text.Substring(start, position - start);
        }

        if (position < text.Length && text[position] == '0')
        {
            position++;
        }
        else
        {
            ReadDigits();
        }

        if (position < text.Length && text[position] == '.')
        {
            position++;
            ReadDigits();
        }

        if (position < text.Length && text[position] is 'e' or 'E')
        {
            position++;
            if (position < text.Length && text[position] is '+' or '-')
            {
                position++;
            }

            ReadDigits();
        }

        return text.Substring(start, position - start);
    }

    private void ReadDigits()
    {
        int start = position;
        while (position < text.Length && text[position] is >= '0' and <= '9')
        {
            position++;
        }

        if (position == start)
        {
            throw Error(position == text.Length ? "the text ends too early" : "expected a value or a digit");
        }
    }

    private readonly void CheckNoControl()
    {
        if (text[position] < ' ')
        {
            throw Error("a control character in a string");
        }
    }

    private readonly bool Matches(string word) => string.CompareOrdinal(text, position, word, 0, word.Length) == 0;

    private void Expect(string word)
    {
        if (!Matches(word))
        {
            throw Error("expected " + word);
        }

        position += word.Length;
    }

    private readonly char Peek() => position < text.Length ? text[position] : throw Error("the text ends too early");

    private void SkipBlanks()
    {
        while (position < text.Length && text[position] is ' ' or '\t' or '\n' or '\r')
        {
            position++;
        }
    }

    private readonly JsonException Error(string message)
    {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < position && i < text.Length; i++)
        {
            if (text[i] == '\n')
            {
                line++;
                lineStart = i + 1;
            }
        }

        return new JsonException(string.Format(CultureInfo.InvariantCulture, "{0} at line {1}, column {2}", message, line, position - lineStart + 1));
    }
}
