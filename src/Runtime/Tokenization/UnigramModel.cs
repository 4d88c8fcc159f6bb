using System;
using System.Runtime.CompilerServices;

namespace Kiln.Tokenization;

/// <summary>
/// <c>Unigram</c>: the cut of a word with the largest sum of scores, found from left to right. Follows <c>encode_optimized</c> in
/// tokenizers/src/models/unigram/model.rs: sums are doubles, and only a larger one replaces what is there.
/// </summary>
internal sealed unsafe class UnigramModel : PieceSink
{
    private readonly DoubleArray trie;
    private readonly byte* scores;
    private readonly int idCount;
    private readonly double unknownScore;
    private readonly int unkId;
    private readonly TablePart byteFallback;

    /// <summary>Checks the model's sections.</summary>
    public UnigramModel(in TableReader table)
    {
        trie = new DoubleArray(table.Section(TableSection.Trie));
        TablePart part = table.Section(TableSection.Scores);
        if (part.Length < 8 || part.Length % 8 != 0)
        {
            throw TableReader.Corrupt("scores");
        }

        scores = part.Start;
        idCount = (part.Length / 8) - 1;
        unknownScore = Unsafe.ReadUnaligned<double>(scores + (8L * idCount));
        unkId = table[TableField.ModelUnkId];
        byteFallback = table.Section(TableSection.ByteFallback);
        if (byteFallback.Length is not (0 or 1024))
        {
            throw TableReader.Corrupt("byte fallback");
        }
    }

    /// <inheritdoc/>
    public override void Accept(byte* text, int length, bool atStart, TokenizerScratch scratch)
    {
        scratch.WordCount++;
        int whole = trie.Value(trie.Follow(DoubleArray.Root, text, length));
        if (whole >= TableFormat.WholePiece)
        {
            scratch.Emit(whole - TableFormat.WholePiece, text, length);
            return;
        }

        // for each place in the word: the best sum up to there, where the last piece of it starts, which piece it is
        nuint places = (nuint)length + 1;
        double* sums = (double*)scratch.Word.Reserve(places * (sizeof(double) + (2 * sizeof(int))));
        int* starts = (int*)(sums + places);
        int* ids = starts + places;
        Search(text, length, sums, starts, ids);

        // the sums are not needed any more: their place takes where the piece that starts somewhere ends
        int* ends = (int*)sums;
        for (int end = length; end > 0; end = starts[end])
        {
            ends[starts[end]] = end;
        }

        for (int start = 0; start < length;)
        {
            int end = ends[start];
            if (ids[end] != unkId)
            {
                scratch.Emit(ids[end], text + start, end - start);
            }
            else
            {
                while (end < length && ids[ends[end]] == unkId)
                {
                    end = ends[end];
                }

                EmitUnknown(text + start, end - start, scratch);
            }

            start = end;
        }
    }

    private void Search(byte* text, int length, double* sums, int* starts, int* ids)
    {
        new Span<int>(starts, length + 1).Fill(-1);
        sums[0] = 0;
        byte* end = text + length;
        for (int start = 0; start < length;)
        {
            double sum = sums[start];
            int single = start + Math.Min(Utf8Text.SequenceLength(text[start]), length - start);
            bool hasSingle = false;
            int node = DoubleArray.Root;
            for (byte* p = text + start; p < end;)
            {
                node = trie.Child(node, *p++);
                if (node < 0)
                {
                    break;
                }

                int value = trie.Value(node);
                if (value < 0)
                {
                    continue;
                }

                int id = value & ~TableFormat.WholePiece;
                int place = (int)(p - text);
                double total = (id < idCount ? Unsafe.ReadUnaligned<double>(scores + (8L * id)) : 0) + sum;
                if (starts[place] < 0 || total > sums[place])
                {
                    sums[place] = total;
                    starts[place] = start;
                    ids[place] = id;
                }

                hasSingle |= place == single;
            }

            if (!hasSingle)
            {
                double total = unknownScore + sum;
                if (starts[single] < 0 || total > sums[single])
                {
                    sums[single] = total;
                    starts[single] = start;
                    ids[single] = unkId;
                }
            }

            start = single;
        }
    }

    /// <summary>Neighbouring unknowns are one token, or all their bytes.</summary>
    private void EmitUnknown(byte* text, int length, TokenizerScratch scratch)
    {
        // the unknown token itself may be written in the text, and several together may be an entry
        int entry = trie.Value(trie.Follow(DoubleArray.Root, text, length));
        if (entry >= 0)
        {
            scratch.Emit(entry & ~TableFormat.WholePiece, text, length);
            return;
        }

        bool hasBytes = byteFallback.Length > 0;
        for (int i = 0; i < length && hasBytes; i++)
        {
            hasBytes = byteFallback.Int32(text[i]) >= 0;
        }

        if (hasBytes)
        {
            for (int i = 0; i < length; i++)
            {
                scratch.Emit(byteFallback.Int32(text[i]), text, length);
            }
        }
        else if (unkId >= 0)
        {
            scratch.EmitShown(unkId, text, length);
        }
    }
}
