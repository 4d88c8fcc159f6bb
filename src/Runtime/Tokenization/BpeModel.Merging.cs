using System;

namespace Kiln.Tokenization;

internal sealed unsafe partial class BpeModel
{
    private const int NoMerge = int.MaxValue;

    /// <summary>Up to here searching all pairs for the lowest rank is faster than keeping a heap.</summary>
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

    /// <summary>Merges with a linked list and a heap, n log n; the symbols lie at the start of the word buffer. Emits the rest.</summary>
    private void MergeLong(int count, byte* word, int* widths, TokenizerScratch scratch)
    {
        // each merge ends one pair and makes at most two
        nuint n = (nuint)count;
        byte* memory = scratch.Word.Reserve(n * ((4 * sizeof(int)) + (3 * sizeof(ulong))) + 8);
        int* symbols = (int*)memory;
        int* next = symbols + count;
        int* previous = next + count;
        int* ranks = previous + count;
        ulong* heap = (ulong*)(ranks + count);
        int size = 0;
        for (int i = 0; i < count; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
            ranks[i] = i + 1 < count ? FindMerge(symbols[i], symbols[i + 1]) : NoMerge;
            if (ranks[i] != NoMerge)
            {
                Push(heap, ref size, Key(ranks[i], i));
            }
        }

        while (size > 0)
        {
            ulong top = Pop(heap, ref size);
            int left = (int)(uint)top;
            if (ranks[left] != (int)(top >> 32))
            {
                // the pair has changed since
                continue;
            }

            int right = next[left];
            symbols[left] = MergeResult(ranks[left]);
            ranks[right] = NoMerge;
            next[left] = next[right];
            if (next[left] < count)
            {
                previous[next[left]] = left;
                Renew(left);
            }
            else
            {
                ranks[left] = NoMerge;
            }

            if (previous[left] >= 0)
            {
                Renew(previous[left]);
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

        void Renew(int at)
        {
            ranks[at] = FindMerge(symbols[at], symbols[next[at]]);
            if (ranks[at] != NoMerge)
            {
                Push(heap, ref size, Key(ranks[at], at));
            }
        }
    }

    private static ulong Key(int rank, int position) => ((ulong)(uint)rank << 32) | (uint)position;

    private static void Push(ulong* heap, ref int size, ulong key)
    {
        int i = size++;
        while (i > 0)
        {
            int parent = (i - 1) >> 2;
            if (heap[parent] <= key)
            {
                break;
            }

            heap[i] = heap[parent];
            i = parent;
        }

        heap[i] = key;
    }

    private static ulong Pop(ulong* heap, ref int size)
    {
        ulong top = heap[0];
        ulong last = heap[--size];
        int i = 0;
        while (true)
        {
            int child = (4 * i) + 1;
            if (child >= size)
            {
                break;
            }

            int least = child;
            int end = Math.Min(child + 4, size);
            for (int j = child + 1; j < end; j++)
            {
                if (heap[j] < heap[least])
                {
                    least = j;
                }
            }

            if (heap[least] >= last)
            {
                break;
            }

            heap[i] = heap[least];
            i = least;
        }

        heap[i] = last;
        return top;
    }
}
