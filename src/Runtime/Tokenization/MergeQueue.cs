using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Kiln.Tokenization;

/// <summary>
/// The pairs of a long word that can be merged, the lowest rank first, of equal ones the leftmost. A list for each rank, and a bit
/// tree over the ranks that have one: each step costs a few memory accesses however long the word is, where a heap over a word
/// beyond the cache pays for each of its levels.
/// </summary>
internal unsafe struct MergeQueue
{
    private int ranks;
    private RankList* lists;
    private ulong* bits;
    private ulong* bits64;
    private ulong* bits4096;
    private int words4096;
    private Link* links;

    /// <summary>Native memory that it holds.</summary>
    public readonly nuint Capacity => (nuint)ranks * (nuint)sizeof(RankList);

    /// <summary>Starts, without pairs.</summary>
    /// <param name="rankCount">Ranks are below this.</param>
    /// <param name="memory">Memory of <see cref="BytesPerPosition"/> for each position of the word; any content.</param>
    public void Begin(int rankCount, byte* memory)
    {
        links = (Link*)memory;
        if (rankCount <= ranks)
        {
            // a queue that has run empty is as it was made
            return;
        }

        Free();
        int words = (rankCount + 63) / 64;
        int words64 = (words + 63) / 64;
        words4096 = (words64 + 63) / 64;
        lists = (RankList*)NativeMemory.AllocZeroed((nuint)rankCount, (nuint)sizeof(RankList));
        bits = (ulong*)NativeMemory.AllocZeroed((nuint)(words + words64 + words4096), sizeof(ulong));
        bits64 = bits + words;
        bits4096 = bits64 + words64;
        ranks = rankCount;
    }

    /// <summary>Bytes of memory that a position takes.</summary>
    public static int BytesPerPosition => sizeof(Link);

    /// <summary>Adds the pair that starts at a position, which is not in it.</summary>
    public void Add(int rank, int position)
    {
        RankList* list = lists + rank;
        Link* link = links + position;
        link->Next = 0;
        link->Previous = list->Last;
        if (list->Last == 0)
        {
            list->First = position + 1;
            SetBit(rank);
        }
        else
        {
            links[list->Last - 1].Next = position + 1;
            list->Unordered |= list->Last > position;
        }

        list->Last = position + 1;
    }

    /// <summary>Takes the pair that starts at a position out.</summary>
    public void Remove(int rank, int position)
    {
        RankList* list = lists + rank;
        Link* link = links + position;
        if (link->Previous == 0)
        {
            list->First = link->Next;
        }
        else
        {
            links[link->Previous - 1].Next = link->Next;
        }

        if (link->Next == 0)
        {
            list->Last = link->Previous;
        }
        else
        {
            links[link->Next - 1].Previous = link->Previous;
        }

        if (list->First == 0)
        {
            list->Unordered = false;
            ClearBit(rank);
        }
    }

    /// <summary>Takes the first pair out.</summary>
    /// <param name="rank">Its rank.</param>
    /// <param name="position">Where it starts.</param>
    /// <param name="scratch">For putting a list in order: room for as many numbers as the word has positions.</param>
    /// <returns>False if there is none.</returns>
    public bool TryTake(out int rank, out int position, int* scratch)
    {
        rank = FirstRank();
        position = -1;
        if (rank < 0)
        {
            return false;
        }

        if (lists[rank].Unordered)
        {
            Order(lists + rank, scratch);
        }

        position = lists[rank].First - 1;
        Remove(rank, position);
        return true;
    }

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        NativeMemory.Free(lists);
        NativeMemory.Free(bits);
        lists = null;
        bits = null;
        ranks = 0;
    }

    private readonly void Order(RankList* list, int* scratch)
    {
        int count = 0;
        for (int at = list->First; at != 0; at = links[at - 1].Next)
        {
            scratch[count++] = at;
        }

        new Span<int>(scratch, count).Sort();
        int previous = 0;
        for (int i = 0; i < count; i++)
        {
            Link* link = links + scratch[i] - 1;
            link->Previous = previous;
            link->Next = i + 1 < count ? scratch[i + 1] : 0;
            previous = scratch[i];
        }

        list->First = scratch[0];
        list->Last = previous;
        list->Unordered = false;
    }

    private readonly int FirstRank()
    {
        for (int top = 0; top < words4096; top++)
        {
            if (bits4096[top] != 0)
            {
                int middle = (top * 64) + BitOperations.TrailingZeroCount(bits4096[top]);
                int low = (middle * 64) + BitOperations.TrailingZeroCount(bits64[middle]);
                return (low * 64) + BitOperations.TrailingZeroCount(bits[low]);
            }
        }

        return -1;
    }

    private readonly void SetBit(int rank)
    {
        bits[rank >> 6] |= 1UL << rank;
        bits64[rank >> 12] |= 1UL << (rank >> 6);
        bits4096[rank >> 18] |= 1UL << (rank >> 12);
    }

    private readonly void ClearBit(int rank)
    {
        if ((bits[rank >> 6] &= ~(1UL << rank)) == 0 && (bits64[rank >> 12] &= ~(1UL << (rank >> 6))) == 0)
        {
            bits4096[rank >> 18] &= ~(1UL << (rank >> 12));
        }
    }

    /// <summary>Positions, one more each so that 0 is none.</summary>
    private struct RankList
    {
        public int First;
        public int Last;
        public bool Unordered;
    }

    private struct Link
    {
        public int Next;
        public int Previous;
    }
}
