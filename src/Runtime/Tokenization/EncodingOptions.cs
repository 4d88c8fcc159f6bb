namespace Kiln;

/// <summary>How a <see cref="TokenEncoding"/> is made. Names and meaning are those of Hugging Face's tokenizers.</summary>
public sealed class EncodingOptions
{
    internal static readonly EncodingOptions Default = new();

    /// <summary>Whether the post-processor adds its tokens, as <c>[CLS]</c>.</summary>
    public bool AddSpecialTokens { get; set; } = true;

    /// <summary>Whether special tokens in the text are plain text (<c>encode_special_tokens</c> of the Rust library).</summary>
    public bool SplitSpecialTokens { get; set; }

    /// <summary>What is cut where there are more than <see cref="MaxLength"/> tokens.</summary>
    public TruncationStrategy Truncation { get; set; }

    /// <summary>The most tokens that an encoding may have, special ones included; needed by <see cref="Truncation"/>.</summary>
    public int? MaxLength { get; set; }

    /// <summary>How many tokens of a window its overflowing neighbour repeats; less than the window has room for.</summary>
    public int Stride { get; set; }

    /// <summary>From which end tokens are cut off; null for the tokenizer's own.</summary>
    public TextSide? TruncationSide { get; set; }

    /// <summary>What encodings are filled up to.</summary>
    public PaddingStrategy Padding { get; set; }

    /// <summary>The length for <see cref="PaddingStrategy.MaxLength"/>; null for <see cref="MaxLength"/>.</summary>
    public int? PadToLength { get; set; }

    /// <summary>The padded length is rounded up to a multiple of it; 0 for none.</summary>
    public int PadToMultipleOf { get; set; }

    /// <summary>At which end padding stands; null for the tokenizer's own.</summary>
    public TextSide? PaddingSide { get; set; }

    /// <summary>What is padded with; null for the tokenizer's <c>pad_token</c>.</summary>
    public int? PadTokenId { get; set; }

    /// <summary>Type id of padding; null for the tokenizer's own.</summary>
    public int? PadTokenTypeId { get; set; }

    /// <summary>What offsets count.</summary>
    public OffsetUnit OffsetUnit { get; set; }

    internal EncodingOptions Copy() => (EncodingOptions)MemberwiseClone();
}

/// <summary>What is cut off to keep within a length.</summary>
public enum TruncationStrategy
{
    /// <summary>Nothing.</summary>
    DoNotTruncate,

    /// <summary>The longer text of a pair first.</summary>
    LongestFirst,

    /// <summary>The first text only.</summary>
    OnlyFirst,

    /// <summary>The second text only.</summary>
    OnlySecond,
}

/// <summary>What encodings are filled up to.</summary>
public enum PaddingStrategy
{
    /// <summary>They are left as they are.</summary>
    DoNotPad,

    /// <summary>The longest of a batch.</summary>
    Longest,

    /// <summary><see cref="EncodingOptions.PadToLength"/>.</summary>
    MaxLength,
}

/// <summary>An end of a text.</summary>
public enum TextSide
{
    /// <summary>Its end.</summary>
    Right,

    /// <summary>Its beginning.</summary>
    Left,
}

/// <summary>What offsets count.</summary>
public enum OffsetUnit
{
    /// <summary>UTF-16 code units: positions in a <see cref="string"/>. A lone surrogate is one.</summary>
    Utf16,

    /// <summary>Bytes of the UTF-8 text that was given, or that the string is as UTF-8.</summary>
    Utf8,

    /// <summary>Code points, as Python counts.</summary>
    CodePoint,
}

/// <summary>A part of a text.</summary>
/// <param name="Start">Where it starts.</param>
/// <param name="End">Where it ends: the first position behind it.</param>
public readonly record struct TextRange(int Start, int End)
{
    /// <summary>How long it is.</summary>
    public int Length => End - Start;
}
