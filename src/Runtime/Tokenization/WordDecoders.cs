using System;

namespace Kiln.Tokenization;

/// <summary><c>WordPiece</c>: blanks between words, none before what continues one (tokenizers/src/decoders/wordpiece.rs).</summary>
internal sealed class WordPieceDecoder(bool cleansUp, byte[] prefix) : DecoderStep
{
    /// <inheritdoc/>
    public override void Apply(PieceList source, PieceList target)
    {
        for (int i = 0; i < source.Count; i++)
        {
            ReadOnlySpan<byte> token = source[i];
            int start = target.Length;
            if (i > 0 && token.StartsWith(prefix))
            {
                token = token[prefix.Length..];
            }
            else if (i > 0)
            {
                target.Append((byte)' ');
            }

            target.Append(token);
            if (cleansUp)
            {
                target.CutTo(start + CleanUp.Apply(target.Since(start)));
            }

            target.Finish();
        }
    }
}

/// <summary><c>BPEDecoder</c>: the suffix of words becomes a blank, in the last token nothing.</summary>
internal sealed class BpeDecoder(byte[] suffix) : DecoderStep
{
    /// <inheritdoc/>
    public override void Apply(PieceList source, PieceList target)
    {
        for (int i = 0; i < source.Count; i++)
        {
            bool isLast = i == source.Count - 1;
            ReadOnlySpan<byte> token = source[i];
            if (suffix.Length == 0)
            {
                Space(token, isLast, target);
            }
            else
            {
                while (token.IndexOf(suffix) is >= 0 and var at)
                {
                    target.Append(token[..at]);
                    if (!isLast)
                    {
                        target.Append((byte)' ');
                    }

                    token = token[(at + suffix.Length)..];
                }

                target.Append(token);
            }

            target.Finish();
        }
    }

    /// <summary>The empty suffix is found around each character.</summary>
    private static void Space(ReadOnlySpan<byte> token, bool isLast, PieceList target)
    {
        foreach (byte value in token)
        {
            if (!isLast && (value & 0xC0) != 0x80)
            {
                target.Append((byte)' ');
            }

            target.Append(value);
        }

        if (!isLast)
        {
            target.Append((byte)' ');
        }
    }
}

/// <summary><c>CTC</c>: of equal neighbours one stays, padding goes, word delimiters become blanks (tokenizers/src/decoders/ctc.rs).</summary>
internal sealed class CtcDecoder(bool cleansUp, byte[] padding, byte[] delimiter) : DecoderStep
{
    /// <inheritdoc/>
    public override void Apply(PieceList source, PieceList target)
    {
        for (int i = 0; i < source.Count; i++)
        {
            if (i > 0 && source[i].SequenceEqual(source[i - 1]))
            {
                continue;
            }

            int start = target.Length;
            target.Append(source[i]);
            int length = CleanUp.Replace(target.Since(start), padding, default);
            if (cleansUp)
            {
                length = CleanUp.Apply(target.Since(start)[..length]);
                length = CleanUp.Replace(target.Since(start)[..length], delimiter, " "u8);
            }

            target.CutTo(start + length);
            if (length > 0)
            {
                target.Finish();
            }
        }
    }
}

/// <summary>Takes white space off both ends of each string, as Python's <c>str.strip</c>.</summary>
internal sealed unsafe class TrimDecoder : DecoderStep
{
    /// <inheritdoc/>
    public override void Apply(PieceList source, PieceList target)
    {
        for (int i = 0; i < source.Count; i++)
        {
            ReadOnlySpan<byte> text = source[i];
            fixed (byte* first = text)
            {
                byte* start = first;
                byte* end = first + text.Length;
                while (start < end && IsSpace(start, end, out int bytes))
                {
                    start += bytes;
                }

                while (start < end)
                {
                    byte* last = end - 1;
                    while (last > start && (*last & 0xC0) == 0x80)
                    {
                        last--;
                    }

                    if (!IsSpace(last, end, out _))
                    {
                        break;
                    }

                    end = last;
                }

                target.Append(new ReadOnlySpan<byte>(start, (int)(end - start)));
            }

            target.Finish();
        }
    }

    /// <summary>Python counts the four separators among the controls, too.</summary>
    private static bool IsSpace(byte* text, byte* end, out int bytes) =>
        (CharacterClasses.At(text, end, out bytes) & CharacterClass.Space) != 0 || *text is >= 0x1C and <= 0x1F;
}

/// <summary>The clean-up of English texts that decoders do, in place (<c>cleanup</c> in tokenizers/src/decoders/wordpiece.rs).</summary>
internal static class CleanUp
{
    /// <summary>Cleans a text up; returns its new length.</summary>
    public static int Apply(Span<byte> text)
    {
        int length = text.Length;
        if (text.IndexOf((byte)' ') < 0)
        {
            return length;
        }

        length = Replace(text[..length], " ."u8, "."u8);
        length = Replace(text[..length], " ?"u8, "?"u8);
        length = Replace(text[..length], " !"u8, "!"u8);
        length = Replace(text[..length], " ,"u8, ","u8);
        length = Replace(text[..length], " ' "u8, "'"u8);
        length = Replace(text[..length], " n't"u8, "n't"u8);
        length = Replace(text[..length], " 'm"u8, "'m"u8);
        length = Replace(text[..length], " do not"u8, " don't"u8);
        length = Replace(text[..length], " 's"u8, "'s"u8);
        length = Replace(text[..length], " 've"u8, "'ve"u8);
        return Replace(text[..length], " 're"u8, "'re"u8);
    }

    /// <summary>Replaces in place by something that is not longer; returns the new length.</summary>
    public static int Replace(Span<byte> text, ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> content)
    {
        if (pattern.Length == 0)
        {
            return text.Length;
        }

        int written = 0;
        int read = 0;
        while (text[read..].IndexOf(pattern) is >= 0 and var at)
        {
            text.Slice(read, at).CopyTo(text[written..]);
            written += at;
            content.CopyTo(text[written..]);
            written += content.Length;
            read += at + pattern.Length;
        }

        text[read..].CopyTo(text[written..]);
        return written + text.Length - read;
    }
}
