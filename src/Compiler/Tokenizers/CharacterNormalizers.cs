using System;
using System.Collections.Generic;
using System.Text;
using Kiln.Compiler.Json;
using Kiln.Compiler.Tokenizers.Unicode;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>
/// Normalizers that look at one character at a time, up to the order of marks that a decomposition ends with. What follows one
/// another in a tokenizer becomes one table, so that each character is looked up once.
/// </summary>
internal sealed class CharacterNormalizer : Normalizer
{
    private readonly List<Stage> stages;

    private CharacterNormalizer(List<Stage> stages) => this.stages = stages;

    private bool Decomposes => stages.Exists(stage => stage.Decomposes);

    /// <summary><c>Lowercase</c>: the full mapping of each code point, no rule for the final sigma.</summary>
    public static CharacterNormalizer Lowercase() => From(UnicodeData.Lowercase);

    /// <summary><c>Nmt</c>.</summary>
    public static CharacterNormalizer Nmt() => From(UnicodeData.Nmt);

    /// <summary><c>StripAccents</c>.</summary>
    public static CharacterNormalizer StripAccents() => new(new List<Stage> { Removing("strip_accents_removed") });

    /// <summary><c>NFD</c> and <c>NFKD</c>.</summary>
    public static CharacterNormalizer Decompose(bool compatibility) =>
        new(new List<Stage> { new(codePoint => CanonicalForms.Decompose(codePoint, compatibility), Decomposes: true) });

    /// <summary><c>BertNormalizer</c> (tokenizers/src/normalizers/bert.rs).</summary>
    public static CharacterNormalizer? Bert(JsonValue json)
    {
        bool lowercase = json.Require("lowercase").Boolean;
        return Bert(
            json.Require("clean_text").Boolean,
            json.Require("handle_chinese_chars").Boolean,
            json.Get("strip_accents")?.Boolean ?? lowercase,
            lowercase);
    }

    /// <summary><c>BertNormalizer</c>; null if it does nothing.</summary>
    public static CharacterNormalizer? Bert(bool cleanText, bool handleChineseChars, bool stripAccents, bool lowercase)
    {
        var stages = new List<Stage>();
        if (cleanText)
        {
            HashSet<int> spaces = UnicodeData.Set("bert_clean_to_space");
            stages.Add(Removing("bert_clean_removed"));
            stages.Add(new Stage(codePoint => spaces.Contains(codePoint) ? " " : null, false));
        }

        if (handleChineseChars)
        {
            HashSet<int> padded = UnicodeData.Set("bert_chinese_padded");
            stages.Add(new Stage(codePoint => padded.Contains(codePoint) ? " " + UnicodeData.Text(codePoint) + " " : null, false));
        }

        if (stripAccents)
        {
            stages.AddRange(Decompose(compatibility: false).stages);
            stages.Add(Removing("bert_accents"));
        }

        if (lowercase)
        {
            stages.AddRange(Lowercase().stages);
        }

        return stages.Count > 0 ? new CharacterNormalizer(stages) : null;
    }

    /// <summary>One normalizer that does first this and then another; null if that cannot be one table.</summary>
    public CharacterNormalizer? Then(CharacterNormalizer next)
    {
        // what comes behind a decomposition must not need another ordering
        if (next.Decomposes && Decomposes)
        {
            return null;
        }

        var all = new List<Stage>(stages);
        all.AddRange(next.stages);
        return new CharacterNormalizer(all);
    }

    public override void Write(ByteWriter section)
    {
        var map = new CharacterMapBuilder();
        for (int codePoint = 0; codePoint < 0x110000; codePoint++)
        {
            string? text = Map(codePoint, out bool dropped);
            if (text is { Length: 0 })
            {
                map.Set(codePoint, dropped ? TableFormat.Dropped : TableFormat.Deleted);
            }
            else if (codePoint is >= 0xAC00 and <= 0xD7A3 && text == CanonicalForms.Decompose(codePoint, false))
            {
                map.Set(codePoint, TableFormat.HangulSyllable);
            }
            else if (text is not null)
            {
                map.Set(codePoint, text);
            }
        }

        var content = new ByteWriter();
        map.Write(content);
        if (Decomposes)
        {
            ushort[] classes = new ushort[0x110000];
            foreach (KeyValuePair<int, byte> entry in UnicodeData.CombiningClasses)
            {
                classes[entry.Key] = entry.Value;
            }

            CharacterTables.WriteTable(content, classes);
        }

        section.Step((int)(Decomposes ? NormalizerKind.Decompose : NormalizerKind.CharacterMap), content);
    }

    public override string Apply(string text)
    {
        foreach (Stage stage in stages)
        {
            var result = new StringBuilder();
            foreach (int codePoint in UnicodeData.CodePoints(text))
            {
                result.Append(stage.Map(codePoint) ?? UnicodeData.Text(codePoint));
            }

            text = stage.Decomposes ? CanonicalForms.Order(result.ToString()) : result.ToString();
        }

        return text;
    }

