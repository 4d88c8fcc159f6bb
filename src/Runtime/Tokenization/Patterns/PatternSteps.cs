using System;

namespace Kiln.Tokenization;

/// <summary><c>Split</c> at a regular expression, and other pre-tokenizers that are one in disguise.</summary>
internal sealed unsafe class SplitPatternPreTokenizer(SplitBehavior behavior, bool invert, PatternMatcher matcher, int step, PieceSink next) : PieceSink
{
    /// <inheritdoc/>
    public override void Accept(byte* text, int length, bool atStart, TokenizerScratch scratch)
    {
        var pieces = new SplitPieces(behavior, text, atStart, next, scratch);
        int position = 0;
        for (PatternMatches matches = matcher.Matches(text, length, scratch.PatternMemory(step)); matches.Next();)
        {
            if (matches.Start > position)
            {
                pieces.Add(position, matches.Start, invert);
            }

            pieces.Add(matches.Start, matches.End, !invert);
            position = matches.End;
        }

        if (position < length)
        {
            pieces.Add(position, length, invert);
        }

        pieces.End();
    }
}

/// <summary><c>FixedLength</c>: pieces of so many characters; the last may be shorter.</summary>
internal sealed unsafe class FixedLengthPreTokenizer(int characters, PieceSink next) : PieceSink
{
    /// <inheritdoc/>
    public override void Accept(byte* text, int length, bool atStart, TokenizerScratch scratch)
    {
        byte* end = text + length;
        while (text < end)
        {
            byte* p = text;
            for (int i = 0; (i < characters || p == text) && p < end; i++)
            {
                Utf8Text.Decode(p, end, out int bytes);
                p += bytes;
            }

            next.Accept(text, (int)(p - text), atStart, scratch);
            atStart = false;
            text = p;
        }
    }
}

/// <summary><c>Replace</c> with a regular expression. The content belongs to the last character of what it replaces.</summary>
internal sealed unsafe class ReplacePatternNormalizer(byte[] content, PatternMatcher matcher) : NormalizerStep
{
    /// <inheritdoc/>
    public override void Apply(ref AlignedText text, ref AlignedBuffer target)
    {
        // pre-tokenizers, which number their memories too, only come when the normalizers are done
        PatternMemory memory = TokenizerScratch.Current.PatternMemory(0);
        bool changed = false;
        int position = 0;
        for (PatternMatches matches = matcher.Matches(text.Text, text.Length, memory); matches.Next();)
        {
            if (!changed)
            {
                changed = true;
                target.Begin(text, text.Length);
            }

            ByteRange origin = default;
            if (text.Ranges != null)
            {
                // an empty match belongs to what is before it
                origin = matches.End > 0 ? text.Ranges[matches.End - 1] : new ByteRange(text.Ranges->Start, text.Ranges->Start);
            }

            target.Copy(text.Text + position, matches.Start - position, text.RangesAt(position));
            target.Append(content, &origin);
            position = matches.End;
        }

        if (changed)
        {
            target.Copy(text.Text + position, text.Length - position, text.RangesAt(position));
            text = target.Finish();
        }
    }
}
