using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kiln.Tokenization;

internal sealed unsafe partial class BpeModel
{
    private const int NoMerge = int.MaxValue;

    /// <summary>Up to here searching all pairs for the lowest rank is faster than keeping a queue.</summary>
    private const int ShortWord = 32;

    private const int ShortBits = 5;

    /// <summary>
    /// Merges at most <see cref="ShortWord"/> symbols in place: searches the lowest rank again and again. A pair's rank and place are one
    /// number, so that the smallest is also the leftmost.
    /// </summary>
    /// <returns>A bit for each symbol that is left, at its first place.</returns>
    [SkipLocalsInit]
    private uint MergeShort(int* symbols, int count)
    {
        uint* keys = stackalloc uint[ShortWord];
        int vectors = (count + 7) >> 3;
        for (int i = 0; i < vectors; i++)
        {
            Vector256<uint>.AllBitsSet.Store(keys + (8 * i));
        }

        for (int i = 0; i + 1 < count; i++)
        {
            keys[i] = ShortKey(FindMerge(symbols[i], symbols[i + 1]), i);
        }

        uint alive = uint.MaxValue >> (ShortWord - count);
        while (true)
        {
            Vector256<uint> least = Vector256.Load(keys);
            for (int i = 1; i < vectors; i++)
            {
                least = Vector256.Min(least, Vector256.Load(keys + (8 * i)));
            }

            Vector128<uint> half = Vector128.Min(least.GetLower(), least.GetUpper());
            half = Vector128.Min(half, Vector128.Shuffle(half, Vector128.Create(2u, 3, 0, 1)));
            uint best = Math.Min(half.ToScalar(), half.GetElement(1));
            if (best == uint.MaxValue)
            {
                return alive;
            }

            int left = (int)best & (ShortWord - 1);
            symbols[left] = MergeResult((int)(best >> ShortBits));
            int right = left + 1 + BitOperations.TrailingZeroCount(alive >> left >> 1);
            alive &= ~(1u << right);
            keys[right] = uint.MaxValue;
            uint behind = alive >> left >> 1;
            keys[left] = behind == 0
                ? uint.MaxValue
                : ShortKey(FindMerge(symbols[left], symbols[left + 1 + BitOperations.TrailingZeroCount(behind)]), left);
            uint before = alive & ((1u << left) - 1);
            if (before != 0)
            {
                int previous = BitOperations.Log2(before);
                keys[previous] = ShortKey(FindMerge(symbols[previous], symbols[left]), previous);
            }
        }
    }

    /// <summary>The symbols that are left of a short word, moved together, and with them the bytes that each stands for.</summary>
    private static int Compact(uint alive, int count, int* symbols, int* widths)
    {
        int kept = 0;
        while (alive != 0)
        {
            int at = BitOperations.TrailingZeroCount(alive);
            alive &= alive - 1;
            int end = alive == 0 ? count : BitOperations.TrailingZeroCount(alive);
            symbols[kept] = symbols[at];
            if (widths != null)
            {
                int width = 0;
                for (int i = at; i < end; i++)
                {
                    width += widths[i];
                }

                widths[kept] = width;
            }

            kept++;
        }

        return kept;
    }

    private static uint ShortKey(int rank, int place) => rank == NoMerge ? uint.MaxValue : ((uint)rank << ShortBits) | (uint)place;

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
