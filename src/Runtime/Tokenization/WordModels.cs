using System;

namespace Kiln.Tokenization;

/// <summary><c>WordPiece</c>: of what is left of a word always the longest token (tokenizers/src/models/wordpiece/mod.rs).</summary>
internal sealed unsafe class WordPieceModel : PieceSink
{
    private readonly DoubleArray trie;
    private readonly int prefixNode;
    private readonly int maxLength;
    private readonly int unkId;

    /// <summary>Checks the model's sections.</summary>
    public WordPieceModel(in TableReader table)
    {
        trie = new DoubleArray(table.Section(TableSection.Trie));
        prefixNode = table.Checked(TableField.PrefixNode, -1, (table.Section(TableSection.Trie).Length / 8) - 1);
        maxLength = table.Checked(TableField.MaxWordLength, 0, int.MaxValue);
        unkId = table[TableField.ModelUnkId];
    }

    /// <inheritdoc/>
    public override void Accept(byte* text, int length, bool atStart, TokenizerScratch scratch)
    {
        scratch.WordCount++;
        if (length > maxLength && Utf8Text.CountCharacters(text, length) > maxLength)
        {
            scratch.Emit(unkId, text, length);
            return;
        }

        byte* end = text + length;
        byte* rest = Longest(DoubleArray.Root, text, end, out int id);
        if (rest == end)
        {
            scratch.Emit(id, text, length);
            return;
        }

        // ids and ends; not emitted before the whole word is known to be tokens
        int* found = (int*)scratch.Word.Reserve((nuint)length * 2 * sizeof(int));
        int count = 0;
        while (rest != null)
        {
            found[2 * count] = id;
            found[(2 * count) + 1] = (int)(rest - text);
            count++;
            if (rest == end)
            {
                break;
            }

            rest = prefixNode < 0 ? null : Longest(prefixNode, rest, end, out id);
        }

        if (rest == null)
        {
            scratch.Emit(unkId, text, length);
            return;
        }

        int start = 0;
        for (int i = 0; i < count; i++)
        {
            int stop = found[(2 * i) + 1];
            scratch.Emit(found[2 * i], text + start, stop - start);
            start = stop;
        }
    }

    /// <summary>Where the longest token ends; null if there is none.</summary>
    private byte* Longest(int node, byte* text, byte* end, out int id)
    {
        byte* longest = null;
        id = -1;
        for (byte* p = text; p < end;)
        {
            node = trie.Child(node, *p++);
            if (node < 0)
            {
                break;
            }

            int value = trie.Value(node);
            if (value >= 0)
            {
                id = value;
                longest = p;
            }
        }

        return longest;
    }
}

/// <summary><c>WordLevel</c>: a word is a token or unknown (tokenizers/src/models/wordlevel/mod.rs).</summary>
internal sealed unsafe class WordLevelModel : PieceSink
{
    private readonly DoubleArray trie;
    private readonly int unkId;

    /// <summary>Checks the model's sections.</summary>
    public WordLevelModel(in TableReader table)
    {
        trie = new DoubleArray(table.Section(TableSection.Trie));
        unkId = table[TableField.ModelUnkId];
    }

    /// <inheritdoc/>
    public override void Accept(byte* text, int length, bool atStart, TokenizerScratch scratch)
    {
        scratch.WordCount++;
        int id = trie.Value(trie.Follow(DoubleArray.Root, text, length));
        scratch.Emit(id >= 0 ? id : unkId, text, length);
    }
}
