namespace Kiln.Tokenization;

/// <summary>
/// The compiled tokenizer: a header, a directory of sections, the sections, all little-endian. This file is compiled into the
/// compiler and into the runtime, so that both agree. Nothing in the table needs an alignment; the runtime reads it in place.
/// </summary>
/// <remarks>
/// Header: magic (8 bytes), version (4), number of sections (4), length of the whole table (8), hash of all bytes behind the
/// header (8). Directory: per section its <see cref="TableSection"/> (4), 0 (4), offset from the table's start (8), length in
/// bytes (8). Absent sections are empty ones.
/// </remarks>
internal static class TableFormat
{
    /// <summary>"KilnTok" and a zero.</summary>
    public const ulong Magic = 0x006B_6F54_6E6C_694BUL;

    /// <summary>Changes whenever a runtime of before could misread a table of now.</summary>
    public const int Version = 1;

    /// <summary>Bytes of the header.</summary>
    public const int HeaderLength = 32;

    /// <summary>Where the header has the hash.</summary>
    public const int HashOffset = 24;

    /// <summary>Bytes of one entry of the directory.</summary>
    public const int DirectoryEntryLength = 24;

    /// <summary>Sections start at multiples of it.</summary>
    public const int SectionAlignment = 8;

    /// <summary>In <see cref="TableSection.TokenOffsets"/>: the bits of the offset; the rest are <see cref="TokenFlags"/>.</summary>
    public const uint TokenOffsetMask = 0x0FFF_FFFF;

    /// <summary>Ids are below it, so that a corrupt file cannot ask for gigabytes.</summary>
    public const int MaxTokenCount = 1 << 22;

    /// <summary>Longest token, in bytes, that is tried as a whole word.</summary>
    public const int MaxWordLength = 256;

    /// <summary>Code points of a block of a character table.</summary>
    public const int BlockLength = 128;

    /// <summary>Blocks that code points fall into.</summary>
    public const int BlockCount = 0x110000 / BlockLength;

    /// <summary>In a character map: the character stays.</summary>
    public const int Same = 0;

    /// <summary>In a character map: nothing is left of it. Before characters are ordered it keeps apart what stands around it.</summary>
    public const int Deleted = 1;

    /// <summary>In a character map: nothing is left of it, as if it had never been there.</summary>
    public const int Dropped = 2;

    /// <summary>In a character map: a blank before and behind it.</summary>
    public const int Padded = 3;

    /// <summary>In a character map: a Hangul syllable that is decomposed.</summary>
    public const int HangulSyllable = 4;

    /// <summary>In a character map: this and more is an entry's number.</summary>
    public const int FirstEntry = 8;

    /// <summary>An entry of a character map is its place in the pool and, in so many bits, its length.</summary>
    public const int EntryLengthBits = 12;

    /// <summary>In the table of a composing normalizer: the low bits are the combining class.</summary>
    public const int CombiningClassMask = 0xFF;

    /// <summary>In the table of a composing normalizer: the character may change, alone or with what stands before it.</summary>
    public const int Unstable = 0x100;

    /// <summary>Units of a trie are fewer.</summary>
    public const int MaxTrieUnits = (int)NoBase & ~0xFF;

    /// <summary>The base of a trie's node without children: what lies there is outside of any trie.</summary>
    public const uint NoBase = 0xFF_FFFF;

    /// <summary>In a Unigram model's trie: the piece is its own best cut.</summary>
    public const int WholePiece = 1 << 30;

    /// <summary>Places of a character in a word, told apart where words have affixes.</summary>
    public const int Places = 4;

    /// <summary>The place is not a word's first: the prefix stands before the character.</summary>
    public const int NotFirst = 1;

    /// <summary>The place is a word's last: the suffix stands behind the character.</summary>
    public const int Last = 2;

    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15UL;

    /// <summary>The hash of a string of a length, before its bytes.</summary>
    public static ulong HashStart(int length) => (ulong)(uint)length * Multiplier;

    /// <summary>Adds eight bytes (the last ones filled up with zeros, at the high end) to a hash.</summary>
    public static ulong HashStep(ulong hash, ulong bytes)
    {
        hash = (hash ^ bytes) * Multiplier;
        return hash ^ (hash >> 32);
    }

