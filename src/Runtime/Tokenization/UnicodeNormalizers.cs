using System;
using System.Runtime.CompilerServices;
using System.Text;

namespace Kiln.Tokenization;

/// <summary>
/// NFD, NFKD, NFC, NFKC with the tables of the reference. Text that stays as it is is copied in runs; only where marks stand out of
/// order, or something may compose, characters are taken apart one by one.
/// </summary>
internal sealed unsafe class UnicodeNormalizer : NormalizerStep
{
    private readonly CharacterMap map;
    private readonly CharacterTable classes;
    private readonly byte* compositions;
    private readonly int compositionCount;
    private readonly bool composes;

    /// <summary>Reads a step's content.</summary>
    public UnicodeNormalizer(ref StepReader content, bool composes)
    {
        map = new CharacterMap(ref content);
        classes = new CharacterTable(ref content);
        this.composes = composes;
        if (composes)
        {
            compositionCount = content.Int32();
            compositions = content.Take(12L * compositionCount);
        }
    }

    /// <inheritdoc/>
    public override void Apply(ref AlignedText text, ref AlignedBuffer target)
    {
        if (map.KeepsAscii && Ascii.IsValid(new ReadOnlySpan<byte>(text.Text, text.Length)))
        {
            return;
        }

        target.Begin(text, text.Length);
        if (composes)
        {
            Compose(text, ref target);
        }
        else
        {
            Decompose(text, ref target);
        }

        text = target.Finish();
    }

    private void Decompose(in AlignedText text, ref AlignedBuffer target)
    {
        byte* end = text.Text + text.Length;

        // where the last starter stands, in the text and in the result
        int starter = 0;
        int starterTarget = 0;
        int lastClass = 0;
        for (int at = 0; at < text.Length;)
        {
            if (text.Text[at] < 0x80)
            {
                int taken = map.AppendAscii(text.Text + at, text.Length - at, text.RangesAt(at), ref target);
                at += taken;
                if (taken > 0)
                {
                    // the last one may have been deleted; what stands before it is then kept apart by its own class 0
                    starter = at - 1;
                    starterTarget = Math.Max(0, target.Length - 1);
                    lastClass = 0;
                    if (map.Ascii[text.Text[at - 1]] == CharacterMap.Deleted)
                    {
                        starter = at;
                        starterTarget = target.Length;
                    }

                    continue;
                }
            }

            int codePoint = Utf8Text.Decode(text.Text + at, end, out int bytes);
            int value = map[codePoint];
            int before = target.Length;
            if (value == TableFormat.Dropped)
            {
                at += bytes;
                continue;
            }

            map.Append(value, text.Text + at, bytes, text.RangesAt(at), ref target);
            bool ordered = true;
            if (value is TableFormat.Same or >= TableFormat.FirstEntry)
            {
                AlignedText written = target.Finish();
                byte* writtenEnd = written.Text + target.Length;
                for (byte* p = written.Text + before; p < writtenEnd;)
                {
                    int combiningClass = classes[Utf8Text.Decode(p, writtenEnd, out int length)] & TableFormat.CombiningClassMask;
                    if (combiningClass == 0)
                    {
                        starter = at;
                        starterTarget = before;
                    }

                    ordered &= combiningClass == 0 || combiningClass >= lastClass;
                    lastClass = combiningClass;
                    p += length;
                }
            }
            else if (value != TableFormat.Deleted || (classes[codePoint] & TableFormat.CombiningClassMask) == 0)
            {
                starter = at;
                starterTarget = before;
                lastClass = 0;
            }

            at += bytes;
            if (!ordered)
            {
                // once more from the starter on, as far as marks follow
                target.CutTo(starterTarget);
                at = EndOfRun(text, starter, end);
                Characters run = Take(text, starter, at, ref target);
                run.Order();
                run.Write(ref target);
                starter = at;
                starterTarget = target.Length;
                lastClass = 0;
            }
        }
    }

