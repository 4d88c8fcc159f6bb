using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary>
/// Causal attention over the caches. The softmax runs along the positions by tiles of one cache block at absolute positions: each
/// tile's largest score rescales what was summed before (Milakov and Gimelshein, arXiv 1805.02867), so that no buffer grows with
/// the context and a row's bits depend on its own positions alone.
/// </summary>
/// <remarks>A unit of work is <see cref="TileRows"/> rows and one key/value head.</remarks>
internal unsafe struct AttentionKernel : IKernel
{
    /// <summary>Rows of a unit of work; those of one sequence share what is read of its cache.</summary>
    public const int TileRows = 6;

    private const int Block = CacheLayer.BlockLength;

    // query heads taken together: bounds what lies on the stack
    private const int GroupHeads = 8;
    private const int GroupQueries = TileRows * GroupHeads;

    public float* Query;
    public float* Output;
    public long QueryStride;
    public long OutputStride;
    public int* Positions;
    public int* SequenceOfRow;
    public Sequence* Sequences;
    public CacheLayer Cache;
    public int Rows;
    public int HeadsPerKey;
    public float Scale;

    /// <inheritdoc/>
    [SkipLocalsInit]
    public static void Run<V>(void* arguments, int begin, int end)
        where V : unmanaged, ILanes<V>
    {
        AttentionKernel* a = (AttentionKernel*)arguments;
        float* floats = stackalloc float[(GroupQueries * (Block + 16 + 1 + a->Cache.PaddedHeadDim)) + 16];
        float** pointers = stackalloc float*[GroupQueries + TileRows];
        Group group = new()
        {
            Queries = pointers,
            Scores = (float*)(((nuint)floats + 63) & ~(nuint)63),
        };
        group.Totals = group.Scores + (GroupQueries * Block);
        group.Sums = group.Totals + (GroupQueries * 16);
        group.Max = group.Sums + (GroupQueries * a->Cache.PaddedHeadDim);
        int tiles = (a->Rows + TileRows - 1) / TileRows;
        for (int unit = begin; unit < end; unit++)
        {
            // tiles from both ends in turn: a later row sees more positions, so every part of the range gets its share of them
            int turn = unit / a->Cache.Heads;
            int tile = (turn & 1) == 0 ? turn / 2 : tiles - 1 - (turn / 2);
            int last = Math.Min((tile + 1) * TileRows, a->Rows);
            for (int row = tile * TileRows; row < last; row += group.Rows)
            {
                group.Row = row;
                group.Rows = 1;
                while (row + group.Rows < last && a->SequenceOfRow[row + group.Rows] == a->SequenceOfRow[row])
                {
                    group.Rows++;
                }

                for (int head = 0; head < a->HeadsPerKey; head += GroupHeads)
                {
                    group.Heads = Math.Min(GroupHeads, a->HeadsPerKey - head);
                    Attend<V>(a, unit % a->Cache.Heads, head, ref group);
                }
            }
        }
    }

