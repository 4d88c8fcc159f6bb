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
    private OriginMap? originMap;
    private TracedTokens? traced;

    private TokenizerScratch()
    {
    }

    /// <summary>Frees the memory of a thread that has ended.</summary>
    ~TokenizerScratch()
    {
        Free();
        MergedWords.Free();
    }

    /// <summary>The calling thread's.</summary>
    public static TokenizerScratch Current => current ??= new TokenizerScratch();

    /// <summary>The text as valid UTF-8.</summary>
    public NativeBuffer Text;

    /// <summary>Two buffers between which normalizers go back and forth.</summary>
    public AlignedBuffer Normalized0;

    /// <summary>The other one.</summary>
    public AlignedBuffer Normalized1;

    /// <summary>Where each byte of a segment lies, before it is normalized.</summary>
    public NativeBuffer Originals;

    /// <summary>A buffer for each pre-tokenizer that changes its text.</summary>
    public NativeBuffer[] PreTokenized = new NativeBuffer[2];

    /// <summary>What each pattern, by the number of its step, remembers of the text that it is in.</summary>
    public PatternMemory[] Patterns = [];

    /// <summary>Symbols and links of the word that is being merged.</summary>
    public NativeBuffer Word;

    /// <summary>The pairs of a long word.</summary>
    public MergeQueue Merges;

    /// <summary>Positions while they are put in order.</summary>
    public NativeBuffer Order;

    /// <summary>Bytes that each symbol of that word stands for.</summary>
    public NativeBuffer Widths;

    /// <summary>Words that were merged of late.</summary>
    public MergedWords MergedWords { get; } = new();

    /// <summary>Tokens on their way through the decoders.</summary>
    public PieceList Pieces0 { get; } = new();

    /// <summary>The other list.</summary>
    public PieceList Pieces1 { get; } = new();

    /// <summary>The tokens of the first text of an encoding with offsets.</summary>
    public TracedTokens First { get; } = new();

    /// <summary>The tokens of its second text.</summary>
    public TracedTokens Second { get; } = new();

    /// <summary>The memory of a step's pattern.</summary>
    public PatternMemory PatternMemory(int step)
    {
        for (int i = Patterns.Length; i <= step; i++)
        {
            Array.Resize(ref Patterns, i + 1);
            Patterns[i] = new PatternMemory();
        }

        return Patterns[step];
    }

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

    /// <summary>What offsets are found with; null while only ids are wanted.</summary>
    public OriginMap? Origins { get; private set; }

    /// <summary>Number of words so far: whoever makes tokens of a word adds one to it, before.</summary>
    public int WordCount;

    /// <summary>Starts an encoding that keeps where its tokens come from; what follows belongs to a source that starts there.</summary>
    public void BeginTracing(TracedTokens tokens, byte* source)
    {
        Origins = originMap ??= new OriginMap();
        Origins.Reset(source);
        traced = tokens;
        Count = 0;
    }

    /// <summary>Appends an id that comes from nowhere: while only ids are wanted.</summary>
    public void Emit(int id)
    {
        if (Count >= capacity && !Grow())
        {
            Count++;
            return;
        }

        target[Count++] = id;
    }

    /// <summary>Appends ids that come from nowhere: while only ids are wanted.</summary>
    public void Emit(int* ids, int count)
    {
        if (count <= capacity - Count)
        {
            int* to = target + Count;
            for (int i = 0; i < count; i++)
            {
                to[i] = ids[i];
            }

            Count += count;
            return;
        }

        for (int i = 0; i < count; i++)
        {
            Emit(ids[i]);
        }
    }

    /// <summary>Appends a token.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="text">Where in the current text the part starts that it stands for.</param>
    /// <param name="length">Bytes of that part, at least 1.</param>
    public void Emit(int id, byte* text, int length)
    {
        if (Origins is null)
        {
            Emit(id);
        }
        else
        {
            Trace(id, text, length, -1);
        }
    }

    /// <summary>As <see cref="Emit(int, byte*, int)"/>, for a token that shows its part of the text rather than the vocabulary's entry.</summary>
    public void EmitShown(int id, byte* text, int length)
    {
        if (Origins is null)
        {
            Emit(id);
            return;
        }

        PieceList texts = traced!.Texts;
        texts.Append(new ReadOnlySpan<byte>(text, length));
        texts.Finish();
        Trace(id, text, length, texts.Count - 1);
    }

    /// <summary>Ends a call: gives back what is unusually much.</summary>
    public void End()
    {
        target = null;
        Origins = null;
        traced = null;
        WordCount = 0;
        nuint total = Text.Capacity + Normalized0.Capacity + Normalized1.Capacity + Word.Capacity + Widths.Capacity + Merges.Capacity + Order.Capacity
            + First.Capacity + Second.Capacity + Originals.Capacity + ids.Capacity + Pieces0.Capacity + Pieces1.Capacity;
        total += originMap?.Capacity ?? 0;
        foreach (NativeBuffer buffer in PreTokenized)
        {
            total += buffer.Capacity;
        }

        foreach (PatternMemory memory in Patterns)
        {
            total += memory.Capacity;
        }

        if (total > KeptBytes)
        {
            Free();
        }
    }

    private void Trace(int id, byte* text, int length, int shown)
    {
        OriginMap.View view = Origins!.Current;
        traced!.Add(new TracedToken
        {
            Id = id,
            Start = view.Start(text),
            End = length > 0 ? view.End(text + length - 1) : view.Start(text),
            Word = WordCount - 1,
            Text = shown,
        });
        Count++;
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
        Originals.Free();
        Word.Free();
        Merges.Free();
        Order.Free();
        Widths.Free();
        First.Free();
        Second.Free();
        ids.Free();
        Pieces0.Free();
        Pieces1.Free();
        originMap?.Free();
        for (int i = 0; i < PreTokenized.Length; i++)
        {
            PreTokenized[i].Free();
        }

        foreach (PatternMemory memory in Patterns)
        {
            memory.Free();
        }
    }
}
