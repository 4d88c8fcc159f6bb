using System;
using System.Collections.Generic;
using System.Globalization;

namespace Kiln.Compiler.Json;

/// <summary>What a JSON value is.</summary>
public enum JsonKind
{
    /// <summary><c>null</c>.</summary>
    Null,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A string.</summary>
    String,

    /// <summary>A list.</summary>
    Array,

    /// <summary>An object.</summary>
    Object,
}

/// <summary>
/// A JSON value, immutable. Knows its path (<c>model.vocab</c>), so that an error can say where it is. Our own reader because a
/// compiler inside Roslyn and MSBuild may bring no package.
/// </summary>
public sealed class JsonValue
{
    private readonly object? content;
    private readonly JsonValue? parent;
    private readonly object? key;
    private Dictionary<string, JsonValue>? index;

    private JsonValue(JsonKind kind, object? content, JsonValue? parent, object? key)
    {
        Kind = kind;
        this.content = content;
        this.parent = parent;
        this.key = key;
    }

    /// <summary>What it is.</summary>
    public JsonKind Kind { get; }

    /// <summary>Where it is: <c>pre_tokenizer.pretokenizers[1]</c>; empty for the root.</summary>
    public string Path
    {
        get
        {
            if (parent is null)
            {
                return "";
            }

            string before = parent.Path;
            return key is int i
                ? before + "[" + i.ToString(CultureInfo.InvariantCulture) + "]"
                : before.Length == 0 ? (string)key! : before + "." + key;
        }
    }

    /// <summary>Whether it is <c>null</c>.</summary>
    public bool IsNull => Kind == JsonKind.Null;

    /// <summary>An array's items.</summary>
    public IReadOnlyList<JsonValue> Items => Kind == JsonKind.Array ? (List<JsonValue>)content! : throw Expected("a list");

    /// <summary>An object's members in the order of the text; of equal names all.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonValue>> Members =>
        Kind == JsonKind.Object ? (List<KeyValuePair<string, JsonValue>>)content! : throw Expected("an object");

    /// <summary>A string's text. May hold lone surrogates, as JSON can escape them.</summary>
    public string String => Kind == JsonKind.String ? (string)content! : throw Expected("a string");

    /// <summary>A boolean's value.</summary>
    public bool Boolean => Kind == JsonKind.Boolean ? (bool)content! : throw Expected("true or false");

    /// <summary>A number as it is written.</summary>
    public string NumberText => Kind == JsonKind.Number ? (string)content! : throw Expected("a number");

    /// <summary>A number as the nearest double.</summary>
    public double Double
    {
        get
        {
            // .NET Framework, on which Visual Studio builds, fails where .NET gives infinity
            return double.TryParse(NumberText, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && !double.IsInfinity(value)
                ? value
                : throw Error("the number " + NumberText + " is too large");
        }
    }

    /// <summary>A whole number; <c>3.0</c> is not one.</summary>
    public long Int64 => long.TryParse(NumberText, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
        ? value
        : throw Expected("a whole number of at most 64 bits");

    /// <summary>A whole number of at most 32 bits.</summary>
    public int Int32 => Int64 is >= int.MinValue and <= int.MaxValue and var value ? (int)value : throw Expected("a whole number of at most 32 bits");

    /// <summary>A member (of equal names the last, as in Python), or null if absent.</summary>
    public JsonValue? this[string name]
    {
        get
        {
            IReadOnlyList<KeyValuePair<string, JsonValue>> members = Members;
            if (members.Count <= 8)
            {
                for (int i = members.Count - 1; i >= 0; i--)
                {
                    if (members[i].Key == name)
                    {
                        return members[i].Value;
                    }
                }

                return null;
            }

            if (index is null)
            {
                var built = new Dictionary<string, JsonValue>(members.Count, StringComparer.Ordinal);
                foreach (KeyValuePair<string, JsonValue> member in members)
                {
                    built[member.Key] = member.Value;
                }

                index = built;
            }

            return index.TryGetValue(name, out JsonValue? found) ? found : null;
        }
    }

    /// <summary>A member that is there and not null; null otherwise.</summary>
    public JsonValue? Get(string name) => this[name] is { IsNull: false } value ? value : null;

    /// <summary>A member that must be there and not be null.</summary>
    public JsonValue Require(string name) => Get(name) ?? throw Error("'" + name + "' is missing");

    /// <summary>An exception that names this value's place.</summary>
    public JsonException Error(string message) => new(Path.Length == 0 ? message : Path + ": " + message);

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        JsonKind.Null => "null",
        JsonKind.Boolean => (bool)content! ? "true" : "false",
        JsonKind.Number => (string)content!,
        JsonKind.String => JsonWriter.Quote((string)content!),
        JsonKind.Array => Items.Count == 0 ? "[]" : "[" + string.Join(", ", Items) + "]",
        _ => "{" + string.Join(", ", System.Linq.Enumerable.Select(Members, m => JsonWriter.Quote(m.Key) + ": " + m.Value)) + "}",
    };

    internal static JsonValue Create(JsonKind kind, object? content, JsonValue? parent, object? key) => new(kind, content, parent, key);

    private JsonException Expected(string what)
    {
        string found = Kind switch
        {
            JsonKind.Array => "a list",
            JsonKind.Object => "an object",
            _ => ToString(),
        };
        return Error("expected " + what + ", found " + (found.Length > 60 ? found.Substring(0, 60) + "..." : found));
    }
}
