using System;

namespace Kiln.Tokenization;

/// <summary>Changes a segment of text before it is cut into words.</summary>
internal abstract unsafe class NormalizerStep
{
    /// <summary>Normalizes.</summary>
    /// <param name="text">The text, not empty; then the result: in the target, or a part of the text itself.</param>
    /// <param name="target">Where the result can go; not where the text is.</param>
    public abstract void Apply(ref AlignedText text, ref AlignedBuffer target);

    /// <summary>The steps of a table.</summary>
    public static NormalizerStep[] Create(TablePart part, TokenizerComponents components)
    {
        var steps = new NormalizerStep[Steps.Count(part)];
        var reader = new StepReader(part);
        for (int i = 0; reader.Next(); i++)
        {
            steps[i] = components.Normalizer(reader.Kind)(ref reader);
        }

        return steps;
    }
}

/// <summary><c>Prepend</c>: what is put before the text belongs to its first character.</summary>
internal sealed unsafe class PrependNormalizer(byte[] prepend) : NormalizerStep
{
    /// <inheritdoc/>
    public override void Apply(ref AlignedText text, ref AlignedBuffer target)
    {
        target.Begin(text, (long)text.Length + prepend.Length);
        target.Append(prepend, text.Ranges);
        target.Copy(text.Text, text.Length, text.Ranges);
        text = target.Finish();
    }
}

/// <summary>
/// <c>Replace</c> with a literal pattern. The content belongs to the last character of what it replaces; the empty pattern inserts
/// it before every character and at the end.
/// </summary>
internal sealed unsafe class ReplaceNormalizer(byte[] pattern, byte[] content) : NormalizerStep
{
    /// <inheritdoc/>
    public override void Apply(ref AlignedText text, ref AlignedBuffer target)
    {
        if (pattern.Length == 0)
        {
            Insert(ref text, ref target);
            return;
        }

        var rest = new ReadOnlySpan<byte>(text.Text, text.Length);
        int match = rest.IndexOf(pattern);
        if (match < 0)
        {
            return;
        }

        target.Begin(text, text.Length);
        int at = 0;
        while (match >= 0)
        {
            target.Copy(text.Text + at, match, text.RangesAt(at));
            at += match + pattern.Length;
            target.Append(content, text.RangesAt(at - 1));
            match = rest[at..].IndexOf(pattern);
        }

        target.Copy(text.Text + at, text.Length - at, text.RangesAt(at));
        text = target.Finish();
    }

    private void Insert(ref AlignedText text, ref AlignedBuffer target)
    {
        target.Begin(text, text.Length * (1L + content.Length));
        for (int at = 0; at < text.Length;)
        {
            ByteRange origin = default;
            if (text.Ranges != null)
            {
                origin = at == 0 ? new ByteRange(text.Ranges->Start, text.Ranges->Start) : text.Ranges[at - 1];
            }

            target.Append(content, &origin);
            int bytes = Math.Min(Utf8Text.SequenceLength(text.Text[at]), text.Length - at);
            target.Copy(text.Text + at, bytes, text.RangesAt(at));
            at += bytes;
        }

        target.Append(content, text.RangesAt(text.Length - 1));
        text = target.Finish();
    }
}

/// <summary>A literal pattern and what comes in its place.</summary>
internal sealed class Replacement
{
    private readonly byte[] pattern;
    private readonly byte[] content;

    public Replacement(byte[] pattern, byte[] content)
    {
        this.pattern = pattern.Length > 0 ? pattern : throw TableReader.Corrupt("pattern");
        this.content = content;
    }

    /// <summary>Replaces and appends the result.</summary>
    public void Append(ReadOnlySpan<byte> text, PieceList target)
    {
        while (text.IndexOf(pattern) is >= 0 and var at)
        {
            target.Append(text[..at]);
            target.Append(content);
            text = text[(at + pattern.Length)..];
        }

        target.Append(text);
    }
}

/// <summary>Helps to read component lists.</summary>
internal static class Steps
{
    /// <summary>Number of steps of a list.</summary>
    public static int Count(TablePart part)
    {
        int count = 0;
        for (var reader = new StepReader(part); reader.Next();)
        {
            count++;
        }

        return count;
    }
}
