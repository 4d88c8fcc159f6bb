using System;

namespace Kiln.Tokenization;

/// <summary>Clean-up, lower case, stripped accents: each character by itself.</summary>
internal sealed unsafe class CharacterMapNormalizer(CharacterMap map) : NormalizerStep
{
    /// <inheritdoc/>
    public override void Apply(ref AlignedText text, ref AlignedBuffer target)
    {
        if (map.KeepsAscii && System.Text.Ascii.IsValid(new ReadOnlySpan<byte>(text.Text, text.Length)))
        {
            return;
        }

        target.Begin(text, text.Length);
        byte* end = text.Text + text.Length;
        for (int at = 0; at < text.Length;)
        {
            if (text.Text[at] < 0x80)
            {
                int taken = map.AppendAscii(text.Text + at, text.Length - at, text.RangesAt(at), ref target);
                at += taken;
                if (at == text.Length)
                {
                    break;
                }
            }

            int codePoint = Utf8Text.Decode(text.Text + at, end, out int bytes);
            map.Append(map[codePoint], text.Text + at, bytes, text.RangesAt(at), ref target);
            at += bytes;
        }

        text = target.Finish();
    }
}

/// <summary><c>Strip</c>: white space at the ends. Nothing is copied.</summary>
internal sealed unsafe class StripNormalizer(bool left, bool right) : NormalizerStep
{
    /// <inheritdoc/>
    public override void Apply(ref AlignedText text, ref AlignedBuffer target)
    {
        byte* end = text.Text + text.Length;
        byte* start = text.Text;
        while (left && start < end && (CharacterClasses.At(start, end, out int bytes) & CharacterClass.Space) != 0)
        {
            start += bytes;
        }

        while (right && start < end)
        {
            byte* last = end - 1;
            while (last > start && (*last & 0xC0) == 0x80)
            {
                last--;
            }

            if ((CharacterClasses.At(last, end, out _) & CharacterClass.Space) == 0)
            {
                break;
            }

            end = last;
        }

        text = new AlignedText { Text = start, Length = (int)(end - start), Ranges = text.RangesAt((int)(start - text.Text)) };
    }
}

/// <summary><c>ByteLevel</c>: bytes become characters of GPT-2's alphabet.</summary>
internal sealed unsafe class ByteLevelNormalizer : NormalizerStep
{
    /// <inheritdoc/>
    public override void Apply(ref AlignedText text, ref AlignedBuffer target)
    {
        target.Begin(text, text.Length * 2L);
        for (int i = 0; i < text.Length; i++)
        {
            target.AppendCharacter(ByteAlphabet.Character(text.Text[i]), text.RangesAt(i));
        }

        text = target.Finish();
    }
}