    /// <summary>The hash of a pair of token ids.</summary>
    public static ulong HashPair(uint left, uint right) => HashStep(0, ((ulong)left << 32) | right);

    /// <summary>What a hash table's entry holds of the hash beside the index.</summary>
    /// <param name="hash">The key's hash; its low bits choose the slot, its high bits make the tag.</param>
    /// <param name="indexBits">Bits of the entry that hold the index plus one; an entry of 0 is free.</param>
    public static uint Tag(ulong hash, int indexBits) => (uint)(hash >> 32) & ~((1u << indexBits) - 1);
}

/// <summary>The parts of a table.</summary>
internal enum TableSection
{
    /// <summary>Numbers, indexed by <see cref="TableField"/>, four bytes each.</summary>
    Info = 1,

    /// <summary>For each id and one more: where its bytes start in <see cref="TokenBytes"/>, and its flags.</summary>
    TokenOffsets,

    /// <summary>The bytes of all tokens.</summary>
    TokenBytes,

    /// <summary>Hash table: word (bytes) to id.</summary>
    WordSlots,

    /// <summary>For each merge, in order of rank: left id, right id.</summary>
    MergePairs,

    /// <summary>For each merge the id of its result; empty where that is <see cref="TableField.FirstMergeId"/> + rank.</summary>
    MergeResults,

    /// <summary>Hash table: pair to rank.</summary>
    MergeSlots,

    /// <summary>
    /// The id of each byte (byte-level; with affixes for each <see cref="TableFormat.Places">place</see>), or of each of the first 128
    /// characters; -1 for none. Other characters are found as words.
    /// </summary>
    FirstSymbols,

    /// <summary>For each byte the id of its <c>&lt;0xXX&gt;</c> token, -1 for none; empty without byte fallback.</summary>
    ByteFallback,

    /// <summary>Added tokens, an <see cref="AddedTokenFlags"/> and an id each.</summary>
    AddedTokens,

    /// <summary>Trie over the added tokens that are searched in the text as it is.</summary>
    RawTrie,

    /// <summary>Trie over the added tokens that are searched in the normalized text.</summary>
    NormalizedTrie,

    /// <summary>Steps of kind <see cref="NormalizerKind"/>.</summary>
    Normalizer,

    /// <summary>Steps of kind <see cref="PreTokenizerKind"/>.</summary>
    PreTokenizer,

    /// <summary>Steps of kind <see cref="PostProcessorKind"/>.</summary>
    PostProcessor,

    /// <summary>
    /// A double array over UTF-8. For each unit: base &lt;&lt; 8 | the byte that leads to it (4), value or -1 (4). The child of a node
    /// by a byte is unit base XOR byte, if that has the byte. The root is unit 0. For a BPE model: characters with affixes.
    /// </summary>
    Trie,

    /// <summary>Unigram: the score of each id, and of an unknown character, eight bytes each.</summary>
    Scores,

    /// <summary>BPE: <c>end_of_word_suffix</c>.</summary>
    Suffix,

    /// <summary>Steps of kind <see cref="DecoderKind"/>; no step at all means: tokens joined with blanks.</summary>
    Decoder,

    /// <summary>Steps of kind <see cref="DecoderKind"/> that the text of a whole decoding goes through, but not that of a stream.</summary>
    WholeDecoder,
}

/// <summary>The numbers of <see cref="TableSection.Info"/>.</summary>
internal enum TableField
{
    ModelKind,
    ModelFlags,

    /// <summary>Tokens, added ones included.</summary>
    VocabularySize,

    /// <summary>Largest id + 1.</summary>
    IdCount,
    BosTokenId,
    EosTokenId,
    UnkTokenId,
    PadTokenId,
    SepTokenId,
    ClsTokenId,
    MaskTokenId,

    /// <summary>What the model gives for unknown characters; -1 for nothing.</summary>
    ModelUnkId,
    WordIndexBits,
    WordMaxProbe,
    LongestWord,
    MergeIndexBits,
    MergeMaxProbe,
    FirstMergeId,

    /// <summary>
    /// What tokenizer.json itself says of truncation: a <c>TruncationStrategy</c>'s number, most tokens, stride, 1 for the
    /// beginning; and of padding: a <c>PaddingStrategy</c>'s number, length, multiple, 1 for the beginning, id, type id.
    /// </summary>
    FileTruncation,
    FileMaxLength,
    FileStride,
    FileTruncatesLeft,
    FilePadding,
    FilePadLength,
    FilePadMultiple,
    FilePadsLeft,
    FilePadId,
    FilePadTypeId,