    private static CharacterNormalizer From(Dictionary<int, string> map) =>
        new(new List<Stage> { new(codePoint => map.TryGetValue(codePoint, out string? text) ? text : null, false) });

    private static Stage Removing(string set)
    {
        HashSet<int> removed = UnicodeData.Set(set);
        return new Stage(codePoint => removed.Contains(codePoint) ? "" : null, false);
    }

    /// <summary>What becomes of a character; null if it stays.</summary>
    /// <param name="codePoint">The character.</param>
    /// <param name="dropped">Whether nothing is left of it already before a decomposition.</param>
    private string? Map(int codePoint, out bool dropped)
    {
        dropped = false;
        string? text = null;
        bool decomposed = false;
        foreach (Stage stage in stages)
        {
            if (text is null)
            {
                text = stage.Map(codePoint);
            }
            else
            {
                var result = new StringBuilder();
                foreach (int part in UnicodeData.CodePoints(text))
                {
                    result.Append(stage.Map(part) ?? UnicodeData.Text(part));
                }

                text = result.ToString();
            }

            decomposed |= stage.Decomposes;
            if (text is { Length: 0 })
            {
                dropped = !decomposed;
                return text;
            }
        }

        return text;
    }

    /// <param name="Map">What becomes of a code point; null if it stays.</param>
    /// <param name="Decomposes">Whether marks are put in order afterwards.</param>
    private sealed record Stage(Func<int, string?> Map, bool Decomposes);
}

/// <summary><c>NFC</c> and <c>NFKC</c>.</summary>
internal sealed class ComposingNormalizer : Normalizer
{
    private readonly bool compatibility;

    public ComposingNormalizer(bool compatibility) => this.compatibility = compatibility;

    public override void Write(ByteWriter section)
    {
        var seconds = new HashSet<int>();
        foreach (long pair in UnicodeData.Compositions.Keys)
        {
            seconds.Add((int)(uint)pair);
        }

        var map = new CharacterMapBuilder();
        ushort[] classes = new ushort[0x110000];
        for (int codePoint = 0; codePoint < 0x110000; codePoint++)
        {
            int combiningClass = CanonicalForms.Class(codePoint);
            bool unstable = combiningClass != 0 || seconds.Contains(codePoint)
                || codePoint is (>= 0x1161 and < 0x1176) or (> 0x11A7 and < 0x11C3);
            if (CanonicalForms.Decompose(codePoint, compatibility) is { } text)
            {
                if (codePoint is >= 0xAC00 and <= 0xD7A3)
                {
                    map.Set(codePoint, TableFormat.HangulSyllable);
                }
                else
                {
                    map.Set(codePoint, text);
                    unstable |= CanonicalForms.Compose(CanonicalForms.Order(text)) != UnicodeData.Text(codePoint);
                }
            }

            classes[codePoint] = (ushort)(combiningClass | (unstable ? TableFormat.Unstable : 0));
        }

        var content = new ByteWriter();
        map.Write(content);
        CharacterTables.WriteTable(content, classes);
        content.Int32(UnicodeData.Compositions.Count);
        foreach (KeyValuePair<long, int> composition in UnicodeData.Compositions)
        {
            content.Int32((int)(composition.Key >> 32));
            content.Int32((int)(uint)composition.Key);
            content.Int32(composition.Value);
        }

        section.Step((int)NormalizerKind.Compose, content);
    }

    public override string Apply(string text)
    {
        var result = new StringBuilder();
        foreach (int codePoint in UnicodeData.CodePoints(text))
        {
            result.Append(CanonicalForms.Decompose(codePoint, compatibility) ?? UnicodeData.Text(codePoint));
        }

        return CanonicalForms.Compose(CanonicalForms.Order(result.ToString()));
    }
}

/// <summary><c>Strip</c>.</summary>
internal sealed class StripNormalizer : Normalizer
{
    private readonly bool left;
    private readonly bool right;

    public StripNormalizer(bool left, bool right)
    {
        this.left = left;
        this.right = right;
    }

    public override void Write(ByteWriter section)
    {
        var content = new ByteWriter();
        content.Int32(left ? 1 : 0);
        content.Int32(right ? 1 : 0);
        section.Step((int)NormalizerKind.Strip, content);
    }

    public override string Apply(string text)
    {
        HashSet<int> spaces = UnicodeData.Set("strip_removed");
        int start = 0;
        int end = text.Length;
        while (left && start < end && spaces.Contains(text[start]))
        {
            start++;
        }

        while (right && start < end && spaces.Contains(text[end - 1]))
        {
            end--;
        }

        return text.Substring(start, end - start);
    }
}

/// <summary><c>ByteLevel</c>.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override void Write(ByteWriter section) => section.Step((int)NormalizerKind.ByteLevel, new ByteWriter());

    public override string Apply(string text)
    {
        var result = new StringBuilder();
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            result.Append(ByteAlphabet.Character(value));
        }

        return result.ToString();
    }
}
