using System;

namespace Kiln.Tokenization;

/// <summary>
/// Knows for each byte of the current text which bytes of the source text it stands for, while an encoding with offsets runs.
/// Whatever changes a text tells it what became of which part; follows <c>NormalizedString</c>
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
                sum += level.Pairs.Capacity;
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
    /// <param name="level">Whose memory it goes to: not that of the current text. Normalizers use 0 and 1 in turn.</param>
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
        int* to = Reserve(bytes);
        for (int i = 0; i < bytes; i++)
        {
            to[2 * i] = current.Start(text + i);
            to[(2 * i) + 1] = current.End(text + i);
        }
    }

    /// <summary>The next bytes of the output stand for a part of the current text.</summary>
    /// <param name="text">Where the part starts in the current text.</param>
    /// <param name="length">Its bytes, at least 1.</param>
    /// <param name="bytes">Bytes of the output.</param>
    public void Replace(byte* text, int length, int bytes)
    {
        int* to = Reserve(bytes);
        int start = current.Start(text);
        int end = current.End(text + length - 1);
        for (int i = 0; i < bytes; i++)
        {
            to[2 * i] = start;
            to[(2 * i) + 1] = end;
        }
    }

    /// <summary>The next bytes of the output stand for nothing, at the start of the source.</summary>
    public void Insert(int bytes) => new Span<int>(Reserve(bytes), 2 * bytes).Clear();

    /// <summary>The output is complete and becomes the current text.</summary>
    /// <param name="text">Where it starts.</param>
    public void End(byte* text) => current = new View(text, (int*)levels[building].Pairs.Pointer);

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        for (int i = 0; i < levels.Length; i++)
        {
            levels[i].Pairs.Free();
        }
    }

    private int* Reserve(int bytes)
    {
        int* start = (int*)levels[building].Pairs.Reserve((nuint)(count + (long)bytes + 1) * (2 * sizeof(int))) + (2L * count);
        count += bytes;
        return start;
    }

    /// <summary>A text and what its bytes stand for.</summary>
    internal readonly struct View(byte* text, int* pairs)
    {
        private readonly byte* text = text;
        private readonly int* pairs = pairs;

        /// <summary>Where in the source the part starts that a byte stands for.</summary>
        public int Start(byte* at) => pairs == null ? (int)(at - text) : pairs[2 * (at - text)];

        /// <summary>Where in the source the part ends that a byte stands for.</summary>
        public int End(byte* at) => pairs == null ? (int)(at - text) + 1 : pairs[(2 * (at - text)) + 1];
    }

    private struct Level
    {
        public NativeBuffer Pairs;
    }
}
