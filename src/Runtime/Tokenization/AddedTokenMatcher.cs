using System;
using System.Buffers;

namespace Kiln.Tokenization;

/// <summary>
/// Finds added tokens: at the leftmost place the longest. Follows <c>AddedVocabulary::find_matches</c>
/// (tokenizers/src/tokenizer/added_vocabulary.rs).
/// </summary>
internal sealed unsafe class AddedTokenMatcher
{
    private readonly TablePart tokens;
    private readonly TablePart nodes;
    private readonly TablePart edges;
    private readonly SearchValues<byte> firstBytes;

    private AddedTokenMatcher(TablePart tokens, TablePart nodes, TablePart edges)
    {
        this.tokens = tokens;
        this.nodes = nodes;
        this.edges = edges;
        Span<byte> first = stackalloc byte[256];
        int count = Math.Min(nodes.Int32(2), 256);
        for (int i = 0; i < count; i++)
        {
            first[i] = (byte)edges.UInt32(nodes.Int32(1) + i);
        }

        firstBytes = SearchValues.Create(first[..count]);
    }

    /// <summary>A matcher; null for an empty trie.</summary>
    /// <exception cref="System.IO.InvalidDataException">The trie is corrupt.</exception>
    public static AddedTokenMatcher? Create(TablePart trie, TablePart tokens)
    {
        if (trie.Length == 0)
        {
            return null;
        }

        int numbers = trie.Length / 4;
        int nodeCount = numbers > 0 ? trie.Int32(0) : 0;
        if (trie.Length % 4 != 0 || nodeCount <= 0 || nodeCount > (numbers - 1) / 3)
        {
            throw TableReader.Corrupt("trie");
        }

        var nodes = new TablePart(trie.Start + 4, 12 * nodeCount);
        var edges = new TablePart(nodes.Start + nodes.Length, 4 * (numbers - 1 - (3 * nodeCount)));
        int edgeCount = edges.Length / 4;
        for (int i = 0; i < nodeCount; i++)
        {
            int value = nodes.Int32(3 * i);
            int first = nodes.Int32((3 * i) + 1);
            int count = nodes.Int32((3 * i) + 2);
            if (value < -1 || value >= tokens.Length / 8 || first < 0 || count < 0 || first > edgeCount || count > edgeCount - first)
            {
                throw TableReader.Corrupt("trie");
            }
        }

        for (int i = 0; i < edgeCount; i++)
        {
            if (edges.UInt32(i) >> 8 >= (uint)nodeCount)
            {
                throw TableReader.Corrupt("trie");
            }
        }

        return new AddedTokenMatcher(tokens, nodes, edges);
    }

    /// <summary>Starts at the beginning of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="skipsSpecial">Whether special tokens are no matches.</param>
    public Scan Search(byte* text, int length, bool skipsSpecial) => new(this, text, length, skipsSpecial);

    /// <summary>The longest token at a place: its number, or -1.</summary>
    private int MatchAt(byte* text, byte* end, out int length)
    {
        int node = 0;
        int best = -1;
        length = 0;
        for (byte* p = text; p < end; p++)
        {
            node = Child(node, *p);
            if (node < 0)
            {
                break;
            }

            int value = nodes.Int32(3 * node);
            if (value >= 0)
            {
                best = value;
                length = (int)(p - text) + 1;
            }
        }

        return best;
    }

    private int Child(int node, byte label)
    {
        int low = nodes.Int32((3 * node) + 1);
        int high = low + nodes.Int32((3 * node) + 2) - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            uint edge = edges.UInt32(middle);
            if ((byte)edge == label)
            {
                return (int)(edge >> 8);
            }

            if ((byte)edge < label)
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

    /// <summary>A walk through a text: gaps and the tokens behind them.</summary>
    internal ref struct Scan
    {
        private readonly AddedTokenMatcher matcher;
        private readonly byte* text;
        private readonly int length;
        private readonly bool skipsSpecial;
        private int position;
        private int gapStart;
        private bool ended;

        internal Scan(AddedTokenMatcher matcher, byte* text, int length, bool skipsSpecial)
        {
            this.skipsSpecial = skipsSpecial;
            this.matcher = matcher;
            this.text = text;
            this.length = length;
        }

        /// <summary>Where the current gap starts.</summary>
        public int Start { get; private set; }

        /// <summary>Where the current gap ends; at its start if there is none.</summary>
        public int End { get; private set; }

        /// <summary>Where the token behind the gap starts, with the blanks that it takes.</summary>
        public int TokenStart { get; private set; }

        /// <summary>Where that token ends.</summary>
        public int TokenEnd { get; private set; }

        /// <summary>The id of the token behind the gap, or -1 at the end of the text.</summary>
        public int Id { get; private set; }

        /// <summary>Goes to the next gap or token.</summary>
        public bool Next()
        {
            while (position < length)
            {
                int skip = new ReadOnlySpan<byte>(text + position, length - position).IndexOfAny(matcher.firstBytes);
                if (skip < 0)
                {
                    break;
                }

                position += skip;
                int token = matcher.MatchAt(text + position, text + length, out int bytes);
                if (token < 0)
                {
                    position++;
                    continue;
                }

                int start = position;
                int stop = position + bytes;
                // the search goes on behind the match, even where rstrip takes more
                position = stop;
                var flags = (AddedTokenFlags)matcher.tokens.Int32(2 * token);
                if (skipsSpecial && (flags & AddedTokenFlags.Special) != 0)
                {
                    continue;
                }

                if ((flags & AddedTokenFlags.SingleWord) != 0 && (IsWordBefore(start) || IsWordAt(stop)))
                {
                    continue;
                }

                if ((flags & AddedTokenFlags.LStrip) != 0)
                {
                    start = StripLeft(start);
                }

                if ((flags & AddedTokenFlags.RStrip) != 0)
                {
                    stop = StripRight(stop);
                }

                Start = gapStart;
                End = Math.Max(gapStart, start);
                Id = matcher.tokens.Int32((2 * token) + 1);
                // blanks that the token before has taken can be a token of their own
                TokenStart = Math.Min(start, stop);
                TokenEnd = stop;
                gapStart = stop;
                return true;
            }

            if (ended || gapStart >= length)
            {
                return false;
            }

            ended = true;
            position = length;
            Start = gapStart;
            End = length;
            Id = -1;
            return true;
        }

        private readonly bool IsWordAt(int at) =>
            at < length && (CharacterClasses.At(text + at, text + length, out _) & CharacterClass.Word) != 0;

        private readonly bool IsWordBefore(int at) =>
            at > 0 && (CharacterClasses.At(text + Before(at), text + at, out _) & CharacterClass.Word) != 0;

        private readonly int Before(int at)
        {
            int start = at - 1;
            while (start > 0 && (text[start] & 0xC0) == 0x80)
            {
                start--;
            }

            return start;
        }

        private readonly int StripLeft(int at)
        {
            while (at > gapStart)
            {
                int before = Before(at);
                if ((CharacterClasses.At(text + before, text + at, out _) & CharacterClass.Space) == 0)
                {
                    break;
                }

                at = before;
            }

            return Math.Max(at, gapStart);
        }

        private readonly int StripRight(int at)
        {
            while (at < length && (CharacterClasses.At(text + at, text + length, out int bytes) & CharacterClass.Space) != 0)
            {
                at += bytes;
            }

            return at;
        }
    }
}
