using System;
using System.Runtime.CompilerServices;

namespace Kiln.Tokenization;

/// <summary>
/// Byte-pair encoding over a table: a word that is a token of its own is found at once, others are merged pair by pair, the pair
/// of lowest rank first, of equal ones the leftmost. Follows tokenizers/src/models/bpe/model.rs.
/// </summary>
internal sealed unsafe partial class BpeModel : PieceSink
{
    private readonly ModelFlags flags;
    private readonly TokenTable tokens;
    private readonly TablePart wordSlots;
    private readonly uint wordMask;
    private readonly uint wordIndexMask;
    private readonly int wordIndexBits;
    private readonly int wordMaxProbe;
    private readonly int longestWord;
    private readonly TablePart mergePairs;
    private readonly TablePart mergeResults;
    private readonly TablePart mergeSlots;
    private readonly int mergeCount;
    private readonly uint mergeMask;
    private readonly uint mergeIndexMask;
    private readonly int mergeIndexBits;
    private readonly int mergeMaxProbe;
    private readonly int firstMergeId;
    private readonly TablePart firstSymbols;
    private readonly TablePart byteFallback;
    private readonly int unkId;
    private readonly DoubleArray affixedSymbols;
    private readonly int prefixNode;
    private readonly TablePart suffix;
    private readonly int number = MergedWords.NewModel();

    /// <summary>Checks the model's sections.</summary>
    /// <exception cref="System.IO.InvalidDataException">One of them is corrupt.</exception>
    public BpeModel(TableReader table, TokenTable tokens)
    {
        this.tokens = tokens;
        flags = (ModelFlags)table[TableField.ModelFlags];
        wordSlots = table.Slots(TableSection.WordSlots);
        wordMask = ((uint)wordSlots.Length / 4) - 1;
        wordIndexBits = table.Checked(TableField.WordIndexBits, 1, 31);
        wordIndexMask = (1u << wordIndexBits) - 1;
        wordMaxProbe = table.Checked(TableField.WordMaxProbe, 0, (int)wordMask);
        longestWord = table[TableField.LongestWord];
        mergePairs = table.Section(TableSection.MergePairs);
        mergeCount = mergePairs.Length / 8;
        if (mergeCount >= 1 << (32 - ShortBits))
        {
            throw TableReader.Corrupt("merges");
        }

        mergeResults = table.Section(TableSection.MergeResults);
        if (mergePairs.Length % 8 != 0 || (mergeResults.Length != 0 && mergeResults.Length != 4 * mergeCount))
        {
            throw TableReader.Corrupt("merges");
        }

        mergeSlots = table.Slots(TableSection.MergeSlots);
        mergeMask = ((uint)mergeSlots.Length / 4) - 1;
        mergeIndexBits = table.Checked(TableField.MergeIndexBits, 1, 31);
        mergeIndexMask = (1u << mergeIndexBits) - 1;
        mergeMaxProbe = table.Checked(TableField.MergeMaxProbe, 0, (int)mergeMask);
        firstMergeId = table[TableField.FirstMergeId];
        bool hasAffixes = (flags & ModelFlags.Affixes) != 0;
        firstSymbols = table.Numbers(TableSection.FirstSymbols, (flags & ModelFlags.ByteLevel) == 0 ? 128 : hasAffixes ? 256 * TableFormat.Places : 256);
        if (hasAffixes && (flags & ModelFlags.ByteLevel) == 0)
        {
            affixedSymbols = new DoubleArray(table.Section(TableSection.Trie));
            prefixNode = table[TableField.PrefixNode];
            suffix = table.Section(TableSection.Suffix);
        }

        byteFallback = table.Numbers(TableSection.ByteFallback, (flags & ModelFlags.ByteFallback) != 0 ? 256 : 0);
        unkId = table[TableField.ModelUnkId];
    }

