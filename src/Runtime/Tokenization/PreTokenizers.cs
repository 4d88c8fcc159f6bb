using System;

namespace Kiln.Tokenization;

/// <summary>What takes pieces of text one by one: a pre-tokenizer that cuts them further, or the model at the end of the chain.</summary>
internal abstract unsafe class PieceSink
{
    /// <summary>Takes a piece.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="length">Its bytes, not 0.</param>
    /// <param name="atStart">Whether it starts where the user's text starts.</param>
    /// <param name="scratch">Working memory; ids are emitted here.</param>
    public abstract void Accept(byte* text, int length, bool atStart, TokenizerScratch scratch);

    /// <summary>The chain of a table's pre-tokenizers in front of its model.</summary>
    public static PieceSink CreateChain(TablePart part, TokenizerComponents components, PieceSink model)
    {
        PieceSink next = model;
        int count = Steps.Count(part);
        for (int i = count - 1; i >= 0; i--)
        {
            var reader = new StepReader(part);
            for (int j = 0; j <= i; j++)
            {
                reader.Next();
            }

            next = components.PreTokenizer(reader.Kind)(ref reader, i, next);
        }

        return next;
    }

    /// <summary>The buffer of a step.</summary>
    protected static ref NativeBuffer Buffer(TokenizerScratch scratch, int step)
    {
        if (step >= scratch.PreTokenized.Length)
        {
            Array.Resize(ref scratch.PreTokenized, step + 1);
        }

        return ref scratch.PreTokenized[step];
    }
}

/// <summary><c>ByteLevel</c>: cuts with GPT-2's pattern. Bytes stay bytes here: the table's model is made for them.</summary>
internal sealed unsafe class ByteLevelPreTokenizer(ByteLevelFlags flags, int step, PieceSink next) : PieceSink
{
    /// <inheritdoc/>
    public override void Accept(byte* text, int length, bool atStart, TokenizerScratch scratch)
    {
        if ((flags & ByteLevelFlags.AddPrefixSpace) != 0 && *text != ' ')
        {
            byte* prefixed = Buffer(scratch, step).ReserveText(length + 1L);
            *prefixed = (byte)' ';
            new ReadOnlySpan<byte>(text, length).CopyTo(new Span<byte>(prefixed + 1, length));
            OriginMap.View view = default;
            if (scratch.Origins is { } origins)
            {
                view = origins.Current;
                origins.Begin(step);
                Utf8Text.Decode(text, text + length, out int first);
                origins.Replace(text, first, 1);
                origins.Keep(text, length);
                origins.End(prefixed);
            }

            Cut(prefixed, length + 1, atStart, scratch);
            if (scratch.Origins is not null)
            {
                scratch.Origins.Current = view;
            }

            return;
        }

        Cut(text, length, atStart, scratch);
    }

    private void Cut(byte* text, int length, bool atStart, TokenizerScratch scratch)
    {

        if ((flags & ByteLevelFlags.UseRegex) == 0)
        {
            next.Accept(text, length, atStart, scratch);
            return;
        }

        byte* end = text + length;
        while (text < end)
        {
            byte* wordEnd = Gpt2Pattern.Match(text, end);
            next.Accept(text, (int)(wordEnd - text), atStart, scratch);
            atStart = false;
            text = wordEnd;
        }
    }
}

/// <summary><c>Metaspace</c>.</summary>
internal sealed unsafe class MetaspacePreTokenizer : PieceSink
{
    private readonly int prependScheme;
    private readonly bool split;
    private readonly byte[] replacement;
    private readonly int step;
    private readonly PieceSink next;

    public MetaspacePreTokenizer(int prependScheme, bool split, byte[] replacement, int step, PieceSink next)
    {
        this.prependScheme = prependScheme;
        this.split = split;
        this.replacement = replacement.Length is > 0 and <= 4 ? replacement : throw TableReader.Corrupt("pre-tokenizer");
        this.step = step;
        this.next = next;
    }

    /// <inheritdoc/>
    public override void Accept(byte* text, int length, bool atStart, TokenizerScratch scratch)
    {
        var source = new ReadOnlySpan<byte>(text, length);
        bool prepend = (prependScheme == 1 || (prependScheme == 2 && atStart)) && *text != ' ' && !source.StartsWith(replacement);
        int spaces = System.MemoryExtensions.Count(source, (byte)' ');
        if (!prepend && spaces == 0)
        {
            Cut(text, length, atStart, scratch);
            return;
        }

        byte* replaced = Buffer(scratch, step).ReserveText(length + ((spaces + 1L) * replacement.Length));
        OriginMap? origins = scratch.Origins;
        OriginMap.View view = origins is null ? default : origins.Current;
        if (origins is not null)
        {
            TraceReplacing(text, length, prepend, origins);
            origins.End(replaced);
        }

        Cut(replaced, Replace(text, length, prepend, replaced), atStart, scratch);
        if (origins is not null)
        {
            origins.Current = view;
        }
    }

