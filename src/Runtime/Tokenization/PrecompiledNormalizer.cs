using System;
using System.Runtime.CompilerServices;

namespace Kiln.Tokenization;

/// <summary>
/// <c>Precompiled</c>: SentencePiece's charsmap as the reference applies it (tokenizers/src/normalizers/precompiled.rs). Of a
/// grapheme cluster of less than six bytes the shortest known prefix gives the whole result; of others, and where there is no such
/// prefix, each character is looked up alone.
/// </summary>
internal sealed unsafe class PrecompiledNormalizer : NormalizerStep
{
    /// <summary>Longer clusters are looked up character by character.</summary>
    private const int LongestCluster = 5;

    /// <summary>Looking further ahead could be looking again and again.</summary>
    private const int MaxRun = 256;

    private readonly CharacterMap map;
    private readonly CharacterTable classes;
    private readonly byte* keys;
    private readonly int keyCount;
    private readonly byte[] ascii;

    /// <summary>Reads a step's content.</summary>
    public PrecompiledNormalizer(ref StepReader content)
    {
        map = new CharacterMap(ref content);
        classes = new CharacterTable(ref content);
        keyCount = content.Int32();
        keys = content.Take(12L * keyCount);
        ascii = map.Ascii.ToArray();

        // may be one cluster with a line feed
        ascii['\r'] = CharacterMap.Other;
    }

    /// <inheritdoc/>
    public override void Apply(ref AlignedText text, ref AlignedBuffer target)
    {
        target.Begin(text, text.Length);
        byte* end = text.Text + text.Length;

        // where the reference believes to be in the text: behind, once something at its very start has vanished
        int origin = 0;
        for (int at = 0; at < text.Length;)
        {
            if (origin == at || text.Ranges == null)
            {
                // the last character before something else may be one cluster with it
                int run = AsciiRun(text.Text + at, text.Length - at, target.Length > 0);
                if (run > 0)
                {
                    fixed (byte* mapped = ascii)
                    {
                        at += target.AppendMapped(text.Text + at, run, text.RangesAt(at), mapped);
                    }

                    origin = at;
                    if (at == text.Length)
                    {
                        break;
                    }
                }
            }

            int stop = EndOfCluster(text.Text + at, end, out int count) + at;
            if (stop - at > LongestCluster || !ReplaceCluster(text, at, stop, count, ref origin, ref target))
            {
                for (; at < stop;)
                {
                    int codePoint = Utf8Text.Decode(text.Text + at, end, out int bytes);
                    int value = map[codePoint];
                    ReadOnlySpan<byte> result = value == TableFormat.Same ? new ReadOnlySpan<byte>(text.Text + at, bytes) : map.Entry(value);
                    Replace(text, result, 1, ref origin, ref target);
                    at += bytes;
                }
            }

            at = stop;
        }

        text = target.Finish();
    }

    /// <summary>How many ASCII characters are certainly clusters of their own and can be mapped one by one.</summary>
    private int AsciiRun(byte* text, int length, bool started)
    {
        int limit = Math.Min(length, MaxRun);
        int run = 0;
        while (run < limit && text[run] < 0x80)
        {
            run++;
        }

        run = run == length ? length : run - 1;

        // what vanishes at the very start goes the slow way
        return run > 0 && !started && ascii[*text] == CharacterMap.Deleted ? 0 : run;
    }

    private bool ReplaceCluster(in AlignedText text, int at, int stop, int count, ref int origin, ref AlignedBuffer target)
    {
        int codePoint = Utf8Text.Decode(text.Text + at, text.Text + stop, out int bytes);
        int value = map[codePoint];
        if (value == TableFormat.Same && count > 1)
        {
            ulong key = 0;
            for (int i = 0; i < stop - at; i++)
            {
                if (i >= bytes && (text.Text[at + i] & 0xC0) != 0x80 && Find(key) is >= 0 and var shorter)
                {
                    value = shorter;
                    break;
                }

                key |= (ulong)text.Text[at + i] << (8 * i);
            }

            if (value == TableFormat.Same && Find(key) is >= 0 and var whole)
            {
                value = whole;
            }
        }

        if (value == TableFormat.Same)
        {
            return false;
        }

        Replace(text, map.Entry(value), count, ref origin, ref target);
        return true;
    }

