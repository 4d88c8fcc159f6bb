using System;
using System.Collections.Generic;
using System.Text;
using Kiln.Compiler.Tokenizers.Unicode;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>
/// <c>Precompiled</c>: SentencePiece's charsmap, a double-array trie (darts-clone) and the strings that its keys become. What the
/// reference can reach of it is written anew: see the runtime's normalizer.
/// </summary>
internal sealed class PrecompiledNormalizer : Normalizer
{
    /// <summary>Longer keys are never looked up: clusters have at most five bytes.</summary>
    private const int LongestKey = 5;

    private const int MaxNodes = 1 << 20;

    private readonly uint[] trie;
    private readonly byte[] strings;
    private readonly Dictionary<string, string> keys = new(StringComparer.Ordinal);
    private int nodes;

    private PrecompiledNormalizer(uint[] trie, byte[] strings)
    {
        this.trie = trie;
        this.strings = strings;
    }

    /// <summary>Reads a charsmap.</summary>
    /// <param name="charsmap">Bytes of the trie (4), the trie, the strings with a zero behind each.</param>
    /// <param name="error">Makes the exception for a corrupt one.</param>
    /// <returns>The normalizer; null for an empty charsmap.</returns>
    public static PrecompiledNormalizer? Read(byte[] charsmap, Func<string, Exception> error)
    {
        if (charsmap.Length == 0)
        {
            return null;
        }

        uint trieLength = charsmap.Length >= 4 ? BitConverter.ToUInt32(charsmap, 0) : throw error("the charsmap is truncated");
        if (trieLength % 4 != 0 || trieLength > charsmap.Length - 4)
        {
            throw error("the charsmap is truncated");
        }

        uint[] trie = new uint[trieLength / 4];
        Buffer.BlockCopy(charsmap, 4, trie, 0, (int)trieLength);
        byte[] strings = new byte[charsmap.Length - 4 - (int)trieLength];
        Buffer.BlockCopy(charsmap, 4 + (int)trieLength, strings, 0, strings.Length);
        var result = new PrecompiledNormalizer(trie, strings);
        if (trie.Length > 0)
        {
            result.Collect(new byte[LongestKey], 0, Offset(trie[0]), error);
        }

        return result;
    }

    public override void Write(ByteWriter section)
    {
        var map = new CharacterMapBuilder();
        var longer = new SortedDictionary<ulong, int>();
        foreach (KeyValuePair<string, string> key in keys)
        {
            int first = char.IsHighSurrogate(key.Key[0]) ? 2 : 1;
            if (first < key.Key.Length)
            {
                ulong bytes = 0;
                byte[] utf8 = Encoding.UTF8.GetBytes(key.Key);
                for (int i = 0; i < utf8.Length; i++)
                {
                    bytes |= (ulong)utf8[i] << (8 * i);
                }

                longer[bytes] = map.Entry(key.Value);
            }
            else if (key.Value.Length == 0)
            {
                map.Set(char.ConvertToUtf32(key.Key, 0), TableFormat.Deleted);
            }
            else
            {
                map.Set(char.ConvertToUtf32(key.Key, 0), map.Entry(key.Value));
            }
        }

        var content = new ByteWriter();
        map.Write(content);
        ushort[] classes = new ushort[0x110000];
        for (int i = 0; i < classes.Length; i++)
        {
            classes[i] = UnicodeData.Graphemes[i];
        }

        CharacterTables.WriteTable(content, classes);
        content.Int32(longer.Count);
        foreach (KeyValuePair<ulong, int> key in longer)
        {
            content.UInt64(key.Key);
            content.Int32(key.Value);
        }

        section.Step((int)NormalizerKind.Precompiled, content);
    }

    /// <summary>Character by character: clusters, which added tokens do not have, are not looked up.</summary>
    public override string Apply(string text)
    {
        var result = new StringBuilder();
        foreach (int codePoint in UnicodeData.CodePoints(text))
        {
            string character = UnicodeData.Text(codePoint);
            result.Append(keys.TryGetValue(character, out string? value) ? value : character);
        }

        return result.ToString();
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);

    private void Collect(byte[] key, int length, uint node, Func<string, Exception> error)
    {
        if (++nodes > MaxNodes)
        {
            throw error("the charsmap's trie has a loop");
        }

        for (int label = 1; label < 256; label++)
        {
            uint position = node ^ (uint)label;
            if (position >= trie.Length || (trie[position] & 0x8000_00FF) != label)
            {
                continue;
            }

            uint child = position ^ Offset(trie[position]);
            key[length] = (byte)label;
            if (((trie[position] >> 8) & 1) != 0 && child < trie.Length && Utf8(key, 0, length + 1) is { } text)
            {
                uint value = trie[child] & int.MaxValue;
                int end = value <= strings.Length ? Array.IndexOf(strings, (byte)0, (int)value) : throw error("the charsmap's strings are truncated");
                keys[text] = Utf8(strings, (int)value, (end < 0 ? strings.Length : end) - (int)value) ?? throw error("the charsmap's strings are no UTF-8");
            }

            if (length + 1 < LongestKey)
            {
                Collect(key, length + 1, child, error);
            }
        }
    }

    private static string? Utf8(byte[] bytes, int start, int length)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, start, length);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
