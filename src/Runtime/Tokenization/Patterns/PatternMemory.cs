using System;

namespace Kiln.Tokenization;

/// <summary>
/// What a pattern remembers while it goes through a text: the results of look-aheads, and rows and places from which a run led to no
/// further match, so that it is not made again from another start. That keeps the time linear (Reps, "Maximal-munch tokenization in linear
/// time", 1998).
/// </summary>
internal sealed unsafe class PatternMemory
{
    private const int MaxEntries = 1 << 22;

    private NativeBuffer flags;
    private NativeBuffer slots;
    private NativeBuffer visits;
    private int slotCount;
    private int entries;
    private int visitCount;

    /// <summary>The results of look-aheads, a bit each, for each place.</summary>
    public byte* Flags => flags.Pointer;

    /// <summary>Characters that patterns have looked at: tells tests what a text costs.</summary>
    public long Steps { get; set; }

    /// <summary>Native memory that it holds.</summary>
    public nuint Capacity => flags.Capacity + slots.Capacity + visits.Capacity;

    /// <summary>Forgets the text before.</summary>
    public void Begin()
    {
        visitCount = 0;
        if (entries > 0)
        {
            new Span<ulong>(slots.Pointer, slotCount).Clear();
            entries = 0;
        }
    }

    /// <summary>Makes room for the results of look-aheads.</summary>
    public byte* ReserveFlags(long bytes) => flags.ReserveText(bytes);

    /// <summary>Notes that a run is in a row at a place, no match since another place.</summary>
    /// <returns>False if it is known that no further match comes.</returns>
    public bool Visit(int row, int position, int since)
    {
        ulong key = ((ulong)(uint)row << 32) | (uint)position;
        if (entries > 0 && Contains(key))
        {
            return false;
        }

        ulong* list = (ulong*)visits.Reserve((nuint)(visitCount + 1L) * sizeof(ulong));

        // what was visited before the last match did lead to one
        if (visitCount > 0 && (int)(uint)list[visitCount - 1] <= since)
        {
            visitCount = 0;
        }

        list[visitCount++] = key;
        return true;
    }

    /// <summary>A run is over: nothing that it visited behind its last match is worth a second look.</summary>
    public void End(int since)
    {
        for (int i = 0; i < visitCount; i++)
        {
            ulong key = ((ulong*)visits.Pointer)[i];
            if ((int)(uint)key > since && entries < MaxEntries)
            {
                Add(key);
            }
        }

        visitCount = 0;
    }

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        flags.Free();
        slots.Free();
        visits.Free();
        slotCount = 0;
        entries = 0;
    }

    private static uint Hash(ulong key) => (uint)((key * 0x9E37_79B9_7F4A_7C15UL) >> 32);

    private bool Contains(ulong key)
    {
        ulong* table = (ulong*)slots.Pointer;
        for (uint i = Hash(key); ; i++)
        {
            ulong found = table[i & (uint)(slotCount - 1)];
            if (found == key || found == 0)
            {
                return found == key;
            }
        }
    }

    private void Add(ulong key)
    {
        if (2 * entries >= slotCount)
        {
            Grow();
        }

        entries += Insert(key) ? 1 : 0;
    }

    /// <summary>Rows of visits are not 0, so no key is.</summary>
    private bool Insert(ulong key)
    {
        ulong* table = (ulong*)slots.Pointer;
        for (uint i = Hash(key); ; i++)
        {
            ref ulong found = ref table[i & (uint)(slotCount - 1)];
            if (found == key)
            {
                return false;
            }

            if (found == 0)
            {
                found = key;
                return true;
            }
        }
    }

    private void Grow()
    {
        int before = slotCount;
        slotCount = Math.Max(256, 2 * before);
        ulong* table = (ulong*)slots.Reserve((nuint)slotCount * sizeof(ulong));
        if (before == 0)
        {
            new Span<ulong>(table, slotCount).Clear();
            return;
        }

        // the old entries move through the list of visits, whose own content lies before them
        nuint kept = (nuint)visitCount * sizeof(ulong);
        ulong* old = (ulong*)(visits.Reserve(kept + ((nuint)before * sizeof(ulong))) + kept);
        new Span<ulong>(table, before).CopyTo(new Span<ulong>(old, before));
        new Span<ulong>(table, slotCount).Clear();
        for (int i = 0; i < before; i++)
        {
            if (old[i] != 0)
            {
                Insert(old[i]);
            }
        }
    }
}