    /// <summary>Some rows of one sequence, and some of the query heads over one key/value head.</summary>
    private static void Attend<V>(AttentionKernel* a, int keyHead, int firstHead, ref Group g)
        where V : unmanaged, ILanes<V>
    {
        CacheLayer cache = a->Cache;
        int padded = cache.PaddedHeadDim;
        int queries = g.Rows * g.Heads;
        long firstColumn = ((long)keyHead * a->HeadsPerKey + firstHead) * cache.HeadDim;
        for (int q = 0; q < queries; q++)
        {
            g.Queries[q] = a->Query + ((g.Row + (q / g.Heads)) * a->QueryStride) + firstColumn + ((long)(q % g.Heads) * cache.HeadDim);
            g.Max[q] = float.NegativeInfinity;
            V.Store(V.Zero, g.Totals + (q * 16));
            Clear<V>(g.Sums + (q * padded), padded);
        }

        // row r of the group sees the positions below length + r
        int length = a->Positions[g.Row] + 1;
        float** blocks = a->Sequences[a->SequenceOfRow[g.Row]].Blocks;
        for (int start = 0; start < length + g.Rows - 1; start += Block)
        {
            float* block = blocks[start / Block];
            int firstQuery = Math.Max(0, start - length + 1) * g.Heads;
            for (int q = firstQuery; q < queries; q++)
            {
                Clear<V>(g.Scores + (q * Block), Block);
            }

            Scores<V>(ref g, firstQuery, queries, block + cache.Keys(keyHead), cache.HeadDim);
            for (int q = firstQuery; q < queries; q++)
            {
                int count = Math.Min(Block, length + (q / g.Heads) - start);
                Softmax<V>(g.Scores + (q * Block), count, a->Scale, g.Max + q, g.Totals + (q * 16), g.Sums + (q * padded), padded);
            }

            WeightedSums<V>(ref g, firstQuery, queries, length - start, block + cache.Values(keyHead), padded);
        }

        for (int q = 0; q < queries; q++)
        {
            float* output = a->Output + ((g.Row + (q / g.Heads)) * a->OutputStride) + firstColumn + ((long)(q % g.Heads) * cache.HeadDim);
            V divisor = V.Broadcast(V.Sum(V.Load(g.Totals + (q * 16))));
            for (int i = 0; i < cache.HeadDim; i += 16)
            {
                Simd.Rows.Store(V.Load(g.Sums + (q * padded) + i) / divisor, output + i, cache.HeadDim - i);
            }
        }
    }

    /// <summary>Queries that make a tile: six, or what is left if it is not too little; else one.</summary>
    private static int TileQueries<V>(int left) => (typeof(V) != typeof(Lanes128) || AdvSimd.IsSupported) && left >= 4 ? Math.Min(left, 6) : 1;

    /// <summary>Products of queries with the 64 keys of a block, features in order.</summary>
    private static void Scores<V>(ref Group g, int firstQuery, int queries, float* keys, int dim)
        where V : unmanaged, ILanes<V>
    {
        int tile;
        for (int q = firstQuery; q < queries; q += tile)
        {
            float* scores = g.Scores + (q * Block);
            tile = TileQueries<V>(queries - q);
            if (tile == 1)
            {
                AttentionTiles.Tile1x4<V>(g.Queries[q], keys, Block, dim, scores);
                continue;
            }

            for (int i = tile; i < 6; i++)
            {
                // what is computed in place of the missing ones falls behind the last query
                g.Queries[q + i] = g.Queries[q];
                if (i == tile)
                {
                    Clear<V>(g.Scores + ((q + i) * Block), (6 - tile) * Block);
                }
            }

            if (typeof(V) == typeof(Lanes512))
            {
                AttentionTiles.Tile6x4<V>(g.Queries + q, keys, Block, dim, scores, Block);
            }
            else
            {
                for (int i = 0; i < Block; i += 16)
                {
                    AttentionTiles.Tile6x1<V>(g.Queries + q, keys + i, Block, dim, scores + i, Block);
                }
            }
        }
    }

    /// <summary>
    /// Turns scores into exponentials against the new maximum, adds them to the total and rescales what was summed before.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Softmax<V>(float* scores, int count, float scale, float* max, float* total, float* sums, int width)
        where V : unmanaged, ILanes<V>
    {
        V factor = V.Broadcast(scale);
        V length = V.Broadcast(count);
        V none = V.Broadcast(float.NegativeInfinity);
        V largest = V.Broadcast(*max);
        for (int i = 0; i < Block; i += 16)
        {
            // what lies behind the last position is not to be seen, whatever it is
            V position = V.Index + V.Broadcast(i);
            V score = V.SelectLess(position, length, V.Load(scores + i) * factor, none);
            V.Store(score, scores + i);
            largest = V.Max(largest, score);
        }

        float newMax = V.Max(largest);
        V shift = V.Broadcast(newMax);
        V sum = V.Load(total);
        if (newMax != *max)
        {
            V rescale = Functions.Exp(V.Broadcast(*max) - shift);
            sum *= rescale;
            for (int i = 0; i < width; i += 16)
            {
                V.Store(V.Load(sums + i) * rescale, sums + i);
            }

            *max = newMax;
        }

        for (int i = 0; i < Block; i += 16)
        {
            V weight = Functions.Exp(V.Load(scores + i) - shift);
            V.Store(weight, scores + i);
            sum += weight;
        }

        V.Store(sum, total);
    }

