using System.Collections.Generic;
using System.Text;

namespace Kiln.Compiler.Tokenizers;

/// <summary>GPT-2's 256 printable characters, one for each byte (<c>bytes_to_unicode</c> in <c>tokenization_gpt2.py</c>).</summary>
internal static class ByteAlphabet
{
    private static readonly char[] CharacterOf = Build();
    private static readonly Dictionary<char, byte> ByteOf = Invert();

    /// <summary>A byte's character.</summary>
    public static char Character(byte value) => CharacterOf[value];

    /// <summary>The bytes that a token stands for; null if it has a character outside of the alphabet.</summary>
    public static byte[]? Decode(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            if (!ByteOf.TryGetValue(token[i], out bytes[i]))
            {
                return null;
            }
        }

        return bytes;
    }

    private static char[] Build()
    {
        char[] characters = new char[256];
        int others = 0;
        for (int i = 0; i < 256; i++)
        {
            bool printable = i is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            characters[i] = (char)(printable ? i : 256 + others++);
        }

        return characters;
    }

    private static Dictionary<char, byte> Invert()
    {
        var bytes = new Dictionary<char, byte>();
        for (int i = 0; i < 256; i++)
        {
            bytes[CharacterOf[i]] = (byte)i;
        }

        return bytes;
    }
}
