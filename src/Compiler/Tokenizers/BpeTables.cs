using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Kiln.Compiler.Diagnostics;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>Turns a BPE model and its added tokens into the sections that the runtime reads.</summary>
internal sealed class BpeTables
{
    private readonly BpeModel model;
    private readonly AddedVocabulary added;
    private readonly bool byteLevel;
    private readonly bool hasAffixes;
    private readonly int[] firstSymbols;

    private BpeTables(BpeModel model, AddedVocabulary added, bool byteLevel)
    {
        this.model = model;
        this.added = added;
        this.byteLevel = byteLevel;
        hasAffixes = model.Prefix.Length + model.Suffix.Length > 0;
        firstSymbols = new int[byteLevel ? 256 * (hasAffixes ? TableFormat.Places : 1) : 128];
    }

    /// <summary>Writes the sections of the model.</summary>
    /// <param name="table">The table.</param>
    /// <param name="model">The model.</param>
    /// <param name="added">The added tokens.</param>
    /// <param name="byteLevel">The model's characters are GPT-2's for the 256 bytes.</param>
    /// <exception cref="ModelException">The model cannot do what it is asked to.</exception>
    public static void Write(TableWriter table, BpeModel model, AddedVocabulary added, bool byteLevel)
    {
        var tables = new BpeTables(model, added, byteLevel);
        ModelFlags flags = (byteLevel ? ModelFlags.ByteLevel : 0) | (model.FuseUnk ? ModelFlags.FuseUnk : 0);
        flags |= tables.WriteSymbols(table);
        if (tables.hasAffixes)
        {
            flags |= ModelFlags.Affixes;
            tables.WriteAffixedSymbols(table);
        }

        List<KeyValuePair<(int Left, int Right), int>> merges = tables.WriteMerges(table);
        tables.WriteWords(table);
        if (tables.CutsBeforeMetaspace(merges))
        {
            flags |= ModelFlags.CutsBeforeMetaspace;
        }

        table.Set(TableField.ModelFlags, (int)flags);
    }

    private ModelFlags WriteSymbols(TableWriter table)
    {
        var missing = new List<string>();
        for (int i = 0; i < firstSymbols.Length; i++)
        {
            string character = (byteLevel ? ByteAlphabet.Character((byte)i) : (char)i).ToString();
            if (byteLevel && hasAffixes)
            {
                character = Affixed(character, i / 256);
            }

            firstSymbols[i] = model.Find(character) ?? -1;
            if (firstSymbols[i] < 0)
            {
                missing.Add(character);
            }

            table[TableSection.FirstSymbols].Int32(firstSymbols[i]);
        }

        if (byteLevel && missing.Count == 0)
        {
            // nothing is ever unknown
            table.Set(TableField.ModelUnkId, -1);
            return ModelFlags.None;
        }

        if (byteLevel && model.ByteFallback && missing.Exists(HasFallback))
        {
            throw TokenizerErrors.Unsupported("tokenizer.json", "model.byte_fallback", "byte_fallback behind ByteLevel with an incomplete alphabet");
        }

        if (model.UnkToken is not null)
        {
            table.Set(TableField.ModelUnkId, TokenTables.UnknownId(model, model.UnkToken));
        }

        if (byteLevel || !model.ByteFallback)
        {
            return ModelFlags.None;
        }

        for (int i = 0; i < 256; i++)
        {
            table[TableSection.ByteFallback].Int32(model.Find(ByteToken((byte)i)) ?? -1);
        }

        return ModelFlags.ByteFallback;
    }

    /// <summary>A character as the vocabulary spells it at a <see cref="TableFormat.Places">place</see> in a word.</summary>
    private string Affixed(string character, int place) =>
        ((place & TableFormat.NotFirst) != 0 ? model.Prefix : "") + character + ((place & TableFormat.Last) != 0 ? model.Suffix : "");

    /// <summary>A trie of the tokens that are one character with what stands around it.</summary>
    private void WriteAffixedSymbols(TableWriter table)
    {
        if (byteLevel)
        {
            return;
        }

        if (model.ByteFallback)
        {
            throw TokenizerErrors.Unsupported("tokenizer.json", "model.byte_fallback", "byte_fallback with continuing_subword_prefix or end_of_word_suffix");
        }

        var trie = new DoubleArrayBuilder();
        foreach (KeyValuePair<int, string> token in model.Tokens)
        {
            for (int place = 0; place < TableFormat.Places; place++)
            {
                int before = (place & TableFormat.NotFirst) != 0 ? model.Prefix.Length : 0;
                int length = token.Value.Length - before - ((place & TableFormat.Last) != 0 ? model.Suffix.Length : 0);
                if (length is 1 or 2 && before < token.Value.Length && length == (char.IsHighSurrogate(token.Value[before]) ? 2 : 1)
                    && Affixed(token.Value.Substring(before, length), place) == token.Value)
                {
                    trie.Add(Encoding.UTF8.GetBytes(token.Value), token.Key);
                }
            }
        }

        trie.Write(table[TableSection.Trie]);
        table.Set(TableField.PrefixNode, DoubleArrayBuilder.Walk(table[TableSection.Trie].ToArray(), Encoding.UTF8.GetBytes(model.Prefix)));
        table[TableSection.Suffix].Bytes(Encoding.UTF8.GetBytes(model.Suffix));
    }

    private bool HasFallback(string character) => Array.TrueForAll(Encoding.UTF8.GetBytes(character), b => model.Find(ByteToken(b)) is not null);

