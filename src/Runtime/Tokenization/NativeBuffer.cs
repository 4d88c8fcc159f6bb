using System;
using System.Runtime.InteropServices;

namespace Kiln.Tokenization;

/// <summary>Native memory that grows and is kept for the next use. Its owner frees it.</summary>
internal unsafe struct NativeBuffer
{
    /// <summary>Texts, tokens and their intermediate forms stay below it, so that lengths fit an int.</summary>
    public const long MaxBytes = int.MaxValue - 64;

    private byte* pointer;
    private nuint capacity;

    /// <summary>Where it starts; null before the first <see cref="Reserve"/>.</summary>
    public readonly byte* Pointer => pointer;

    /// <summary>Bytes that it has.</summary>
    public readonly nuint Capacity => capacity;

    /// <summary>Makes it hold at least a number of bytes; what it held before stays.</summary>
    public byte* Reserve(nuint bytes)
    {
        if (bytes > capacity)
        {
            nuint size = Math.Max(bytes, Math.Max(2 * capacity, 1024));
            pointer = (byte*)NativeMemory.Realloc(pointer, size);
            capacity = size;
        }

        return pointer;
    }

    /// <summary>As <see cref="Reserve"/> for a text.</summary>
    /// <exception cref="ArgumentException">The text would be 2 GB or more.</exception>
    public byte* ReserveText(long bytes) =>
        bytes <= MaxBytes ? Reserve((nuint)bytes) : throw new ArgumentException("The text, or one of its intermediate forms, is longer than 2 GB.");

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        NativeMemory.Free(pointer);
        pointer = null;
        capacity = 0;
    }
}
