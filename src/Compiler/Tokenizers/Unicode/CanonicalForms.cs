using System.Collections.Generic;
using System.Text;

namespace Kiln.Compiler.Tokenizers.Unicode;

/// <summary>Canonical ordering and composition of decomposed text (The Unicode Standard, 3.11).</summary>
internal static class CanonicalForms
{
    private const int FirstSyllable = 0xAC00;
    private const int LastSyllable = 0xD7A3;

    /// <summary>A code point's decomposition, whole; null if it has none.</summary>
    public static string? Decompose(int codePoint, bool compatibility)
    {
        if (codePoint is >= FirstSyllable and <= LastSyllable)
        {
            int syllable = codePoint - FirstSyllable;
            int trailing = syllable % 28;
            string parts = ((char)(0x1100 + (syllable / 588))).ToString() + (char)(0x1161 + (syllable % 588 / 28));
            return trailing == 0 ? parts : parts + (char)(0x11A7 + trailing);
        }

        return (compatibility ? UnicodeData.Nfkd : UnicodeData.Nfd).TryGetValue(codePoint, out string? text) ? text : null;
    }

    /// <summary>Sorts marks by their class.</summary>
    public static string Order(string text)
    {
        List<int> codePoints = new(UnicodeData.CodePoints(text));
        for (int i = 1; i < codePoints.Count; i++)
        {
            int codePoint = codePoints[i];
            int j = i;
            for (; Class(codePoint) != 0 && j > 0 && Class(codePoints[j - 1]) > Class(codePoint); j--)
            {
                codePoints[j] = codePoints[j - 1];
            }

            codePoints[j] = codePoint;
        }

        return Text(codePoints);
    }

    /// <summary>Composes ordered text.</summary>
    public static string Compose(string text)
    {
        var result = new List<int>();
        int starter = -1;
        foreach (int codePoint in UnicodeData.CodePoints(text))
        {
            bool blocked = starter < 0 || (result.Count > starter + 1 && Class(result[result.Count - 1]) >= Class(codePoint));
            int composed = blocked ? -1 : Find(result[starter], codePoint);
            if (composed >= 0)
            {
                result[starter] = composed;
                continue;
            }

            if (Class(codePoint) == 0)
            {
                starter = result.Count;
            }

            result.Add(codePoint);
        }

        return Text(result);
    }

    /// <summary>A combining class.</summary>
    public static int Class(int codePoint) => UnicodeData.CombiningClasses.TryGetValue(codePoint, out byte value) ? value : 0;

    private static int Find(int first, int second)
    {
        if (first is >= 0x1100 and < 0x1113 && second is >= 0x1161 and < 0x1176)
        {
            return FirstSyllable + ((first - 0x1100) * 588) + ((second - 0x1161) * 28);
        }

        if (first is >= FirstSyllable and <= LastSyllable && (first - FirstSyllable) % 28 == 0 && second is > 0x11A7 and < 0x11C3)
        {
            return first + second - 0x11A7;
        }

        return UnicodeData.Compositions.TryGetValue(((long)first << 32) | (uint)second, out int composed) ? composed : -1;
    }

    private static string Text(List<int> codePoints)
    {
        var text = new StringBuilder();
        foreach (int codePoint in codePoints)
        {
            text.Append(UnicodeData.Text(codePoint));
        }

        return text.ToString();
    }
}
