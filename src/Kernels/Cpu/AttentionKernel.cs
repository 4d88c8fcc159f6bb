using System.Runtime.CompilerServices;
using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary>
/// Causal attention over the caches. The softmax runs along the positions by tiles of one cache block at absolute positions: each
/// tile's largest score rescales what was summed before (Milakov and Gimelshein, arXiv 1805.02867), so that no buffer grows with
/// the context and a row's bits depend on its own positions alone.
/// </summary>
internal unsafe struct AttentionKernel : IKernel
{
    private const int Tile = CacheLayer.BlockLength;

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
    /// <remarks>A unit of work is one row and one key/value head.</remarks>
    [SkipLocalsInit]
    public static void Run<V>(void* arguments, int begin, int end)
        where V : unmanaged, ILanes<V>
    {
        AttentionKernel* a = (AttentionKernel*)arguments;
        CacheLayer cache = a->Cache;
        float* sums = stackalloc float[cache.PaddedHeadDim];
        float* scores = stackalloc float[Tile];
        for (int unit = begin; unit < end; unit++)
        {
            int head = unit % cache.Heads;

            // rows from both ends in turn: a later row sees more positions, so every part gets its share of them
            int turn = unit / cache.Heads;
            long row = (turn & 1) == 0 ? turn / 2 : a->Rows - 1 - (turn / 2);
            float** blocks = a->Sequences[a->SequenceOfRow[row]].Blocks;
            int first = head * a->HeadsPerKey * cache.HeadDim;
            for (int i = 0; i < a->HeadsPerKey; i++)
            {
                long column = first + ((long)i * cache.HeadDim);
                Head<V>(
                    a, head, blocks, a->Positions[row] + 1, a->Query + (row * a->QueryStride) + column,
                    a->Output + (row * a->OutputStride) + column, scores, sums);
            }
        }
    }

    private static void Head<V>(
        AttentionKernel* a, int head, float** blocks, int length, float* query, float* output, float* scores, float* sums)
        where V : unmanaged, ILanes<V>
    {
        CacheLayer cache = a->Cache;
        int padded = cache.PaddedHeadDim;
        for (int i = 0; i < padded; i += 16)
        {
            V.Store(V.Zero, sums + i);
        }

        float max = float.NegativeInfinity;
        V total = V.Zero;
        for (int start = 0; start < length; start += Tile)
        {
            float* block = blocks[start / Tile];
            int count = int.Min(Tile, length - start);
            Scores<V>(query, block + cache.Keys(head), cache.HeadDim, scores);
            V rescale = Softmax(scores, count, a->Scale, ref max, ref total);
            WeightedSum(scores, count, block + cache.Values(head), padded, rescale, sums);
        }

        V divisor = V.Broadcast(V.Sum(total));
        for (int i = 0; i < cache.HeadDim; i += 16)
        {
            Simd.Rows.Store(V.Load(sums + i) / divisor, output + i, cache.HeadDim - i);
        }
    }

    /// <summary>Products of a query with the 64 keys of a block, features in order.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Scores<V>(float* query, float* keys, int dim, float* scores)
        where V : unmanaged, ILanes<V>
    {
        V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero;
        for (int i = 0; i < dim; i++)
        {
            V q = V.Broadcast(query[i]);
            s0 = V.Fma(q, V.Load(keys), s0);
            s1 = V.Fma(q, V.Load(keys + 16), s1);
            s2 = V.Fma(q, V.Load(keys + 32), s2);
            s3 = V.Fma(q, V.Load(keys + 48), s3);
            keys += Tile;
        }

        V.Store(s0, scores);
        V.Store(s1, scores + 16);
        V.Store(s2, scores + 32);
        V.Store(s3, scores + 48);
    }

    /// <summary>Turns scores into exponentials against the new maximum; returns the factor of what was summed before.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V Softmax<V>(float* scores, int count, float scale, ref float max, ref V total)
        where V : unmanaged, ILanes<V>
    {
        V factor = V.Broadcast(scale);
        V length = V.Broadcast(count);
        V none = V.Broadcast(float.NegativeInfinity);
        V largest = V.Broadcast(max);
        for (int i = 0; i < Tile; i += 16)
        {
            // what lies behind the last position is not to be seen, whatever it is
            V position = V.Index + V.Broadcast(i);
            V score = V.SelectLess(position, length, V.Load(scores + i) * factor, none);
            V.Store(score, scores + i);
            largest = V.Max(largest, score);
        }

        float newMax = V.Max(largest);
        V shift = V.Broadcast(newMax);
        V rescale = Functions.Exp(V.Broadcast(max) - shift);
        V sum = total * rescale;
        for (int i = 0; i < Tile; i += 16)
        {
            V weight = Functions.Exp(V.Load(scores + i) - shift);
            V.Store(weight, scores + i);
            sum += weight;
        }

        max = newMax;
        total = sum;
        return rescale;
    }

    /// <summary><c>sums = sums * rescale + weights * values</c>, positions in order.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WeightedSum<V>(float* weights, int count, float* values, int stride, V rescale, float* sums)
        where V : unmanaged, ILanes<V>
    {
        int i = 0;
        for (; i <= stride - 64; i += 64)
        {
            V s0 = V.Load(sums + i) * rescale;
            V s1 = V.Load(sums + i + 16) * rescale;
            V s2 = V.Load(sums + i + 32) * rescale;
            V s3 = V.Load(sums + i + 48) * rescale;
            float* value = values + i;
            for (int j = 0; j < count; j++)
            {
                V w = V.Broadcast(weights[j]);
                s0 = V.Fma(w, V.Load(value), s0);
                s1 = V.Fma(w, V.Load(value + 16), s1);
                s2 = V.Fma(w, V.Load(value + 32), s2);
                s3 = V.Fma(w, V.Load(value + 48), s3);
                value += stride;
            }

            V.Store(s0, sums + i);
            V.Store(s1, sums + i + 16);
            V.Store(s2, sums + i + 32);
            V.Store(s3, sums + i + 48);
        }

        for (; i < stride; i += 16)
        {
            V s = V.Load(sums + i) * rescale;
            float* value = values + i;
            for (int j = 0; j < count; j++)
            {
                s = V.Fma(V.Broadcast(weights[j]), V.Load(value), s);
                value += stride;
            }

            V.Store(s, sums + i);
        }
    }
}