    /// <summary>1 where padding stands before the text.</summary>
    PadsLeft,
    PadTokenTypeId,

    /// <summary>WordPiece, BPE: the trie's node behind <c>continuing_subword_prefix</c>; -1 if no token has it.</summary>
    PrefixNode,

    /// <summary>WordPiece: <c>max_input_chars_per_word</c>.</summary>
    MaxWordLength,

    /// <summary>Number of fields.</summary>
    Count,
}

/// <summary>The models.</summary>
internal enum ModelKind
{
    Bpe = 1,
    WordPiece,
    WordLevel,
    Unigram,

    /// <summary>One more than the largest kind.</summary>
    Count,
}

/// <summary>Options of the BPE model.</summary>
[System.Flags]
internal enum ModelFlags
{
    None = 0,

    /// <summary>The alphabet is the 256 bytes; tokens are stored as the bytes that they stand for.</summary>
    ByteLevel = 1,
    FuseUnk = 2,
    ByteFallback = 4,

    /// <summary>No merge joins something with U+2581 that begins with it, so words may be cut before it.</summary>
    CutsBeforeMetaspace = 8,

    /// <summary>Characters have a prefix or a suffix, depending on their place in the word.</summary>
    Affixes = 16,
}

/// <summary>What is known of a token beside its bytes.</summary>
[System.Flags]
internal enum TokenFlags : uint
{
    None = 0,

    /// <summary>Left out by a decoder that skips special tokens.</summary>
    Special = 1u << 28,

    /// <summary>In a byte-level table: the token has characters outside of the byte alphabet and stands for its own UTF-8.</summary>
    Literal = 1u << 29,

    /// <summary>The id belongs to no token.</summary>
    Absent = 1u << 30,

    /// <summary>An added token.</summary>
    Added = 1u << 31,
}

/// <summary>How an added token is searched.</summary>
[System.Flags]
internal enum AddedTokenFlags
{
    None = 0,
    SingleWord = 1,
    LStrip = 2,
    RStrip = 4,
    Special = 8,
}

/// <summary>Normalizers. Each step in a section: kind (4), length (4), content.</summary>
internal enum NormalizerKind
{
    /// <summary>Content: the string.</summary>
    Prepend = 1,

    /// <summary>Content: pattern and replacement, each with its length (4) before it.</summary>
    Replace,

    /// <summary>
    /// Each character by itself: clean-up, lower case, accents. Content, a character map: number of blocks (4), the index, the
    /// blocks (<see cref="TableFormat.BlockLength"/>); number of entries (4), the entries (4 each); bytes of the pool (4), the pool.
    /// </summary>
    CharacterMap,

    /// <summary>
    /// NFD and NFKD, and what is done to each character before and after them. Content: a character map, then a character table of
    /// combining classes.
    /// </summary>
    Decompose,

    /// <summary>
    /// NFC and NFKC. Content: as for <see cref="Decompose"/>, with <see cref="TableFormat.Unstable"/> in the second table; number of
    /// compositions (4), for each the two characters (4 each) and what they make (4), in order.
    /// </summary>
    Compose,

    /// <summary>
    /// SentencePiece's charsmap. Content: a character map; a character table of <see cref="GraphemeClass"/>; number of keys of several
    /// characters (4), for each the key (8 bytes, the first one lowest) and an entry (4), in order.
    /// </summary>
    Precompiled,

    /// <summary>Content: whether to strip white space at the start (4), at the end (4).</summary>
    Strip,

    /// <summary>Bytes become characters of GPT-2's alphabet. No content.</summary>
    ByteLevel,

    /// <summary>Content: replacement with its length (4) before it, the compiled pattern.</summary>
    ReplacePattern,

    /// <summary>One more than the largest kind.</summary>
    Count,
}

/// <summary>Where grapheme clusters end (Unicode Standard Annex 29).</summary>
internal enum GraphemeClass
{
    Any,
    CarriageReturn,
    LineFeed,
    Control,
    Extend,
    Joiner,
    SpacingMark,
    Prepend,
    Leading,
    Vowel,
    Trailing,
    SyllableWithoutTrailing,
    SyllableWithTrailing,
    Regional,
    Pictographic,
}

