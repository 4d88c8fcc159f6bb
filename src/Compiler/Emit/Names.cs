using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Kiln.Compiler.Emit;

/// <summary>Names of things outside the generated class, and identifiers made from checkpoint names.</summary>
public static class Names
{
    private static readonly HashSet<string> Keywords = new(StringComparer.Ordinal)
    {
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue", "decimal", "default",
        "delegate", "do", "double", "else", "enum", "event", "explicit", "extern", "false", "finally", "fixed", "float", "for", "foreach", "goto",
        "if", "implicit", "in", "int", "interface", "internal", "is", "lock", "long", "namespace", "new", "null", "object", "operator", "out",
        "override", "params", "private", "protected", "public", "readonly", "ref", "return", "sbyte", "sealed", "short", "sizeof", "stackalloc",
        "static", "string", "struct", "switch", "this", "throw", "true", "try", "typeof", "uint", "ulong", "unchecked", "unsafe", "ushort", "using",
        "virtual", "void", "volatile", "while",
    };

    /// <summary>Name of the embedded resource with a model's packed weights.</summary>
    public static string WeightsResource(ModelOptions options) => "Kiln." + FullName(options) + ".weights";

    /// <summary>Name of the embedded resource with a model's compiled tokenizer.</summary>
    public static string TokenizerResource(ModelOptions options) => "Kiln." + FullName(options) + ".tokenizer";

    /// <summary>File name of a model's packed weights.</summary>
    public static string PackedFile(ModelOptions options) => options.Name + ".kiln.safetensors";

    /// <summary>Name of the generated class with its namespace.</summary>
    public static string FullName(ModelOptions options) => options.Namespace.Length == 0 ? options.Name : options.Namespace + "." + options.Name;

    /// <summary>Whether C# takes the text as a name: letters, digits, underscores, no keyword.</summary>
    public static bool IsIdentifier(string name) => name.Length > 0 && !Keywords.Contains(name) && (char.IsLetter(name[0]) || name[0] == '_') && name.All(IsPart);

    /// <summary>Whether C# takes the text as a namespace; empty is the global one.</summary>
    public static bool IsNamespace(string name) => name.Length == 0 || name.Split('.').All(IsIdentifier);

    /// <summary>A segment of a checkpoint name as a member: <c>self_attn</c> stays, a keyword or a number gets an underscore.</summary>
    internal static string Member(string segment)
    {
        string name = new(segment.Select(c => IsPart(c) ? c : '_').ToArray());
        return IsIdentifier(name) ? name : "_" + name;
    }

    /// <summary>A segment of a checkpoint name as a type: <c>self_attn</c> -> <c>SelfAttn</c>.</summary>
    internal static string Type(string segment)
    {
        var name = new StringBuilder();
        foreach (string word in segment.Split('_').Where(w => w.Length > 0))
        {
            name.Append(char.ToUpper(word[0], CultureInfo.InvariantCulture)).Append(word, 1, word.Length - 1);
        }

        return Member(name.ToString());
    }

    private static bool IsPart(char c) => char.IsLetterOrDigit(c) || c == '_';
}