    private int Replace(byte* text, int length, bool prepend, byte* target)
    {
        byte* to = target;
        if (prepend)
        {
            replacement.CopyTo(new Span<byte>(to, replacement.Length));
            to += replacement.Length;
        }

        for (int i = 0; i < length; i++)
        {
            if (text[i] != ' ')
            {
                *to++ = text[i];
                continue;
            }

            foreach (byte b in replacement)
            {
                *to++ = b;
            }
        }

        return (int)(to - target);
    }

    private void TraceReplacing(byte* text, int length, bool prepend, OriginMap origins)
    {
        origins.Begin(step);
        if (prepend)
        {
            Utf8Text.Decode(text, text + length, out int first);
            origins.Replace(text, first, replacement.Length);
        }

        int start = 0;
        for (int i = 0; i < length; i++)
        {
            if (text[i] == ' ')
            {
                origins.Keep(text + start, i - start);
                origins.Replace(text + i, 1, replacement.Length);
                start = i + 1;
            }
        }

        origins.Keep(text + start, length - start);
    }

    private void Cut(byte* text, int length, bool atStart, TokenizerScratch scratch)
    {
        if (!split)
        {
            next.Accept(text, length, atStart, scratch);
            return;
        }

        while (length > 0)
        {
            int cut = length > 1 ? new ReadOnlySpan<byte>(text + 1, length - 1).IndexOf(replacement) : -1;
            int piece = cut < 0 ? length : cut + 1;
            next.Accept(text, piece, atStart, scratch);
            atStart = false;
            text += piece;
            length -= piece;
        }
    }
}

/// <summary><c>Split</c> at a literal pattern.</summary>
internal sealed unsafe class SplitPreTokenizer : PieceSink
{
    private readonly SplitBehavior behavior;
    private readonly bool invert;
    private readonly byte[] pattern;
    private readonly PieceSink next;

    public SplitPreTokenizer(SplitBehavior behavior, bool invert, byte[] pattern, PieceSink next)
    {
        this.behavior = behavior;
        this.invert = invert;
        this.pattern = pattern.Length > 0 && behavior is >= SplitBehavior.Removed and <= SplitBehavior.Contiguous
            ? pattern
            : throw TableReader.Corrupt("pre-tokenizer");
        this.next = next;
    }

    /// <inheritdoc/>
    public override void Accept(byte* text, int length, bool atStart, TokenizerScratch scratch)
    {
        var pieces = new SplitPieces(behavior, text, atStart, next, scratch);
        int position = 0;
        while (position < length)
        {
            int skip = new ReadOnlySpan<byte>(text + position, length - position).IndexOf(pattern);
            int gap = skip < 0 ? length - position : skip;
            if (gap > 0)
            {
                pieces.Add(position, position + gap, invert);
                position += gap;
            }

            if (skip >= 0)
            {
                pieces.Add(position, position + pattern.Length, !invert);
                position += pattern.Length;
            }
        }

        pieces.End();
    }
}

/// <summary><c>Digits</c>: cuts out numbers, one by one or in runs.</summary>
internal sealed unsafe class DigitsPreTokenizer(bool individual, PieceSink next) : PieceSink
{
    /// <inheritdoc/>
    public override void Accept(byte* text, int length, bool atStart, TokenizerScratch scratch)
    {
        var pieces = new SplitPieces(individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous, text, atStart, next, scratch);
        byte* end = text + length;
        byte* gap = text;
        for (byte* p = text; p < end;)
        {
            bool isNumeric = CharacterClasses.IsNumeric(p, end, out int bytes);
            if (isNumeric)
            {
                if (gap < p)
                {
                    pieces.Add((int)(gap - text), (int)(p - text), isMatch: false);
                }

                pieces.Add((int)(p - text), (int)(p - text) + bytes, isMatch: true);
                gap = p + bytes;
            }

            p += bytes;
        }

        if (gap < end)
        {
            pieces.Add((int)(gap - text), length, isMatch: false);
        }

        pieces.End();
    }
}

/// <summary>
/// Puts the matches of a pattern and the gaps between them together as a behaviour asks. Follows <c>NormalizedString::split</c>
/// (tokenizers/src/tokenizer/normalizer.rs).
/// </summary>
internal unsafe ref struct SplitPieces(SplitBehavior behavior, byte* text, bool atStart, PieceSink next, TokenizerScratch scratch)
{
    private int start;
    private int end;
    private bool pending;
    private bool previousIsMatch;

    /// <summary>Adds the next match or gap; together they cover the text.</summary>
    public void Add(int from, int to, bool isMatch)
    {
        bool joins = pending && behavior switch
        {
            SplitBehavior.MergedWithPrevious => isMatch && !previousIsMatch,
            SplitBehavior.MergedWithNext => !isMatch && previousIsMatch,
            SplitBehavior.Contiguous => isMatch == previousIsMatch,
            _ => false,
        };
        if (!joins)
        {
            End();
            start = from;
            pending = !(isMatch && behavior == SplitBehavior.Removed);
        }

        end = to;
        previousIsMatch = isMatch;
    }

    /// <summary>Hands over the last piece.</summary>
    public void End()
    {
        if (pending && end > start)
        {
            next.Accept(text + start, end - start, atStart && start == 0, scratch);
        }

        pending = false;
    }
}