    /// <inheritdoc/>
    public override void Accept(byte* text, int length, bool atStart, TokenizerScratch scratch)
    {
        scratch.WordCount++;
        if ((flags & ModelFlags.CutsBeforeMetaspace) != 0)
        {
            ReadOnlySpan<byte> metaspace = [0xE2, 0x96, 0x81];
            int searched = 0;
            while (new ReadOnlySpan<byte>(text + searched, length - searched).IndexOf(metaspace) is >= 0 and var skip)
            {
                int at = searched + skip;
                searched = at + metaspace.Length;
                bool follows = at >= metaspace.Length && new ReadOnlySpan<byte>(text + at - metaspace.Length, metaspace.Length).SequenceEqual(metaspace);
                if (at > 0 && !follows)
                {
                    EncodeWord(text, at, scratch);
                    text += at;
                    length -= at;
                    searched = metaspace.Length;
                }
            }
        }

        EncodeWord(text, length, scratch);
    }

    private void EncodeWord(byte* word, int length, TokenizerScratch scratch)
    {
        if (length > MergedWords.MaxLength)
        {
            if (length <= longestWord && FindWord(word, length) is >= 0 and var whole)
            {
                scratch.Emit(whole, word, length);
                return;
            }

            Merge(word, length, null, scratch);
            return;
        }

        ulong hash = Hash(word, length);
        if (length <= longestWord && FindWord(hash, word, length) is >= 0 and var id)
        {
            scratch.Emit(id, word, length);
            return;
        }

        MergedWords.Entry* entry = scratch.MergedWords.Find(number, hash, word, length);
        if (entry->Length != 0)
        {
            Emit(entry->Ids, entry->Widths, entry->Count, word, scratch);
            return;
        }

        Merge(word, length, entry, scratch);
    }

    private static void Emit(int* ids, byte* widths, int count, byte* word, TokenizerScratch scratch)
    {
        if (scratch.Origins is null)
        {
            scratch.Emit(ids, count);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            scratch.Emit(ids[i], word, widths[i]);
            word += widths[i];
        }
    }

    /// <summary>Merges a word and emits what becomes of it.</summary>
    /// <param name="word">The word.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="entry">Where to keep the result if it is short; or null.</param>
    /// <param name="scratch">Working memory.</param>
    private void Merge(byte* word, int length, MergedWords.Entry* entry, TokenizerScratch scratch)
    {
        // at most one symbol a byte
        int* symbols = (int*)scratch.Word.Reserve(Math.Max((nuint)length, ShortWord) * sizeof(int));
        bool keepsWidths = entry != null || scratch.Origins is not null;
        int* widths = keepsWidths ? (int*)scratch.Widths.Reserve((nuint)length * sizeof(int)) : null;
        var writer = new SymbolWriter(symbols, widths, unkId, (flags & ModelFlags.FuseUnk) != 0);
        if ((flags & ModelFlags.ByteLevel) != 0)
        {
            AddBytes(word, length, ref writer);
        }
        else
        {
            AddCharacters(word, length, ref writer);
        }

        int count = writer.End();
        if (count > ShortWord)
        {
            MergeLong(count, word, widths, scratch);
            return;
        }

        if (count == 0)
        {
            return;
        }

        count = Compact(MergeShort(symbols, count), count, symbols, widths);
        if (entry != null && count <= MergedWords.MaxTokens)
        {
            entry->Set(word, length, symbols, widths, count);
        }

        if (scratch.Origins is null)
        {
            scratch.Emit(symbols, count);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            scratch.Emit(symbols[i], word, widths[i]);
            word += widths[i];
        }
    }

    private void AddBytes(byte* word, int length, ref SymbolWriter writer)
    {
        bool hasAffixes = (flags & ModelFlags.Affixes) != 0;
        for (int i = 0; i < length; i++)
        {
            int place = hasAffixes ? (i > 0 ? TableFormat.NotFirst : 0) | (i == length - 1 ? TableFormat.Last : 0) : 0;
            writer.Add(firstSymbols.Int32((256 * place) | word[i]), 1);
        }
    }

    private void AddCharacters(byte* word, int length, ref SymbolWriter writer)
    {
        byte* end = word + length;
        if ((flags & ModelFlags.Affixes) != 0)
        {
            AddAffixed(word, end, ref writer);
            return;
        }

        while (word < end)
        {
            int bytes = 1;
            int id = *word < 0x80 ? firstSymbols.Int32(*word) : -1;
            if (*word >= 0x80)
            {
                Utf8Text.Decode(word, end, out bytes);
                id = FindWord(word, bytes);
            }

            if (id >= 0 || !AddFallback(word, bytes, ref writer))
            {
                writer.Add(id, bytes);
            }

            word += bytes;
        }
    }