    private static string ByteToken(byte value) => "<0x" + value.ToString("X2", CultureInfo.InvariantCulture) + ">";

    private List<KeyValuePair<(int Left, int Right), int>> WriteMerges(TableWriter table)
    {
        var merges = new List<KeyValuePair<(int Left, int Right), (int Rank, int Result)>>(model.Merges);
        merges.Sort((a, b) => a.Value.Rank.CompareTo(b.Value.Rank));
        var results = new List<KeyValuePair<(int Left, int Right), int>>(merges.Count);
        var slots = new List<KeyValuePair<int, ulong>>(merges.Count);
        ByteWriter pairs = table[TableSection.MergePairs];
        bool consecutive = true;
        foreach (KeyValuePair<(int Left, int Right), (int Rank, int Result)> merge in merges)
        {
            pairs.Int32(merge.Key.Left);
            pairs.Int32(merge.Key.Right);
            slots.Add(new KeyValuePair<int, ulong>(results.Count, TableFormat.HashPair((uint)merge.Key.Left, (uint)merge.Key.Right)));
            consecutive &= merge.Value.Result == merges[0].Value.Result + results.Count;
            results.Add(new KeyValuePair<(int Left, int Right), int>(merge.Key, merge.Value.Result));
        }

        if (consecutive)
        {
            table.Set(TableField.FirstMergeId, merges.Count == 0 ? 0 : merges[0].Value.Result);
        }
        else
        {
            results.ForEach(merge => table[TableSection.MergeResults].Int32(merge.Value));
        }

        HashTableBuilder.Build(table[TableSection.MergeSlots], slots, merges.Count, out int indexBits, out int maxProbe);
        table.Set(TableField.MergeIndexBits, indexBits);
        table.Set(TableField.MergeMaxProbe, maxProbe);
        return results;
    }

    /// <summary>The words that need no merging: those of which merging makes just their token, or with ignore_merges all tokens.</summary>
    private void WriteWords(TableWriter table)
    {
        var slots = new List<KeyValuePair<int, ulong>>();
        int longest = 0;
        int idCount = 0;
        foreach (KeyValuePair<int, string> token in model.Tokens)
        {
            byte[]? bytes = byteLevel ? ByteAlphabet.Decode(token.Value) : Encoding.UTF8.GetBytes(token.Value);
            idCount = Math.Max(idCount, token.Key + 1);
            // the runtime compares with the id's stored bytes, which are an added token's if it has taken the id
            bool taken = added.Tokens.TryGetValue(token.Key, out AddedToken? other) && other.Content != token.Value;
            if (bytes is null || bytes.Length == 0 || taken || (bytes.Length > TableFormat.MaxWordLength && !model.IgnoreMerges)
                || !(model.IgnoreMerges || (!hasAffixes && IsMerged(token.Value, bytes, token.Key))))
            {
                continue;
            }

            longest = Math.Max(longest, bytes.Length);
            slots.Add(new KeyValuePair<int, ulong>(token.Key, TableHash.Of(bytes, bytes.Length)));
        }

        HashTableBuilder.Build(table[TableSection.WordSlots], slots, idCount, out int indexBits, out int maxProbe);
        table.Set(TableField.WordIndexBits, indexBits);
        table.Set(TableField.WordMaxProbe, maxProbe);
        table.Set(TableField.LongestWord, longest);
    }

    private bool IsMerged(string token, byte[] bytes, int id)
    {
        var symbols = new List<int>();
        if (byteLevel)
        {
            foreach (byte b in bytes)
            {
                symbols.Add(firstSymbols[b]);
            }
        }
        else
        {
            for (int i = 0; i < token.Length; i++)
            {
                int length = char.IsHighSurrogate(token[i]) && i + 1 < token.Length ? 2 : 1;
                symbols.Add(model.Find(token.Substring(i, length)) ?? -1);
                i += length - 1;
            }
        }

        while (symbols.Count > 1)
        {
            int best = -1;
            (int Rank, int Result) bestMerge = (int.MaxValue, 0);
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if (model.Merges.TryGetValue((symbols[i], symbols[i + 1]), out (int Rank, int Result) merge) && merge.Rank < bestMerge.Rank)
                {
                    best = i;
                    bestMerge = merge;
                }
            }

            if (best < 0)
            {
                return false;
            }

            symbols[best] = bestMerge.Result;
            symbols.RemoveAt(best + 1);
        }

        return symbols[0] == id;
    }

    /// <summary>
    /// Whether words can be cut before each U+2581 that follows something else: it is a token, so that it never is part of a fused
    /// unknown, and no merge joins across such a place.
    /// </summary>
    private bool CutsBeforeMetaspace(List<KeyValuePair<(int Left, int Right), int>> merges)
    {
        const char Metaspace = '\u2581';
        if (byteLevel || hasAffixes || model.IgnoreMerges || model.Find("\u2581") is null
            || model.UnkToken?.EndsWith("\u2581", StringComparison.Ordinal) == true)
        {
            return false;
        }

        foreach (KeyValuePair<(int Left, int Right), int> merge in merges)
        {
            string left = model.Tokens[merge.Key.Left];
            string right = model.Tokens[merge.Key.Right];
            if (left.Length == 0 || right.Length == 0 || (right[0] == Metaspace && left[left.Length - 1] != Metaspace))
            {
                return false;
            }
        }

        return true;
    }
}