    /// <summary><c>sums += weights * values</c>, positions in order, each query up to its own last position.</summary>
    /// <param name="g">The queries.</param>
    /// <param name="firstQuery">First query that sees the block.</param>
    /// <param name="queries">The query after the last.</param>
    /// <param name="length">Positions of the block that the group's first row sees; may be over 64, or below 1.</param>
    /// <param name="values">The block's values.</param>
    /// <param name="width">Features, padded.</param>
    private static void WeightedSums<V>(ref Group g, int firstQuery, int queries, int length, float* values, int width)
        where V : unmanaged, ILanes<V>
    {
        float** weights = stackalloc float*[6];
        int tile;
        for (int q = firstQuery; q < queries; q += tile)
        {
            tile = TileQueries<V>(queries - q);

            // rows see ever more positions: up to those of its first query a tile goes together
            int together = 0;
            if (tile == 6)
            {
                together = Math.Min(Block, length + (q / g.Heads));
                for (int i = 0; i < 6; i++)
                {
                    weights[i] = g.Scores + ((q + i) * Block);
                }

                Together<V>(weights, values, width, together, g.Sums + (q * width));
            }

            for (int i = 0; i < tile; i++)
            {
                int count = Math.Min(Block, length + ((q + i) / g.Heads));
                if (count > together)
                {
                    Alone<V>(
                        g.Scores + ((q + i) * Block) + together, values + ((long)together * width), width, count - together, g.Sums + ((q + i) * width));
                }
            }
        }
    }

    private static void Together<V>(float** weights, float* values, int width, int count, float* sums)
        where V : unmanaged, ILanes<V>
    {
        int i = 0;
        if (typeof(V) == typeof(Lanes512))
        {
            for (; i <= width - 64; i += 64)
            {
                AttentionTiles.Tile6x4<V>(weights, values + i, width, count, sums + i, width);
            }
        }

        for (; i < width; i += 16)
        {
            AttentionTiles.Tile6x1<V>(weights, values + i, width, count, sums + i, width);
        }
    }

    private static void Alone<V>(float* weights, float* values, int width, int count, float* sums)
        where V : unmanaged, ILanes<V>
    {
        int i = 0;
        for (; i <= width - 64; i += 64)
        {
            AttentionTiles.Tile1x4<V>(weights, values + i, width, count, sums + i);
        }

        for (; i < width; i += 16)
        {
            AttentionTiles.Tile1x1<V>(weights, values + i, width, count, sums + i);
        }
    }

    private static void Clear<V>(float* target, int count)
        where V : unmanaged, ILanes<V>
    {
        for (int i = 0; i < count; i += 16)
        {
            V.Store(V.Zero, target + i);
        }
    }

    /// <summary>Queries that are worked on together: those of some rows, and for each row some heads.</summary>
    private ref struct Group
    {
        public int Row;
        public int Rows;
        public int Heads;

        /// <summary>Address of each query's features.</summary>
        public float** Queries;

        /// <summary><c>[queries, 64]</c>: scores of a block, then their exponentials.</summary>
        public float* Scores;

        /// <summary><c>[queries, 16]</c>: sums of the exponentials in 16 lanes.</summary>
        public float* Totals;

        /// <summary><c>[queries, padded HeadDim]</c>: weighted sums of the values.</summary>
        public float* Sums;

        /// <summary><c>[queries]</c>: the largest score so far.</summary>
        public float* Max;
    }
}