    private void AddAffixed(byte* word, byte* end, ref SymbolWriter writer)
    {
        for (byte* character = word; character < end;)
        {
            Utf8Text.Decode(character, end, out int bytes);
            int node = character == word ? DoubleArray.Root : prefixNode;
            node = affixedSymbols.Follow(node, character, bytes);
            if (character + bytes == end)
            {
                node = affixedSymbols.Follow(node, suffix.Start, suffix.Length);
            }

            writer.Add(affixedSymbols.Value(node), bytes);
            character += bytes;
        }
    }

    private bool AddFallback(byte* character, int bytes, ref SymbolWriter writer)
    {
        if (byteFallback.Length == 0)
        {
            return false;
        }

        for (int i = 0; i < bytes; i++)
        {
            if (byteFallback.Int32(character[i]) < 0)
            {
                return false;
            }
        }

        for (int i = 0; i < bytes; i++)
        {
            writer.AddFallback(byteFallback.Int32(character[i]));
        }

        return true;
    }

    /// <summary>The id of a word that is one token, or -1.</summary>
    private int FindWord(byte* word, int length) => FindWord(Hash(word, length), word, length);

    private int FindWord(ulong hash, byte* word, int length)
    {
        uint tag = TableFormat.Tag(hash, wordIndexBits);
        uint slot = (uint)hash & wordMask;
        for (int probe = 0; probe <= wordMaxProbe; probe++)
        {
            uint entry = wordSlots.UInt32((int)slot);
            if (entry == 0)
            {
                break;
            }

            int id = (int)(entry & wordIndexMask) - 1;
            if ((entry & ~wordIndexMask) == tag && tokens.Bytes(id).SequenceEqual(new ReadOnlySpan<byte>(word, length)))
            {
                return id;
            }

            slot = (slot + 1) & wordMask;
        }

        return -1;
    }

    /// <summary>The rank of a pair's merge, or <see cref="NoMerge"/>.</summary>
    private int FindMerge(int left, int right)
    {
        ulong hash = TableFormat.HashPair((uint)left, (uint)right);
        uint tag = TableFormat.Tag(hash, mergeIndexBits);
        ulong key = (uint)left | ((ulong)(uint)right << 32);
        uint slot = (uint)hash & mergeMask;
        for (int probe = 0; probe <= mergeMaxProbe; probe++)
        {
            uint entry = mergeSlots.UInt32((int)slot);
            if (entry == 0)
            {
                break;
            }

            uint rank = (entry & mergeIndexMask) - 1;
            if ((entry & ~mergeIndexMask) == tag && rank < (uint)mergeCount
                && Unsafe.ReadUnaligned<ulong>(mergePairs.Start + (8L * rank)) == key)
            {
                return (int)rank;
            }

            slot = (slot + 1) & mergeMask;
        }

        return NoMerge;
    }

    private int MergeResult(int rank) => mergeResults.Length == 0 ? firstMergeId + rank : mergeResults.Int32(rank);

    private static ulong Hash(byte* bytes, int length)
    {
        ulong hash = TableFormat.HashStart(length);
        for (; length >= 8; bytes += 8, length -= 8)
        {
            hash = TableFormat.HashStep(hash, Unsafe.ReadUnaligned<ulong>(bytes));
        }

        if (length >= 4)
        {
            // the two halves overlap in equal bits
            ulong high = Unsafe.ReadUnaligned<uint>(bytes + length - 4);
            return TableFormat.HashStep(hash, Unsafe.ReadUnaligned<uint>(bytes) | (high << (8 * (length - 4))));
        }

        if (length > 0)
        {
            ulong middle = (ulong)bytes[length >> 1] << (8 * (length >> 1));
            ulong last = (ulong)bytes[length - 1] << (8 * (length - 1));
            return TableFormat.HashStep(hash, bytes[0] | middle | last);
        }

        return hash;
    }
}
