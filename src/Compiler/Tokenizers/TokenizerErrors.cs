using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Tokenizers;

/// <summary>The exceptions of this folder: file, place in the file, what is wrong.</summary>
internal static class TokenizerErrors
{
    /// <summary>A component or option that Kiln does not have.</summary>
    public static ModelException Unsupported(string file, string path, string what) =>
        new(Descriptors.UnsupportedTokenizer, file + (path.Length == 0 ? ": " : ": " + path + ": ") + what);

    /// <summary>As above, in <c>tokenizer.json</c>.</summary>
    public static ModelException Unsupported(JsonValue at, string what) => Unsupported("tokenizer.json", at.Path, what);

    /// <summary>A corrupt file.</summary>
    public static ModelException Invalid(string file, string message) => new(Descriptors.InvalidTokenizer, file + ": " + message);

    /// <summary>A component type that Kiln does not have.</summary>
    public static ModelException UnknownType(JsonValue component) => Unsupported(component, "type " + component.Require("type") + " is not supported");

    /// <summary>A string's text; lone surrogates cannot stand in a token.</summary>
    public static string Text(this JsonValue value)
    {
        string text = value.String;
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]))
            {
                if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                {
                    i++;
                }
                else
                {
                    throw value.Error("the string has a lone surrogate");
                }
            }
        }

        return text;
    }

    /// <summary>A string of exactly one character.</summary>
    public static string Character(this JsonValue value)
    {
        string text = value.Text();
        return text.Length == 1 || (text.Length == 2 && char.IsSurrogate(text[0]))
            ? text
            : throw value.Error("expected one character, found " + JsonWriter.Quote(text));
    }

    /// <summary>A boolean member; absent or null means the default.</summary>
    public static bool Flag(this JsonValue value, string name, bool absent) => value.Get(name)?.Boolean ?? absent;

    /// <summary>A token id.</summary>
    public static int TokenId(this JsonValue value)
    {
        long id = value.Int64;
        return id is >= 0 and < Tokenization.TableFormat.MaxTokenCount
            ? (int)id
            : throw value.Error("the id " + value.NumberText + " is not between 0 and 2^22");
    }
}
