using System;

namespace Kiln.Tokenization;

/// <summary>The windows that truncation makes of a text's tokens. Follows <c>Encoding::truncate</c> (tokenizers/src/tokenizer/encoding.rs).</summary>
internal readonly struct Windows
{
    private readonly int tokens;
    private readonly int room;
    private readonly int step;
    private readonly bool fromEnd;

    private Windows(int tokens, int room, int stride, bool fromEnd)
    {
        this.tokens = tokens;
        this.room = room;
        this.fromEnd = fromEnd;
        step = room - stride;
        Count = room >= tokens ? 1 : room == 0 ? 2 : 1 + ((tokens - room + step - 1) / step);
    }

    /// <summary>Number of windows, at least one.</summary>
    public int Count { get; }

    /// <summary>One window with all.</summary>
    public static Windows Whole(int tokens) => new(tokens, tokens, 0, false);

    /// <summary>Windows of some tokens at most.</summary>
    /// <exception cref="ArgumentException">The stride leaves no room for anything new.</exception>
    public static Windows Of(int tokens, int room, int stride, bool fromEnd)
    {
        if (room < tokens && room > 0 && (stride >= room || stride < 0))
        {
            throw new ArgumentException($"The stride of {stride} tokens must be less than the window, which is {room} tokens.");
        }

        return new Windows(tokens, room, stride, fromEnd);
    }

    /// <summary>Where a window starts and ends.</summary>
    public (int Start, int End) this[int index]
    {
        get
        {
            if (room >= tokens)
            {
                return (0, tokens);
            }

            if (room == 0)
            {
                return index == 0 ? (0, 0) : (0, tokens);
            }

            int moved = index * step;
            return fromEnd
                ? (Math.Max(tokens - moved - room, 0), tokens - moved)
                : (moved, Math.Min(moved + room, tokens));
        }
    }

    /// <summary>The windows of one text or a pair. Follows <c>truncate_encodings</c> (tokenizers/src/utils/truncation.rs).</summary>
    /// <param name="first">Tokens of the first text.</param>
    /// <param name="second">Tokens of the second, or null.</param>
    /// <param name="room">Tokens that both may have.</param>
    /// <param name="options">Strategy and stride.</param>
    /// <param name="fromEnd">Whether the beginning is cut off.</param>
    /// <exception cref="ArgumentException">The text that is to be cut is too short, or there is none, or the stride is too large.</exception>
    public static (Windows First, Windows Second) Truncate(int first, int? second, int room, EncodingOptions options, bool fromEnd)
    {
        int other = second ?? 0;
        if (room > 0 && (long)first + other <= room)
        {
            return (Whole(first), Whole(other));
        }

        int roomOfFirst = first;
        int roomOfSecond = other;
        if (room == 0)
        {
            roomOfFirst = 0;
            roomOfSecond = 0;
        }
        else if (options.Truncation == TruncationStrategy.LongestFirst)
        {
            (roomOfFirst, roomOfSecond) = second is null ? (room, 0) : LongestFirst(first, other, room);
        }
        else
        {
            bool cutsFirst = options.Truncation == TruncationStrategy.OnlyFirst;
            if (!cutsFirst && second is null)
            {
                throw new ArgumentException("Truncation of the second text only: there is no second text.");
            }

            int kept = room - (cutsFirst ? other : first);
            if (kept <= 0)
            {
                throw new ArgumentException("The text that truncation may cut is too short for the maximum length.");
            }

            (roomOfFirst, roomOfSecond) = cutsFirst ? (kept, other) : (first, kept);
        }

        return (Of(first, roomOfFirst, options.Stride, fromEnd), Of(other, roomOfSecond, options.Stride, fromEnd));
    }

    private static (int First, int Second) LongestFirst(int first, int second, int room)
    {
        int shorter = Math.Min(first, second);
        int longer = shorter > room ? shorter : Math.Max(shorter, room - shorter);
        if (shorter + (long)longer > room)
        {
            shorter = room / 2;
            longer = shorter + (room % 2);
        }

        return first > second ? (longer, shorter) : (shorter, longer);
    }
}
