using System;

namespace Kiln.Tokenization;

/// <summary>Changes a segment of text before it is cut into words.</summary>
internal abstract unsafe class NormalizerStep
{
    /// <summary>Normalizes.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="length">Its bytes, not 0; then the result's.</param>
    /// <param name="target">Where the result can go.</param>
    /// <param name="origins">Must be told what became of the text, between its <see cref="OriginMap.Begin"/> and <see cref="OriginMap.End"/>
    /// which the caller does; null while only ids are wanted.</param>
    /// <returns>The result: in the target, or the text itself if nothing changes.</returns>
    public abstract byte* Apply(byte* text, ref int length, ref NativeBuffer target, OriginMap? origins);

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

/// <summary><c>Prepend</c>.</summary>
internal sealed unsafe class PrependNormalizer(byte[] prepend) : NormalizerStep
{
    /// <inheritdoc/>
    public override byte* Apply(byte* text, ref int length, ref NativeBuffer target, OriginMap? origins)
    {
        byte* result = target.ReserveText((long)length + prepend.Length);
        if (origins is not null)
        {
            // what is new stands for the first character
            Utf8Text.Decode(text, text + length, out int first);
            origins.Replace(text, first, prepend.Length);
            origins.Keep(text, length);
        }

        prepend.CopyTo(new Span<byte>(result, prepend.Length));
        new ReadOnlySpan<byte>(text, length).CopyTo(new Span<byte>(result + prepend.Length, length));
        length += prepend.Length;
        return result;
    }
}

/// <summary><c>Replace</c> with a literal pattern.</summary>
internal sealed unsafe class ReplaceNormalizer(Replacement replacement) : NormalizerStep
{
    /// <inheritdoc/>
    public override byte* Apply(byte* text, ref int length, ref NativeBuffer target, OriginMap? origins)
    {
        byte* result = target.ReserveText(replacement.MaxLength(length));
        length = replacement.Apply(text, length, result, origins);
        return result;
    }
}

/// <summary>A literal pattern and what comes in its place.</summary>
internal sealed unsafe class Replacement
{
    private readonly byte[] pattern;
    private readonly byte[] content;

    public Replacement(byte[] pattern, byte[] content)
    {
        this.pattern = pattern.Length > 0 ? pattern : throw TableReader.Corrupt("pattern");
        this.content = content;
    }

    /// <summary>The most bytes that a text of a length can become.</summary>
    public long MaxLength(int length) =>
        content.Length <= pattern.Length ? length : length + ((length / pattern.Length) * (long)(content.Length - pattern.Length));

    /// <summary>Replaces; returns the number of bytes written.</summary>
    public int Apply(byte* text, int length, byte* target, OriginMap? origins)
    {
        byte* to = target;
        while (true)
        {
            var rest = new ReadOnlySpan<byte>(text, length);
            int at = rest.IndexOf(pattern);
            int kept = at < 0 ? length : at;
            rest[..kept].CopyTo(new Span<byte>(to, kept));
            to += kept;
            origins?.Keep(text, kept);
            if (at < 0)
            {
                return (int)(to - target);
            }

            content.CopyTo(new Span<byte>(to, content.Length));
            to += content.Length;

            // all of the content stands for the last character of what it replaces
            origins?.Replace(text + at + pattern.Length - 1, 1, content.Length);
            text += at + pattern.Length;
            length -= at + pattern.Length;
        }
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
