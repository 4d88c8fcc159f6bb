namespace Kiln.Tokenization;

/// <summary>
/// GPT-2's pattern <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>
/// (tokenizers/src/pre_tokenizers/byte_level.rs) as code over UTF-8. It matches at every place, so the matches cover the text.
/// </summary>
internal static unsafe class Gpt2Pattern
{
    private const CharacterClass Classes = CharacterClass.Letter | CharacterClass.Number | CharacterClass.Space;

    /// <summary>The end of the match that starts at the text's start.</summary>
    /// <param name="text">Valid UTF-8, not empty.</param>
    /// <param name="end">Where it ends.</param>
    public static byte* Match(byte* text, byte* end)
    {
        if (*text == '\'' && Contraction(text, end) is var length && length > 0)
        {
            return text + length;
        }

        byte* p = text;
        CharacterClass first = CharacterClasses.At(p, end, out int bytes) & Classes;
        if (*text == ' ' && end - text > 1)
        {
            CharacterClass second = CharacterClasses.At(text + 1, end, out int secondBytes) & Classes;
            if (second != CharacterClass.Space)
            {
                first = second;
                bytes = secondBytes;
                p++;
            }
        }

        p += bytes;
        return first == CharacterClass.Space ? Spaces(text, p, end) : Run(p, end, first);
    }

    private static byte* Run(byte* p, byte* end, CharacterClass wanted)
    {
        while (p < end && (CharacterClasses.At(p, end, out int bytes) & Classes) == wanted)
        {
            p += bytes;
        }

        return p;
    }

    /// <summary>A run of white space; its last character is left to a word that follows.</summary>
    private static byte* Spaces(byte* text, byte* p, byte* end)
    {
        byte* last = text;
        while (p < end && (CharacterClasses.At(p, end, out int bytes) & Classes) == CharacterClass.Space)
        {
            last = p;
            p += bytes;
        }

        return p == end || last == text ? p : last;
    }

    private static int Contraction(byte* text, byte* end)
    {
        if (end - text < 2)
        {
            return 0;
        }

        switch (text[1])
        {
            case (byte)'s' or (byte)'t' or (byte)'m' or (byte)'d':
                return 2;
            case (byte)'r' or (byte)'v':
                return end - text >= 3 && text[2] == 'e' ? 3 : 0;
            case (byte)'l':
                return end - text >= 3 && text[2] == 'l' ? 3 : 0;
            default:
                return 0;
        }
    }
}
