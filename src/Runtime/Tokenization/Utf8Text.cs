using System;
using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Kiln.Tokenization;

/// <summary>UTF-8, without allocation.</summary>
internal static unsafe class Utf8Text
{
    /// <summary>U+FFFD.</summary>
    public static ReadOnlySpan<byte> Replacement => [0xEF, 0xBF, 0xBD];

    /// <summary>The character at the start of a text that is not empty. The text should be valid; if not, its first byte is U+FFFD.</summary>
    public static int Decode(byte* text, byte* end, out int length)
    {
        int first = *text;
        long rest = end - text;
        length = 1;
        if (first < 0x80)
        {
            return first;
        }

        if (first is >= 0xC0 and < 0xE0 && rest >= 2)
        {
            length = 2;
            return ((first & 0x1F) << 6) | (text[1] & 0x3F);
        }

        if (first is >= 0xE0 and < 0xF0 && rest >= 3)
        {
            length = 3;
            return ((first & 0xF) << 12) | ((text[1] & 0x3F) << 6) | (text[2] & 0x3F);
        }

        if (first is >= 0xF0 and < 0xF8 && rest >= 4)
        {
            length = 4;
            return ((first & 0x7) << 18) | ((text[1] & 0x3F) << 12) | ((text[2] & 0x3F) << 6) | (text[3] & 0x3F);
        }

        return 0xFFFD;
    }

    /// <summary>Number of characters of a valid text.</summary>
    public static int CountCharacters(byte* text, int length)
    {
        int count = 0;
        for (int i = 0; i < length; i++)
        {
            count += (text[i] & 0xC0) != 0x80 ? 1 : 0;
        }

        return count;
    }

    /// <summary>How many bytes a character has by its first byte.</summary>
    public static int SequenceLength(byte first) => first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    /// <summary>Writes a character, up to four bytes; returns how many.</summary>
    public static int Encode(int codePoint, byte* target)
    {
        if (codePoint < 0x80)
        {
            target[0] = (byte)codePoint;
            return 1;
        }

        if (codePoint < 0x800)
        {
            target[0] = (byte)(0xC0 | (codePoint >> 6));
            target[1] = (byte)(0x80 | (codePoint & 0x3F));
            return 2;
        }

        if (codePoint < 0x10000)
        {
            target[0] = (byte)(0xE0 | (codePoint >> 12));
            target[1] = (byte)(0x80 | ((codePoint >> 6) & 0x3F));
            target[2] = (byte)(0x80 | (codePoint & 0x3F));
            return 3;
        }

        target[0] = (byte)(0xF0 | (codePoint >> 18));
        target[1] = (byte)(0x80 | ((codePoint >> 12) & 0x3F));
        target[2] = (byte)(0x80 | ((codePoint >> 6) & 0x3F));
        target[3] = (byte)(0x80 | (codePoint & 0x3F));
        return 4;
    }

    /// <summary>Transcodes; lone surrogates become U+FFFD.</summary>
    public static int FromUtf16(ReadOnlySpan<char> text, ref NativeBuffer buffer)
    {
        int room = (int)Math.Min((text.Length * 3L) + 8, NativeBuffer.MaxBytes);
        OperationStatus status = Utf8.FromUtf16(text, new Span<byte>(buffer.ReserveText(room), room), out _, out int written);
        return status == OperationStatus.Done ? written : throw new ArgumentException("The text is longer than 2 GB.");
    }

    /// <summary>Appends a text, each maximal invalid part replaced by one U+FFFD.</summary>
    public static void AppendValid(ReadOnlySpan<byte> text, PieceList target)
    {
        if (Utf8.IsValid(text))
        {
            target.Append(text);
            return;
        }

        int start = 0;
        for (int i = 0; i < text.Length;)
        {
            if (text[i] < 0x80)
            {
                i++;
                continue;
            }

            OperationStatus status = Rune.DecodeFromUtf8(text[i..], out _, out int consumed);
            if (status != OperationStatus.Done)
            {
                target.Append(text[start..i]);
                target.Append(Replacement);
                start = i + consumed;
            }

            i += consumed;
        }

        target.Append(text[start..]);
    }
}
