using System.Collections.Generic;

namespace Kiln.Runtime.Tests.Tokenization.Patterns;

/// <summary>Split patterns of well-known checkpoints.</summary>
internal static class HubPatterns
{
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string O200k =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
        + @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
        + @"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string DeepSeek =
        @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string DeepSeekCoder = @"\s?[A-Za-zµÀ-ÖØ-öø-ƺͰ-ϿЀ-ҁҊ-ԯḀ-ᾼ]+";

    public const string TrailingBlanks = @"\s+$";

    public const string Bloom = @" ?[^(\s|[.,!?…。，、।۔،])]+";

    public const string ThreeDigits = @"[0-9][0-9][0-9]";

    public const string Clip = @"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

    /// <summary>Numbers in groups of three from the right.</summary>
    public const string ThousandsFromRight = @"\d{1,3}(?=(?:\d{3})*(?!\d))|\D+";

    /// <summary>All of them.</summary>
    public static IEnumerable<string> All =>
        [Gpt2, Llama3, Qwen2, O200k, DeepSeek, DeepSeekCoder, TrailingBlanks, Bloom, ThreeDigits, Clip, ThousandsFromRight];

    /// <summary>Those that .NET reads in the same way: it knows no classes inside of classes.</summary>
    public static IEnumerable<string> AsInDotNet =>
        [Gpt2, Llama3, Qwen2, O200k, DeepSeek, DeepSeekCoder, TrailingBlanks, ThreeDigits, Clip, ThousandsFromRight];
}