    /// <summary>The value of a key of several characters, or -1.</summary>
    private int Find(ulong key)
    {
        int low = 0;
        int high = keyCount - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            byte* entry = keys + (12L * middle);
            ulong other = Unsafe.ReadUnaligned<ulong>(entry);
            if (other == key)
            {
                return Unsafe.ReadUnaligned<int>(entry + 8) & int.MaxValue;
            }

            if (other < key)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return -1;
    }

    /// <summary>
    /// Writes what becomes of so many characters. The results take the places of the first of them one by one; more of them belong
    /// to the last place.
    /// </summary>
    private static void Replace(in AlignedText text, ReadOnlySpan<byte> result, int count, ref int origin, ref AlignedBuffer target)
    {
        if (text.Ranges == null)
        {
            target.Append(result, null);
            return;
        }

        fixed (byte* start = result)
        {
            byte* p = start;
            byte* end = start + result.Length;
            while (p < end)
            {
                int bytes = Math.Min(Utf8Text.SequenceLength(*p), (int)(end - p));
                target.Append(new ReadOnlySpan<byte>(p, bytes), text.Ranges + Math.Clamp(count > 0 ? origin : origin - 1, 0, text.Length - 1));
                p += bytes;
                if (count > 0)
                {
                    count--;
                    origin = After(text, origin);
                }
            }
        }

        for (; count > 0 && target.Length > 0; count--)
        {
            origin = After(text, origin);
        }
    }

    private static int After(in AlignedText text, int at) =>
        at < text.Length ? Math.Min(at + Utf8Text.SequenceLength(text.Text[at]), text.Length) : text.Length;

    /// <summary>Bytes of the extended grapheme cluster at the start of a text that is not empty (Unicode Standard Annex 29).</summary>
    /// <remarks>
    /// Without rule GB9c: what it joins has three bytes a character, so that its clusters are too long to be looked up either way.
    /// </remarks>
    private int EndOfCluster(byte* text, byte* end, out int count)
    {
        var before = (GraphemeClass)classes[Utf8Text.Decode(text, end, out int length)];
        bool pictographic = before == GraphemeClass.Pictographic;
        bool oddRegional = before == GraphemeClass.Regional;
        count = 1;
        while (text + length < end)
        {
            var after = (GraphemeClass)classes[Utf8Text.Decode(text + length, end, out int bytes)];
            bool joins = (before, after) switch
            {
                (GraphemeClass.CarriageReturn, GraphemeClass.LineFeed) => true,
                (GraphemeClass.Control or GraphemeClass.CarriageReturn or GraphemeClass.LineFeed, _) => false,
                (_, GraphemeClass.Control or GraphemeClass.CarriageReturn or GraphemeClass.LineFeed) => false,
                (GraphemeClass.Leading, GraphemeClass.Leading or GraphemeClass.Vowel or GraphemeClass.SyllableWithoutTrailing or GraphemeClass.SyllableWithTrailing) => true,
                (GraphemeClass.SyllableWithoutTrailing or GraphemeClass.Vowel, GraphemeClass.Vowel or GraphemeClass.Trailing) => true,
                (GraphemeClass.SyllableWithTrailing or GraphemeClass.Trailing, GraphemeClass.Trailing) => true,
                (_, GraphemeClass.Extend or GraphemeClass.Joiner or GraphemeClass.SpacingMark) => true,
                (GraphemeClass.Prepend, _) => true,
                (GraphemeClass.Joiner, GraphemeClass.Pictographic) => pictographic,
                (GraphemeClass.Regional, GraphemeClass.Regional) => oddRegional,
                _ => false,
            };
            if (!joins)
            {
                break;
            }

            oddRegional = after == GraphemeClass.Regional && !(before == GraphemeClass.Regional && oddRegional);
            pictographic = after == GraphemeClass.Pictographic || (pictographic && after is GraphemeClass.Extend or GraphemeClass.Joiner);
            before = after;
            length += bytes;
            count++;
        }

        return length;
    }
}
