using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Kiln.Tokenization;

/// <summary>
/// What merging made of words of late, so that a word that comes again is not merged again. Belongs to a thread; of fixed size, a
/// new word takes the place of an old one. Holds for one model at a time.
/// </summary>
internal sealed unsafe class MergedWords
{
    /// <summary>Bytes of the longest word that is kept.</summary>
    public const int MaxLength = 32;

    /// <summary>Tokens of the longest result that is kept.</summary>
    public const int MaxTokens = 20;

    private const int EntryCount = 1 << 13;

    private static int models;

    private Entry* entries;
    private int model;

    /// <summary>A number for a model.</summary>
    public static int NewModel() => Interlocked.Increment(ref models);

    /// <summary>Finds a word.</summary>
    /// <param name="owner">The model's number.</param>
    /// <param name="hash">The word's hash.</param>
    /// <param name="word">The word.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>Its place; what stands there is the word only if <see cref="Entry.Length"/> is not 0.</returns>
    public Entry* Find(int owner, ulong hash, byte* word, int length)
    {
        if (model != owner)
        {
            Clear(owner);
        }

        Entry* entry = entries + ((hash >> 24) & (EntryCount - 1));
        bool found = entry->Length == length && new ReadOnlySpan<byte>(entry->Word, length).SequenceEqual(new ReadOnlySpan<byte>(word, length));
        if (!found)
        {
            entry->Length = 0;
        }

        return entry;
    }

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        NativeMemory.Free(entries);
        entries = null;
        model = 0;
    }

    private void Clear(int owner)
    {
        if (entries == null)
        {
            entries = (Entry*)NativeMemory.AllocZeroed(EntryCount, (nuint)sizeof(Entry));
        }
        else
        {
            NativeMemory.Clear(entries, EntryCount * (nuint)sizeof(Entry));
        }

        model = owner;
    }

    /// <summary>A word and its tokens.</summary>
    internal struct Entry
    {
        /// <summary>The tokens.</summary>
        public fixed int Ids[MaxTokens];

        /// <summary>The word.</summary>
        public fixed byte Word[MaxLength];

        /// <summary>Bytes of the word that each token stands for.</summary>
        public fixed byte Widths[MaxTokens];

        /// <summary>Bytes of the word; 0 for none.</summary>
        public byte Length;

        /// <summary>Number of tokens.</summary>
        public byte Count;

        /// <summary>Keeps a word.</summary>
        public void Set(byte* word, int length, int* ids, int* widths, int count)
        {
            for (int i = 0; i < count; i++)
            {
                Ids[i] = ids[i];
                Widths[i] = (byte)widths[i];
            }

            for (int i = 0; i < length; i++)
            {
                Word[i] = word[i];
            }

            Length = (byte)length;
            Count = (byte)count;
        }
    }
}
