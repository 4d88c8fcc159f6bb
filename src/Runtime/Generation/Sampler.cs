using System;
using System.Diagnostics;
using System.Numerics;

namespace Kiln;

/// <summary>
/// Chooses the next token from logits: transformers' logits processors in their order (repetition penalty, no repeated n-grams,
/// minimum length), then the likeliest token, or with <c>DoSample</c> its warpers (temperature, top-k, top-p, min-p) and a draw.
/// Of equal logits the lowest id is the likeliest. NaN is never chosen. For one thread at a time; sessions have their own.
/// </summary>
public sealed class Sampler
{
    private readonly int vocabularySize;
    private GenerationSettings settings;
    private RandomSource random;
    private bool seeded;
    private float[] scores = [];
    private int[] candidates = [];
    private float[] largest = [];
    private ulong[] seen = [];
    private int count;

    /// <summary>Makes a sampler. Its scratch memory comes with the first options that need it.</summary>
    /// <param name="vocabularySize">Logits of a row, at least 1.</param>
    public Sampler(int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        this.vocabularySize = vocabularySize;
    }

    /// <summary>Scores after <see cref="Process"/>, by id.</summary>
    internal ReadOnlySpan<float> Scores => scores;

    /// <summary>Ids that were kept, after <see cref="Process"/>.</summary>
    internal ReadOnlySpan<int> Candidates => new(candidates, 0, count);