    private void Compose(in AlignedText text, ref AlignedBuffer target)
    {
        byte* end = text.Text + text.Length;
        int copied = 0;
        int previous = 0;
        for (int at = 0; at < text.Length;)
        {
            if (text.Text[at] < 0x80 && map.KeepsAscii)
            {
                previous = at++;
                continue;
            }

            int codePoint = Utf8Text.Decode(text.Text + at, end, out int bytes);
            if (classes[codePoint] == 0)
            {
                previous = at;
                at += bytes;
                continue;
            }

            target.Copy(text.Text + copied, previous - copied, text.RangesAt(copied));
            int stop = at + bytes;
            while (stop < text.Length && classes[Utf8Text.Decode(text.Text + stop, end, out bytes)] != 0)
            {
                stop += bytes;
            }

            Characters run = Take(text, previous, stop, ref target);
            run.Order();
            Compose(ref run);
            run.Write(ref target);
            copied = stop;
            previous = stop;
            at = stop;
        }

        target.Copy(text.Text + copied, text.Length - copied, text.RangesAt(copied));
    }

    /// <summary>Where the next starter behind one stands.</summary>
    private int EndOfRun(in AlignedText text, int starter, byte* end)
    {
        Utf8Text.Decode(text.Text + starter, end, out int bytes);
        int at = starter + bytes;
        while (at < text.Length)
        {
            int codePoint = Utf8Text.Decode(text.Text + at, end, out bytes);
            int value = map[codePoint];
            bool isMark = value >= TableFormat.FirstEntry
                ? map.Entry(value) is { Length: > 0 } entry && (classes[First(entry)] & TableFormat.CombiningClassMask) != 0
                : value == TableFormat.Dropped || (classes[codePoint] & TableFormat.CombiningClassMask) != 0;
            if (!isMark)
            {
                break;
            }

            at += bytes;
        }

        return at;
    }

    private static int First(ReadOnlySpan<byte> text)
    {
        fixed (byte* start = text)
        {
            return Utf8Text.Decode(start, start + text.Length, out _);
        }
    }

    /// <summary>Decomposes a part of a text into characters.</summary>
    private Characters Take(in AlignedText text, int start, int stop, ref AlignedBuffer target)
    {
        // decomposed behind what is written so far, and taken off again; an entry has at most 2^12 bytes
        int before = target.Length;
        long sources = 0;
        for (int at = start; at < stop;)
        {
            int codePoint = Utf8Text.Decode(text.Text + at, text.Text + stop, out int bytes);
            map.Append(map[codePoint], text.Text + at, bytes, text.RangesAt(at), ref target);
            at += bytes;
            sources++;
        }

        int length = target.Length - before;
        var run = new Characters(ref target, length, (int)sources);
        int written = before;
        target.CutTo(before);
        for (int at = start; at < stop;)
        {
            int codePoint = Utf8Text.Decode(text.Text + at, text.Text + stop, out int bytes);
            int value = map[codePoint];
            int from = target.Length;
            map.Append(value, text.Text + at, bytes, text.RangesAt(at), ref target);
            bool deleted = value is TableFormat.Deleted or TableFormat.Dropped;
            if (!deleted)
            {
                run.AddSource(text.RangesAt(at));
            }

            byte* p = target.Finish().Text + from;
            byte* end = p + (target.Length - from);
            for (bool first = true; p < end; first = false)
            {
                int character = Utf8Text.Decode(p, end, out int size);
                run.Add(character, classes[character] & TableFormat.CombiningClassMask, first ? 0 : 1);
                p += size;
            }

            at += bytes;
        }

        target.CutTo(written);
        return run;
    }

