using System;

namespace Kiln.Tokenization;

/// <summary>What a character is to the patterns of pre-tokenizers and to added tokens.</summary>
[Flags]
internal enum CharacterClass : byte
{
    /// <summary>None of the others.</summary>
    Other = 0,

    /// <summary><c>\p{L}</c>.</summary>
    Letter = 1,

    /// <summary><c>\p{N}</c>.</summary>
    Number = 2,

    /// <summary><c>\s</c>: the 25 White_Space characters.</summary>
    Space = 4,

    /// <summary>Rust's <c>\w</c>, next to which a <c>single_word</c> token does not match.</summary>
    Word = 8,
}

/// <summary>Character classes of Unicode 16, whatever the runtime's own version.</summary>
internal static partial class CharacterClasses
{
    /// <summary>Variation selectors: the only classified block far behind the others.</summary>
    private const int LastBlock = 0xE01;

    private const int LastBlockIndex = 137;

    /// <summary>A code point's class.</summary>
    public static CharacterClass Of(int codePoint)
    {
        int block = codePoint >> 8;
        int index = (uint)block < (uint)BlockOf.Length ? BlockOf[block] : block == LastBlock ? LastBlockIndex : -1;
        return index < 0 ? CharacterClass.Other : (CharacterClass)((Blocks[(index << 7) | ((codePoint & 0xFF) >> 1)] >> ((codePoint & 1) << 2)) & 0xF);
    }

    /// <summary>The class of the character at the start of a text that is not empty.</summary>
    /// <param name="text">Valid UTF-8; of something else the first byte is an <see cref="CharacterClass.Other"/>.</param>
    /// <param name="end">Where the text ends.</param>
    /// <param name="length">The character's bytes.</param>
    public static unsafe CharacterClass At(byte* text, byte* end, out int length)
    {
        int first = *text;
        if (first < 0x80)
        {
            length = 1;
            return (CharacterClass)((Blocks[first >> 1] >> ((first & 1) << 2)) & 0xF);
        }

        return Of(Utf8Text.Decode(text, end, out length));
    }

    /// <summary>Whether the character at the start of a text is numeric for Rust, which is ahead of the patterns: Unicode 17.</summary>
    public static unsafe bool IsNumeric(byte* text, byte* end, out int length)
    {
        if ((At(text, end, out length) & CharacterClass.Number) != 0)
        {
            return true;
        }

        return length == 4 && Utf8Text.Decode(text, end, out _) is (>= 0x11DE0 and <= 0x11DE9) or (>= 0x16FF4 and <= 0x16FF6);
    }
}
