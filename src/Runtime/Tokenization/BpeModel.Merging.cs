using System;

namespace Kiln.Tokenization;

internal sealed unsafe partial class BpeModel
{
    private const int NoMerge = int.MaxValue;

    /// <summary>Up to here searching all pairs for the lowest rank is faster than keeping a queue.</summary>
    private const int ShortWord = 32;

    /// <summary>Whether merging adds up the bytes that symbols stand for; a type, so that the compiler makes two versions.</summary>
    private interface ITracing
    {
        static abstract bool On { get; }
    }

    private readonly struct Traced : ITracing
    {
        public static bool On => true;
    }

    private readonly struct Untraced : ITracing
    {
        public static bool On => false;
    }

    /// <summary>Merges in place, quadratic; returns how many symbols are left.</summary>
    private int MergeShort<TTracing>(int* symbols, int* ranks, int* widths, int count)
        where TTracing : struct, ITracing
    {
        for (int i = 0; i + 1 < count; i++)
        {
            ranks[i] = FindMerge(symbols[i], symbols[i + 1]);
        }

        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i < count - 1; i++)
            {
                if (ranks[i] < ranks[best])
                {
                    best = i;
                }
            }

            if (ranks[best] == NoMerge)
            {
                break;
            }

            symbols[best] = MergeResult(ranks[best]);
            if (TTracing.On)
            {
                widths[best] += widths[best + 1];
            }

            count--;
            for (int i = best + 1; i < count; i++)
            {
                symbols[i] = symbols[i + 1];
                if (TTracing.On)
                {
                    widths[i] = widths[i + 1];
                }

                ranks[i - 1] = ranks[i];
            }

            if (best > 0)
            {
                ranks[best - 1] = FindMerge(symbols[best - 1], symbols[best]);
            }

            if (best + 1 < count)
            {
                ranks[best] = FindMerge(symbols[best], symbols[best + 1]);
            }
        }

        return count;
    }

    /// <summary>Merges with linked lists and a queue over them; the symbols lie at the start of the word buffer. Emits the rest.</summary>
    private void MergeLong(int count, byte* word, int* widths, TokenizerScratch scratch)
    {
        nuint n = (nuint)count;
        int* symbols = (int*)scratch.Word.Reserve(n * (nuint)((4 * sizeof(int)) + MergeQueue.BytesPerPosition));
        int* next = symbols + count;
        int* previous = next + count;
        int* ranks = previous + count;
        ref MergeQueue queue = ref scratch.Merges;
        queue.Begin(mergeCount, (byte*)(ranks + count));
        for (int i = 0; i < count; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
            ranks[i] = NoMerge;
            if (i + 1 < count)
            {
                Renew(ref queue, symbols, ranks, i, i + 1);
            }
        }

        int* order = (int*)scratch.Order.Reserve(n * sizeof(int));
        while (queue.TryTake(out int rank, out int left, order))
        {
            int right = next[left];
            symbols[left] = MergeResult(rank);
            if (ranks[right] != NoMerge)
            {
                queue.Remove(ranks[right], right);
                ranks[right] = NoMerge;
            }

            ranks[left] = NoMerge;
            next[left] = next[right];
            int before = previous[left];
            if (before >= 0)
            {
                if (ranks[before] != NoMerge)
                {
                    queue.Remove(ranks[before], before);
                }

                Renew(ref queue, symbols, ranks, before, left);
            }

            if (next[left] < count)
            {
                previous[next[left]] = left;
                Renew(ref queue, symbols, ranks, left, next[left]);
            }
        }

        for (int i = 0; i < count; i = next[i])
        {
            if (widths == null)
            {
                scratch.Emit(symbols[i]);
                continue;
            }

            int width = 0;
            for (int j = i; j < next[i]; j++)
            {
                width += widths[j];
            }

            scratch.Emit(symbols[i], word, width);
            word += width;
        }
    }

    /// <summary>Looks up what a symbol and the one behind it give.</summary>
    private void Renew(ref MergeQueue pairs, int* symbols, int* ranks, int at, int following)
    {
        ranks[at] = FindMerge(symbols[at], symbols[following]);
        if (ranks[at] != NoMerge)
        {
            pairs.Add(ranks[at], at);
        }
    }
}