    private void Compose(ref Characters run)
    {
        int starter = -1;
        int lastClass = 0;
        int count = 0;
        for (int i = 0; i < run.Count; i++)
        {
            Character character = run[i];
            bool blocked = starter < 0 || (count > starter + 1 && lastClass >= character.Class);
            int composed = blocked ? -1 : Find(run[starter].CodePoint, character.CodePoint);
            if (composed >= 0)
            {
                run[starter].CodePoint = composed;
                run[starter].Change += character.Change - 1;
                continue;
            }

            if (character.Class == 0)
            {
                starter = count;
            }

            lastClass = character.Class;
            run[count++] = character;
        }

        run.Count = count;
    }

    private int Find(int first, int second)
    {
        int hangul = Hangul.Compose(first, second);
        if (hangul >= 0)
        {
            return hangul;
        }

        int low = 0;
        int high = compositionCount - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            byte* entry = compositions + (12L * middle);
            int left = Unsafe.ReadUnaligned<int>(entry);
            int right = Unsafe.ReadUnaligned<int>(entry + 4);
            if (left == first && right == second)
            {
                return Unsafe.ReadUnaligned<int>(entry + 8) & 0x1FFFFF;
            }

            if (left < first || (left == first && right < second))
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

    private struct Character
    {
        public int CodePoint;
        public int Class;

        /// <summary>As the reference counts: 0 replaces a character, 1 is one more, -n swallows n behind it.</summary>
        public int Change;
    }

    /// <summary>A starter and the marks behind it, taken apart.</summary>
    private ref struct Characters
    {
        private readonly Character* characters;
        private readonly ulong* keys;
        private readonly ByteRange* sources;
        private readonly bool aligned;
        private int sourceCount;

        public Characters(ref AlignedBuffer buffer, int capacity, int sourceCapacity)
        {
            // room for the characters twice: they are put in order by copying
            nuint n = (nuint)capacity;
            byte* memory = buffer.Work((2 * n * (nuint)sizeof(Character)) + (n * sizeof(ulong)) + ((nuint)sourceCapacity * (nuint)sizeof(ByteRange)));
            keys = (ulong*)memory;
            sources = (ByteRange*)(keys + n);
            characters = (Character*)(sources + sourceCapacity);
            aligned = buffer.Finish().Ranges != null;
            Count = 0;
            Capacity = capacity;
        }

        public int Count;

        private readonly int Capacity;

        public readonly ref Character this[int i] => ref characters[i];

        public void AddSource(ByteRange* range)
        {
            if (aligned)
            {
                sources[sourceCount++] = *range;
            }
        }

        public void Add(int codePoint, int combiningClass, int change) =>
            characters[Count++] = new Character { CodePoint = codePoint, Class = combiningClass, Change = change };

        /// <summary>Sorts marks between starters by their class; equal ones stay in order.</summary>
        public readonly void Order()
        {
            for (int start = 0; start < Count;)
            {
                int stop = start + 1;
                bool ordered = true;
                if (characters[start].Class != 0)
                {
                    while (stop < Count && characters[stop].Class != 0)
                    {
                        ordered &= characters[stop].Class >= characters[stop - 1].Class;
                        stop++;
                    }
                }

                if (!ordered)
                {
                    Character* copy = characters + Capacity;
                    for (int i = start; i < stop; i++)
                    {
                        keys[i] = ((ulong)(uint)characters[i].Class << 32) | (uint)i;
                        copy[i] = characters[i];
                    }

                    new Span<ulong>(keys + start, stop - start).Sort();
                    for (int i = start; i < stop; i++)
                    {
                        characters[i] = copy[(uint)keys[i]];
                    }
                }

                start = stop;
            }
        }

        public readonly void Write(ref AlignedBuffer target)
        {
            int next = 0;
            for (int i = 0; i < Count; i++)
            {
                ByteRange origin = default;
                if (aligned && sourceCount > 0)
                {
                    int source = characters[i].Change > 0 ? next - 1 : next;
                    origin = sources[Math.Clamp(source, 0, sourceCount - 1)];
                    next += characters[i].Change > 0 ? 0 : 1 - characters[i].Change;
                }

                target.AppendCharacter(characters[i].CodePoint, &origin);
            }
        }
    }
}
