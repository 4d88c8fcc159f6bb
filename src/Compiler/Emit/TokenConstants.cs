using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Kiln.Compiler.Checkpoints;

namespace Kiln.Compiler.Emit;

/// <summary>
/// The nested class <c>Tokens</c> of a generated class: a constant for each special token.
/// </summary>
/// <remarks>
/// Names: a token with a role is called by it (<c>mask_token</c>: <c>Mask</c>, <c>bos_token</c>: <c>Bos</c>). Besides, and for
/// tokens without a role, the content gives a name: its letters and digits in words, each word with a capital
/// (<c>&lt;|im_start|&gt;</c>: <c>ImStart</c>), the usual words that are written in one cut apart (<c>&lt;|endoftext|&gt;</c>:
/// <c>EndOfText</c>). Where a role and a content give the same name for the same id there is one constant; of different ids the
/// later ones have their id behind the name. A content without a letter or digit has no name of its own.
/// </remarks>
internal static class TokenConstants
{
    /// <summary>Words that tokens write in one.</summary>
    private static readonly KeyValuePair<string, string>[] Compounds =
    {
        new("endoftext", "EndOfText"), new("endofprompt", "EndOfPrompt"), new("startoftext", "StartOfText"), new("startoftranscript", "StartOfTranscript"),
        new("startofprev", "StartOfPrev"), new("startoflm", "StartOfLm"), new("notimestamps", "NoTimestamps"), new("nospeech", "NoSpeech"),
        new("nocaptions", "NoCaptions"),
    };

    /// <summary>The constants in the order of the tokens, without repetition.</summary>
    public static IReadOnlyList<(string Name, string Content, int Id)> Of(ManifestTokenizer tokenizer)
    {
        var constants = new List<(string Name, string Content, int Id)>();
        var ids = new Dictionary<string, int>(StringComparer.Ordinal) { ["Tokens"] = -1 };
        void Add(string name, string content, int id)
        {
            if (name.Length == 0)
            {
                return;
            }

            if (ids.TryGetValue(name, out int other) && other != id)
            {
                name += "_" + Literal.Of(id);
            }

            if (!ids.ContainsKey(name))
            {
                ids.Add(name, id);
                constants.Add((name, content, id));
            }
        }

        foreach ((string role, string content, int id) in tokenizer.SpecialTokens)
        {
            if (role.EndsWith("_token", StringComparison.Ordinal) && Names.IsIdentifier(role))
            {
                Add(Names.Type(role.Substring(0, role.Length - "_token".Length)), content, id);
            }
        }

        foreach ((string _, string content, int id) in tokenizer.SpecialTokens)
        {
            Add(OfContent(content), content, id);
        }

        return constants;
    }

    /// <summary>Writes the class.</summary>
    public static void Write(CodeWriter code, ManifestTokenizer tokenizer)
    {
        code.Summary("Ids of the special tokens.");
        code.Block("public static class Tokens", () =>
        {
            bool first = true;
            foreach ((string name, string content, int id) in Of(tokenizer))
            {
                if (!first)
                {
                    code.Line();
                }

                first = false;
                code.Summary("<c>" + Comment(content) + "</c>.");
                code.Line($"public const int {name} = {Literal.Of(id)};");
            }
        });
    }

    /// <summary>A text that may stand in an XML comment of one line.</summary>
    private static string Comment(string text)
    {
        var shown = new StringBuilder();
        foreach (char c in text)
        {
            shown.Append(char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or '\uFFFE' or '\uFFFF' ? '\uFFFD' : c);
        }

        return System.Security.SecurityElement.Escape(shown.ToString());
    }

    private static string OfContent(string content)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (char c in content + " ")
        {
            if (c < 0x80 && char.IsLetterOrDigit(c))
            {
                word.Append(c);
            }
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }

        string name = string.Concat(words.Select(Capital));
        return name.Length == 0 ? "" : Names.Member(name);
    }

    private static string Capital(string word)
    {
        foreach (KeyValuePair<string, string> compound in Compounds)
        {
            if (string.Equals(word, compound.Key, StringComparison.OrdinalIgnoreCase))
            {
                return compound.Value;
            }
        }

        // [MASK] and <mask> are both Mask
        bool shouts = word.All(static c => !char.IsLower(c));
        return char.ToUpperInvariant(word[0]) + (shouts ? word.Substring(1).ToLowerInvariant() : word.Substring(1));
    }
}