    /// <summary>Sets the options for the tokens to come.</summary>
    /// <param name="options">Options, or null.</param>
    /// <param name="defaults">What holds where they leave something open: a model's <see cref="ModelDescription.GenerationDefaults"/>; or null.</param>
    /// <param name="promptLength">Tokens of the sequence before the first that is chosen.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public void Start(GenerationOptions? options, GenerationOptions? defaults = null, int promptLength = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(promptLength);
        Begin(new GenerationSettings(options, defaults ?? new GenerationOptions(), promptLength, vocabularySize));
    }

    internal void Begin(in GenerationSettings settings)
    {
        this.settings = settings;
        if (settings.Seed is { } seed)
        {
            random = new RandomSource(seed);
            seeded = true;
        }
        else if (settings.DoSample && !seeded)
        {
            random = new RandomSource((ulong)Stopwatch.GetTimestamp() ^ ((ulong)Environment.ProcessId << 40));
            seeded = true;
        }

        if (NeedsScores && scores.Length == 0)
        {
            scores = new float[vocabularySize];
        }

        if (settings.DoSample && candidates.Length == 0)
        {
            candidates = new int[vocabularySize];
        }

        if (settings.DoSample && largest.Length < Math.Min(settings.TopK, vocabularySize))
        {
            largest = new float[Math.Min(settings.TopK, vocabularySize)];
        }

        if (settings.RepetitionPenalty != 1 && seen.Length == 0)
        {
            seen = new ulong[(vocabularySize + 63) / 64];
        }
    }

    private bool NeedsScores =>
        settings.DoSample || settings.RepetitionPenalty != 1 || settings.NoRepeatNgramSize > 0 || (settings.MinTokens > settings.PromptLength && settings.EosTokenIds.Length > 0);

    /// <summary>Chooses a token.</summary>
    /// <param name="logits">What the model gives behind the sequence, <c>[vocabulary]</c>; it is not changed.</param>
    /// <param name="tokens">The sequence so far, prompt included.</param>
    /// <exception cref="ArgumentException">There is another number of logits than the vocabulary has entries.</exception>
    public int Next(ReadOnlySpan<float> logits, ReadOnlySpan<int> tokens)
    {
        if (logits.Length != vocabularySize)
        {
            throw new ArgumentException($"There are {logits.Length} logits, the vocabulary has {vocabularySize} entries.", nameof(logits));
        }

        if (!NeedsScores)
        {
            return Largest(logits);
        }

        Process(logits, tokens);
        return settings.DoSample && count > 0 ? Draw() : Largest(scores);
    }

    /// <summary>Runs processors and warpers: leaves <see cref="Scores"/>, and when sampling <see cref="Candidates"/>.</summary>
    internal void Process(ReadOnlySpan<float> logits, ReadOnlySpan<int> tokens)
    {
        logits.CopyTo(scores);
        if (settings.RepetitionPenalty != 1)
        {
            PenalizeRepetition(tokens);
        }

        if (settings.NoRepeatNgramSize > 0)
        {
            BanRepeatedNgrams(tokens, settings.NoRepeatNgramSize);
        }

        if (tokens.Length < settings.MinTokens)
        {
            foreach (int id in settings.EosTokenIds)
            {
                if ((uint)id < (uint)scores.Length)
                {
                    scores[id] = float.NegativeInfinity;
                }
            }
        }

        if (settings.DoSample)
        {
            ApplyTemperature();
            KeepTopK();
            KeepTopP();
            KeepMinP();
        }
    }

    /// <summary>The first index of the largest number; 0 if there is none but NaN.</summary>
    internal static int Largest(ReadOnlySpan<float> numbers)
    {
        int i = 0;
        float best = float.NegativeInfinity;
        int lanes = Vector<float>.Count;
        if (numbers.Length >= lanes)
        {
            Vector<float> bests = new(best);
            for (; i <= numbers.Length - lanes; i += lanes)
            {
                Vector<float> v = new(numbers.Slice(i, lanes));
                bests = Vector.ConditionalSelect(Vector.GreaterThan(v, bests), v, bests);
            }

            for (int lane = 0; lane < lanes; lane++)
            {
                best = bests[lane] > best ? bests[lane] : best;
            }
        }

        for (; i < numbers.Length; i++)
        {
            best = numbers[i] > best ? numbers[i] : best;
        }

        for (i = 0; i < numbers.Length; i++)
        {
            if (numbers[i] == best)
            {
                return i;
            }
        }

        return 0;
    }

    private void PenalizeRepetition(ReadOnlySpan<int> tokens)
    {
        foreach (int id in tokens)
        {
            ulong bit = 1UL << (id & 63);
            if ((seen[id >> 6] & bit) == 0)
            {
                seen[id >> 6] |= bit;
                scores[id] = scores[id] < 0 ? scores[id] * settings.RepetitionPenalty : scores[id] / settings.RepetitionPenalty;
            }
        }

        foreach (int id in tokens)
        {
            seen[id >> 6] = 0;
        }
    }

    private void BanRepeatedNgrams(ReadOnlySpan<int> tokens, int size)
    {
        if (tokens.Length < size)
        {
            return;
        }

        ReadOnlySpan<int> last = tokens[(tokens.Length - size + 1)..];
        for (int i = 0; i <= tokens.Length - size; i++)
        {
            if (tokens.Slice(i, size - 1).SequenceEqual(last))
            {
                scores[tokens[i + size - 1]] = float.NegativeInfinity;
            }
        }
    }

    private void ApplyTemperature()
    {
        count = 0;
        for (int id = 0; id < scores.Length; id++)
        {
            float score = settings.Temperature == 1 ? scores[id] : scores[id] / settings.Temperature;
            scores[id] = score;
            if (score > float.NegativeInfinity)
            {
                candidates[count++] = id;
            }
        }
    }

    private void KeepTopK()
    {
        int k = settings.TopK;
        if (k == 0 || k >= count)
        {
            return;
        }

        // a heap of the k largest scores, the smallest of them at its root
        Span<float> heap = largest.AsSpan(0, k);
        for (int i = 0; i < k; i++)
        {
            heap[i] = scores[candidates[i]];
        }

        for (int i = (k / 2) - 1; i >= 0; i--)
        {
            SinkSmallest(heap, i);
        }

        for (int i = k; i < count; i++)
        {
            float score = scores[candidates[i]];
            if (score > heap[0])
            {
                heap[0] = score;
                SinkSmallest(heap, 0);
            }
        }

        KeepAtLeast(heap[0]);
    }

    private void KeepTopP()
    {
        if (settings.TopP >= 1 || count < 2)
        {
            return;
        }

        // transformers sorts ascending and drops what cumulates to at most 1 - p; so a token stays if those above it have less than p
        float max = MaxScore();
        double needed = settings.TopP * Mass(max);
        Span<int> heap = candidates.AsSpan(0, count);
        for (int i = (count / 2) - 1; i >= 0; i--)
        {
            SinkLikeliest(heap, i);
        }

        int kept = 0;
        double above = 0;
        while (kept < count && (kept == 0 || above < needed))
        {
            int id = heap[0];
            int last = count - 1 - kept;
            heap[0] = heap[last];
            candidates[last] = id;
            kept++;
            heap = candidates.AsSpan(0, last);
            SinkLikeliest(heap, 0);
            above += PortableMath.Exp((double)scores[id] - max);
        }

        // popped ones stand at the end, the likeliest last
        Span<int> popped = candidates.AsSpan(count - kept, kept);
        popped.Reverse();
        popped.CopyTo(candidates);
        count = kept;
    }

    private void KeepMinP()
    {
        if (settings.MinP == 0 || count < 2)
        {
            return;
        }

        float max = MaxScore();
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            int id = candidates[i];
            if (scores[id] == max || PortableMath.Exp((double)scores[id] - max) >= settings.MinP)
            {
                candidates[kept++] = id;
            }
        }

        count = kept;
    }

    private int Draw()
    {
        float max = MaxScore();
        double target = random.NextDouble() * Mass(max);
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += PortableMath.Exp((double)scores[candidates[i]] - max);
            if (sum > target)
            {
                return candidates[i];
            }
        }

        return candidates[count - 1];
    }

    private void KeepAtLeast(float threshold)
    {
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (scores[candidates[i]] >= threshold)
            {
                candidates[kept++] = candidates[i];
            }
        }

        count = kept;
    }

    private float MaxScore()
    {
        float max = float.NegativeInfinity;
        for (int i = 0; i < count; i++)
        {
            max = Math.Max(max, scores[candidates[i]]);
        }

        return max;
    }

    private double Mass(float max)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += PortableMath.Exp((double)scores[candidates[i]] - max);
        }

        return sum;
    }

    private static void SinkSmallest(Span<float> heap, int at)
    {
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= heap.Length)
            {
                return;
            }

            if (child + 1 < heap.Length && heap[child + 1] < heap[child])
            {
                child++;
            }

            if (heap[at] <= heap[child])
            {
                return;
            }

            (heap[at], heap[child]) = (heap[child], heap[at]);
            at = child;
        }
    }

    private void SinkLikeliest(Span<int> heap, int at)
    {
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= heap.Length)
            {
                return;
            }

            if (child + 1 < heap.Length && IsLikelier(heap[child + 1], heap[child]))
            {
                child++;
            }

            if (!IsLikelier(heap[child], heap[at]))
            {
                return;
            }

            (heap[at], heap[child]) = (heap[child], heap[at]);
            at = child;
        }
    }

    private bool IsLikelier(int id, int other) => scores[id] > scores[other] || (scores[id] == scores[other] && id < other);
}
