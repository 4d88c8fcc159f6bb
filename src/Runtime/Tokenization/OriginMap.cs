using System;

namespace Kiln.Tokenization;

/// <summary>
/// Knows for each byte of the current text which bytes of the source text it stands for, while an encoding with offsets runs.
/// A pre-tokenizer that changes a text tells it what became of which part; follows <c>NormalizedString</c>
/// (tokenizers/src/tokenizer/normalizer.rs).
/// </summary>
/// <remarks>
/// A step that changes the text calls <see cref="Begin"/>, then <see cref="Keep"/> and <see cref="Replace"/> for its whole output
/// from left to right, then <see cref="End"/>. A part of the input that is in neither simply disappears. What one character
/// stands for need not be a whole number of characters: the ends are rounded to characters when they are read out.
/// </remarks>
internal sealed unsafe class OriginMap
{
    private Level[] levels = new Level[4];
    private int building;
    private int count;
    private View current;

    /// <summary>Native memory that it holds.</summary>
    public nuint Capacity
    {
        get
        {
            nuint sum = 0;
            foreach (Level level in levels)
            {
                sum += level.Ranges.Capacity;
            }

            return sum;
        }
    }

    /// <summary>What the current text stands for. Set it back where a step's output has been dealt with.</summary>
    public View Current
    {
        get => current;
        set => current = value;
    }

    /// <summary>Starts with a text that lies in the source as it is.</summary>
    /// <param name="source">Where the source starts.</param>
    public void Reset(byte* source) => current = new View(source, null);

    /// <summary>Starts a text that is made from the current one.</summary>
    /// <param name="level">Whose memory it goes to: not that of the current text. Each pre-tokenizer has its own.</param>
    public void Begin(int level)
    {
        if (level >= levels.Length)
        {
            Array.Resize(ref levels, level + 4);
        }

        building = level;
        count = 0;
    }

    /// <summary>The next bytes of the output are bytes of the current text, each standing for what it stood for.</summary>
    /// <param name="text">Where they start in the current text.</param>
    /// <param name="bytes">How many.</param>
    public void Keep(byte* text, int bytes)
    {
        ByteRange* to = Reserve(bytes);
        for (int i = 0; i < bytes; i++)
        {
            to[i] = new ByteRange(current.Start(text + i), current.End(text + i));
        }
    }

    /// <summary>The next bytes of the output stand for a part of the current text.</summary>
    /// <param name="text">Where the part starts in the current text.</param>
    /// <param name="length">Its bytes, at least 1.</param>
    /// <param name="bytes">Bytes of the output.</param>
    public void Replace(byte* text, int length, int bytes)
    {
        ByteRange* to = Reserve(bytes);
        new Span<ByteRange>(to, bytes).Fill(new ByteRange(current.Start(text), current.End(text + length - 1)));
    }

    /// <summary>The output is complete and becomes the current text.</summary>
    /// <param name="text">Where it starts.</param>
    public void End(byte* text) => current = new View(text, (ByteRange*)levels[building].Ranges.Pointer);

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        for (int i = 0; i < levels.Length; i++)
        {
            levels[i].Ranges.Free();
        }
    }

    private ByteRange* Reserve(int bytes)
    {
        ByteRange* start = (ByteRange*)levels[building].Ranges.Reserve((nuint)(count + (long)bytes + 1) * (nuint)sizeof(ByteRange)) + count;
        count += bytes;
        return start;
    }

    /// <summary>A text and what its bytes stand for.</summary>
    internal readonly struct View(byte* text, ByteRange* ranges)
    {
        private readonly byte* text = text;
        private readonly ByteRange* ranges = ranges;

        /// <summary>Where in the source the part starts that a byte stands for.</summary>
        public int Start(byte* at) => ranges == null ? (int)(at - text) : ranges[at - text].Start;

        /// <summary>Where in the source the part ends that a byte stands for.</summary>
        public int End(byte* at) => ranges == null ? (int)(at - text) + 1 : ranges[at - text].End;
    }

    private struct Level
    {
        public NativeBuffer Ranges;
    }
}
