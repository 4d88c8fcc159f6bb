namespace Kiln;

/// <summary>
/// How to generate, by the names and meanings of transformers' <c>GenerationConfig</c>. What is left null follows the checkpoint's
/// <c>generation_config.json</c>, then the default that is written here.
/// </summary>
/// <remarks>Ranges are checked when generating starts, as far as a value is used: <c>Temperature</c> and the filters count only for sampling.</remarks>
public sealed class GenerationOptions
{
    /// <summary>
    /// Most tokens to generate, at least 1 (<c>max_new_tokens</c>); it goes before <see cref="MaxLength"/>. If neither is set anywhere, the end
    /// is a stop token or the session's end. (transformers would then stop after 20.)
    /// </summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>
    /// Most tokens of the whole sequence, prompt included; over the prompt's length (<c>max_length</c>). Where only the checkpoint sets it,
    /// it does not count for a sequence that is longer already.
    /// </summary>
    public int? MaxLength { get; init; }

    /// <summary>Fewest tokens to generate before a stop token may come (<c>min_new_tokens</c>); 0.</summary>
    public int? MinNewTokens { get; init; }

    /// <summary>Fewest tokens of the whole sequence, prompt included, before a stop token may come (<c>min_length</c>); 0.</summary>
    public int? MinLength { get; init; }

    /// <summary>Whether to draw at random instead of taking the likeliest token (<c>do_sample</c>); false.</summary>
    public bool? DoSample { get; init; }

    /// <summary>Divides the logits, over 0 (<c>temperature</c>); 1.</summary>
    public float? Temperature { get; init; }

    /// <summary>Keeps the k likeliest tokens and those equal to the last of them; 0 keeps all (<c>top_k</c>); 50.</summary>
    public int? TopK { get; init; }

    /// <summary>Keeps the likeliest tokens that together reach this probability, 0 to 1 (<c>top_p</c>); 1 keeps all.</summary>
    public float? TopP { get; init; }

    /// <summary>Keeps tokens of at least this share of the likeliest one's probability, 0 to 1 (<c>min_p</c>); 0 keeps all.</summary>
    public float? MinP { get; init; }

    /// <summary>
    /// Over 0: divides positive and multiplies negative logits of every token that the sequence, prompt included, holds
    /// (<c>repetition_penalty</c>, Keskar et al. 2019); 1.
    /// </summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>No sequence of this many tokens comes twice, prompt included; 0 is off (<c>no_repeat_ngram_size</c>); 0.</summary>
    public int? NoRepeatNgramSize { get; init; }

    /// <summary>
    /// Start of the random numbers, the same on every platform. Null: with the session's generator as it stands, which starts
    /// differently in every process.
    /// </summary>
    public ulong? Seed { get; init; }

    /// <summary>Tokens that end the text; they are not given out (<c>eos_token_id</c>). An empty list: none does.</summary>
    public int[]? EosTokenIds { get; init; }

    /// <summary>
    /// Texts that end the text once generated, also in the middle of a token (<c>stop_strings</c>). Whatever could be the beginning of one is
    /// held back until that is settled. They, and what follows in the same token, are not given out unless
    /// <see cref="IncludeStopString"/>. None may be empty. Only generated text counts, not the prompt's end.
    /// </summary>
    public string[]? StopStrings { get; init; }

    /// <summary>Whether to give out the stop string and the rest of its token, as transformers does; false.</summary>
    public bool? IncludeStopString { get; init; }

    /// <summary>Whether special tokens (such as <c>&lt;s&gt;</c>) are left out of text (<c>skip_special_tokens</c>); true.</summary>
    public bool? SkipSpecialTokens { get; init; }

    /// <summary>
    /// Whether to put the tokenizer's special tokens (such as a first <c>&lt;s&gt;</c>) around a text prompt (<c>add_special_tokens</c>); null:
    /// if the sequence is empty.
    /// </summary>
    public bool? AddSpecialTokens { get; init; }
}
