using System;

namespace Kiln;

/// <summary>Options over the checkpoint's over the defaults, checked.</summary>
internal readonly struct GenerationSettings
{
    private static readonly GenerationOptions Nothing = new();

    /// <exception cref="ArgumentOutOfRangeException">A value in use is out of its range.</exception>
    /// <exception cref="ArgumentException">A stop string is empty.</exception>
    public GenerationSettings(GenerationOptions? options, GenerationOptions defaults, int promptLength, int vocabularySize)
    {
        options ??= Nothing;
        PromptLength = promptLength;
        MaxTokens = MaxLengthOf(options, defaults, promptLength);
        int minNewTokens = NotNegative(options.MinNewTokens ?? defaults.MinNewTokens ?? 0, nameof(GenerationOptions.MinNewTokens));
        int minLength = NotNegative(options.MinLength ?? defaults.MinLength ?? 0, nameof(GenerationOptions.MinLength));
        MinTokens = (int)Math.Max(minLength, Math.Min(int.MaxValue, (long)promptLength + minNewTokens));
        RepetitionPenalty = options.RepetitionPenalty ?? defaults.RepetitionPenalty ?? 1f;
        if (!(RepetitionPenalty > 0) || float.IsInfinity(RepetitionPenalty))
        {
            throw OutOfRange(nameof(GenerationOptions.RepetitionPenalty), RepetitionPenalty, "over 0");
        }

        NoRepeatNgramSize = NotNegative(options.NoRepeatNgramSize ?? defaults.NoRepeatNgramSize ?? 0, nameof(GenerationOptions.NoRepeatNgramSize));
        DoSample = options.DoSample ?? defaults.DoSample ?? false;
        Temperature = 1f;
        TopP = 1f;
        if (DoSample)
        {
            Temperature = options.Temperature ?? defaults.Temperature ?? 1f;
            if (!(Temperature > 0) || float.IsInfinity(Temperature))
            {
                throw OutOfRange(nameof(GenerationOptions.Temperature), Temperature, "over 0; for the likeliest token set DoSample = false");
            }

            TopK = NotNegative(options.TopK ?? defaults.TopK ?? 50, nameof(GenerationOptions.TopK));
            TopP = Share(options.TopP ?? defaults.TopP ?? 1f, nameof(GenerationOptions.TopP));
            MinP = Share(options.MinP ?? defaults.MinP ?? 0f, nameof(GenerationOptions.MinP));
        }

        Seed = options.Seed ?? defaults.Seed;
        EosTokenIds = options.EosTokenIds ?? defaults.EosTokenIds ?? [];
        if (options.EosTokenIds is not null)
        {
            foreach (int id in EosTokenIds)
            {
                if ((uint)id >= (uint)vocabularySize)
                {
                    throw OutOfRange(nameof(GenerationOptions.EosTokenIds), id, $"an id of the vocabulary, 0 to {vocabularySize - 1}");
                }
            }
        }

        StopStrings = options.StopStrings ?? defaults.StopStrings ?? [];
        foreach (string text in StopStrings)
        {
            if (string.IsNullOrEmpty(text))
            {
                throw new ArgumentException("A stop string is empty.", nameof(options));
            }
        }

        IncludeStopString = options.IncludeStopString ?? defaults.IncludeStopString ?? false;
        SkipSpecialTokens = options.SkipSpecialTokens ?? defaults.SkipSpecialTokens ?? true;
    }

    /// <summary>Length of the sequence when generating began.</summary>
    public int PromptLength { get; }

    /// <summary>Length of the sequence at which generating ends.</summary>
    public int MaxTokens { get; }

    /// <summary>Length of the sequence before which no stop token may come.</summary>
    public int MinTokens { get; }

    public bool DoSample { get; }

    public float Temperature { get; }

    public int TopK { get; }

    public float TopP { get; }

    public float MinP { get; }

    public float RepetitionPenalty { get; }

    public int NoRepeatNgramSize { get; }

    public ulong? Seed { get; }

    public int[] EosTokenIds { get; }

    public string[] StopStrings { get; }

    public bool IncludeStopString { get; }

    public bool SkipSpecialTokens { get; }

    private static int MaxLengthOf(GenerationOptions options, GenerationOptions defaults, int promptLength)
    {
        // a length of the caller goes before one of the checkpoint, whichever of the two names it has
        int? maxNewTokens = options.MaxNewTokens ?? (options.MaxLength is null ? defaults.MaxNewTokens : null);
        if (maxNewTokens is { } count)
        {
            if (count < 1)
            {
                throw OutOfRange(nameof(GenerationOptions.MaxNewTokens), count, "at least 1");
            }

            return (int)Math.Min(int.MaxValue, (long)promptLength + count);
        }

        if (options.MaxLength is { } length && length <= promptLength)
        {
            throw OutOfRange(nameof(GenerationOptions.MaxLength), length, $"over the length of the sequence with its prompt, {promptLength}");
        }

        // a checkpoint's own limit does not make a long prompt an error
        return options.MaxLength ?? (defaults.MaxLength > promptLength ? defaults.MaxLength.Value : int.MaxValue);
    }

    private static int NotNegative(int value, string name) => value >= 0 ? value : throw OutOfRange(name, value, "at least 0");

    private static float Share(float value, string name) => value is >= 0 and <= 1 ? value : throw OutOfRange(name, value, "0 to 1");

    private static ArgumentOutOfRangeException OutOfRange(string name, object value, string range) => new(name, value, $"{name} is {value}; it must be {range}.");
}