/// <summary>Pre-tokenizers.</summary>
internal enum PreTokenizerKind
{
    /// <summary>Content: <see cref="ByteLevelFlags"/> (4).</summary>
    ByteLevel = 1,

    /// <summary>Content: prepend scheme (4): 0 never, 1 always, 2 first; split (4); the replacement character.</summary>
    Metaspace,

    /// <summary>A literal pattern. Content: <see cref="SplitBehavior"/> (4), invert (4), the pattern.</summary>
    SplitString,

    /// <summary>Content: whether each digit is a piece of its own (4).</summary>
    Digits,

    /// <summary>A regular expression. Content: <see cref="SplitBehavior"/> (4), invert (4), the compiled pattern.</summary>
    SplitPattern,

    /// <summary>Content: characters of a piece (4).</summary>
    FixedLength,

    /// <summary>One more than the largest kind.</summary>
    Count,
}

/// <summary>
/// A compiled pattern. Its automaton takes symbols: character classes, or the number of classes for the edge of the text; results of
/// look-aheads are added as bits above. Entries of the automaton: first index of the next row times two, plus one for a match before the
/// symbol; row 0 is the end.
/// </summary>
/// <remarks>
/// Content: whether the text is bytes (4); number of classes (4), of look-aheads (4); the class of each byte (256), of which a text that
/// is not bytes uses half; length of the index (4), number of blocks (4); for each 256 code points their block's number (2), those that
/// are left are in the last one; the blocks, a class for each code point (256); number of start rows (4): 1, or one for each class of the
/// character before and one for the text's start; these (4 each); number of entries (4); these (4 each). Then each look-ahead, inner
/// ones first: start row (4), number of entries (4), these (4 each). Look-aheads run backwards over the text.
/// </remarks>
internal static class PatternFormat
{
    /// <summary>Look-aheads that a pattern has at most.</summary>
    public const int MaxLookAheads = 3;

    /// <summary>Code points of a block.</summary>
    public const int BlockLength = 256;
}

/// <summary>Options of the byte-level pre-tokenizer.</summary>
[System.Flags]
internal enum ByteLevelFlags
{
    None = 0,
    AddPrefixSpace = 1,

    /// <summary>Cut with GPT-2's pattern.</summary>
    UseRegex = 2,
}

/// <summary>What becomes of the matches of a split pattern.</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// <summary>Post-processors.</summary>
internal enum PostProcessorKind
{
    /// <summary>
    /// Content: whether the template's type ids hold for further windows of a text, too (4), which otherwise have 0 for the first text
    /// and 1 for the second; the pieces for one text, then those for a pair, each list with its length (4) before it; a piece is a
    /// <see cref="TemplatePieceKind"/> (4), a type id (4) and a token id (4).
    /// </summary>
    Template = 1,

    /// <summary>Offsets lose blanks. Content: whether pre-tokenizing put a blank before the text (4).</summary>
    TrimOffsets,
}

/// <summary>What stands at a place of a template.</summary>
internal enum TemplatePieceKind
{
    /// <summary>The first text.</summary>
    First,

    /// <summary>The second text.</summary>
    Second,

    /// <summary>A token.</summary>
    Special,
}

/// <summary>Decoders.</summary>
internal enum DecoderKind
{
    /// <summary>No content.</summary>
    ByteLevel = 1,

    /// <summary>Content: whether the first token's replacement characters go (4); the replacement character.</summary>
    Metaspace,

    /// <summary>No content.</summary>
    ByteFallback,

    /// <summary>No content.</summary>
    Fuse,

    /// <summary>Content: characters to strip at the start (4), at the end (4), the character.</summary>
    Strip,

    /// <summary>Content: pattern and replacement, each with its length (4) before it.</summary>
    Replace,

    /// <summary>Content: whether to clean up (4), the prefix.</summary>
    WordPiece,

    /// <summary>Content: the suffix.</summary>
    Bpe,

    /// <summary>Content: whether to clean up (4), the padding token and the word delimiter, each with its length (4) before it.</summary>
    Ctc,

    /// <summary>Takes white space off both ends, as Python's <c>str.strip</c>. No content.</summary>
    Trim,

    /// <summary>One more than the largest kind.</summary>
    Count,
}
