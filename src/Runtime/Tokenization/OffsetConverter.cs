using System;
using System.Text;

namespace Kiln.Tokenization;

/// <summary>Turns byte offsets in a text into other units, rounded outwards to whole characters.</summary>
internal static unsafe class OffsetConverter
{
    /// <summary>Converts offsets in place.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="text">The valid UTF-8 that their offsets are in.</param>
    /// <param name="unit">What is wanted.</param>
    /// <param name="given">The text as it was given, if its invalid parts were replaced; else empty.</param>
    public static void Convert(Span<TracedToken> tokens, ReadOnlySpan<byte> text, OffsetUnit unit, ReadOnlySpan<byte> given)
    {
        if (Ascii.IsValid(text) || tokens.Length == 0)
        {
            return;
        }

        fixed (byte* start = text)
        {
            var from = new Cursor(start, text.Length, unit, given);
            Cursor to = from;
            foreach (ref TracedToken token in tokens)
            {
                if (token.Start >= to.Position)
                {
                    from = to;
                }

                from.Move(token.Start);
                if (token.End < to.Position || from.Position > to.Position)
                {
                    to = from;
                }

                to.Move(token.End);
                token.Start = from.Count;
                token.End = to.CountUpTo(token.End);
            }
        }
    }

    private ref struct Cursor(byte* text, int length, OffsetUnit unit, ReadOnlySpan<byte> given)
    {
        private readonly byte* text = text;
        private readonly int length = length;
        private readonly OffsetUnit unit = unit;
        private readonly ReadOnlySpan<byte> given = given;

        /// <summary>Bytes before it: the start of a character.</summary>
        public int Position { get; private set; }

        /// <summary>Units before it.</summary>
        public int Count { get; private set; }

        /// <summary>Moves to the last start of a character that is not behind a place.</summary>
        public void Move(int place)
        {
            if (place < Position)
            {
                Position = 0;
                Count = 0;
            }

            while (Position < length)
            {
                int bytes = Width(text[Position]);
                if (Position + bytes > place)
                {
                    break;
                }

                Count += Units(bytes);
                Position += bytes;
            }
        }

        /// <summary>Units up to the end of the character that a place lies in, which is this one.</summary>
        public readonly int CountUpTo(int place) => place > Position ? Count + Units(Width(text[Position])) : Count;

        private static int Width(byte first) => first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

        private readonly int Units(int bytes)
        {
            if (unit == OffsetUnit.CodePoint)
            {
                return 1;
            }

            if (unit == OffsetUnit.Utf16)
            {
                return bytes == 4 ? 2 : 1;
            }

            if (given.IsEmpty || bytes != 3 || text[Position] != 0xEF)
            {
                return bytes;
            }

            // U+FFFD may stand for something invalid
            Rune.DecodeFromUtf8(given[Count..], out _, out int consumed);
            return consumed;
        }
    }
}
