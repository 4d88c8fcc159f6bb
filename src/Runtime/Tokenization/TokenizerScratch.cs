using System;

namespace Kiln.Tokenization;

/// <summary>
/// The working memory of encoding and decoding: one per thread, native, kept between calls, so that a tokenizer has no state,
/// serves any number of threads, and leaves nothing to the garbage collector. Freed when the thread is gone.
/// </summary>
internal sealed unsafe class TokenizerScratch
{
    /// <summary>More than this is given back at the end of a call.</summary>
    private const nuint KeptBytes = 16 << 20;

    [ThreadStatic]
    private static TokenizerScratch? current;

    private int* target;
    private int capacity;
    private bool grows;
    private NativeBuffer ids;

    private TokenizerScratch()
    {
    }

    /// <summary>Frees the memory of a thread that has ended.</summary>
    ~TokenizerScratch() => Free();

    /// <summary>The calling thread's.</summary>
    public static TokenizerScratch Current => current ??= new TokenizerScratch();

    /// <summary>The text as valid UTF-8.</summary>
    public NativeBuffer Text;

    /// <summary>Two buffers between which normalizers go back and forth.</summary>
    public NativeBuffer Normalized0;

    /// <summary>The other one.</summary>
    public NativeBuffer Normalized1;

    /// <summary>A buffer for each pre-tokenizer that changes its text.</summary>
    public NativeBuffer[] PreTokenized = new NativeBuffer[2];

    /// <summary>Symbols and links of the word that is being merged.</summary>
    public NativeBuffer Word;

    /// <summary>Tokens on their way through the decoders.</summary>
    public PieceList Pieces0 { get; } = new();

    /// <summary>The other list.</summary>
    public PieceList Pieces1 { get; } = new();

    /// <summary>Number of ids emitted, also of those for which there was no room.</summary>
    public int Count { get; private set; }

    /// <summary>The ids, where they go to this buffer.</summary>
    public ReadOnlySpan<int> Ids => new(target, Count);

    /// <summary>Starts an encoding whose ids go to the caller's memory as far as there is room.</summary>
    public void Begin(int* ids, int room)
    {
        target = ids;
        capacity = room;
        grows = false;
        Count = 0;
    }

    /// <summary>Starts an encoding whose ids go to a buffer of this object.</summary>
    public void BeginGrowing()
    {
        target = (int*)ids.Reserve(4096);
        capacity = (int)Math.Min(ids.Capacity / sizeof(int), int.MaxValue);
        grows = true;
        Count = 0;
    }

    /// <summary>Appends an id.</summary>
    public void Emit(int id)
    {
        if (Count >= capacity && !Grow())
        {
            Count++;
            return;
        }

        target[Count++] = id;
    }

    /// <summary>Ends a call: gives back what is unusually much.</summary>
    public void End()
    {
        target = null;
        nuint total = Text.Capacity + Normalized0.Capacity + Normalized1.Capacity + Word.Capacity + ids.Capacity + Pieces0.Capacity + Pieces1.Capacity;
        foreach (NativeBuffer buffer in PreTokenized)
        {
            total += buffer.Capacity;
        }

        if (total > KeptBytes)
        {
            Free();
        }
    }

    private bool Grow()
    {
        if (!grows)
        {
            return false;
        }

        target = (int*)ids.Reserve((nuint)(Count + 1L) * sizeof(int));
        capacity = (int)Math.Min(ids.Capacity / sizeof(int), int.MaxValue);
        return true;
    }

    private void Free()
    {
        Text.Free();
        Normalized0.Free();
        Normalized1.Free();
        Word.Free();
        ids.Free();
        Pieces0.Free();
        Pieces1.Free();
        for (int i = 0; i < PreTokenized.Length; i++)
        {
            PreTokenized[i].Free();
        }
    }
}
