using System;
using Kiln.Tokenization;

namespace Kiln;

// the names say it all
#pragma warning disable CS1591

public sealed partial class TokenizerComponents
{
    /// <summary>All components: for tables that are not known at build. A program that uses it holds the code of all.</summary>
    public static TokenizerComponents All => new TokenizerComponents()
        .AddBpeModel().AddWordPieceModel().AddWordLevelModel().AddUnigramModel()
        .AddPrependNormalizer().AddReplaceNormalizer().AddReplacePatternNormalizer().AddCharacterMapNormalizer().AddDecomposeNormalizer().AddComposeNormalizer()
        .AddPrecompiledNormalizer().AddStripNormalizer().AddByteLevelNormalizer()
        .AddByteLevelPreTokenizer().AddMetaspacePreTokenizer().AddSplitStringPreTokenizer().AddDigitsPreTokenizer()
        .AddSplitPatternPreTokenizer().AddFixedLengthPreTokenizer()
        .AddByteLevelDecoder().AddMetaspaceDecoder().AddByteFallbackDecoder().AddFuseDecoder().AddStripDecoder().AddReplaceDecoder()
        .AddWordPieceDecoder().AddBpeDecoder().AddCtcDecoder().AddTrimDecoder();

    public TokenizerComponents AddBpeModel() =>
        Add(ModelKind.Bpe, static (in TableReader reader, TokenTable tokens) => new BpeModel(reader, tokens));

    public TokenizerComponents AddWordPieceModel() =>
        Add(ModelKind.WordPiece, static (in TableReader reader, TokenTable tokens) => new WordPieceModel(reader));

    public TokenizerComponents AddWordLevelModel() =>
        Add(ModelKind.WordLevel, static (in TableReader reader, TokenTable tokens) => new WordLevelModel(reader));

    public TokenizerComponents AddUnigramModel() =>
        Add(ModelKind.Unigram, static (in TableReader reader, TokenTable tokens) => new UnigramModel(reader));

    public TokenizerComponents AddPrependNormalizer() =>
        Add(NormalizerKind.Prepend, static (ref StepReader content) => new PrependNormalizer(content.Rest.ToArray()));

    public TokenizerComponents AddReplaceNormalizer() =>
        Add(NormalizerKind.Replace, static (ref StepReader content) => new ReplaceNormalizer(content.Text(), content.Text()));

    public TokenizerComponents AddCharacterMapNormalizer() =>
        Add(NormalizerKind.CharacterMap, static (ref StepReader content) => new CharacterMapNormalizer(new CharacterMap(ref content)));

    public TokenizerComponents AddDecomposeNormalizer() =>
        Add(NormalizerKind.Decompose, static (ref StepReader content) => new UnicodeNormalizer(ref content, composes: false));

    public TokenizerComponents AddComposeNormalizer() =>
        Add(NormalizerKind.Compose, static (ref StepReader content) => new UnicodeNormalizer(ref content, composes: true));

    public TokenizerComponents AddPrecompiledNormalizer() =>
        Add(NormalizerKind.Precompiled, static (ref StepReader content) => new PrecompiledNormalizer(ref content));

    public TokenizerComponents AddStripNormalizer() =>
        Add(NormalizerKind.Strip, static (ref StepReader content) => new StripNormalizer(content.Int32() != 0, content.Int32() != 0));

    public TokenizerComponents AddByteLevelNormalizer() =>
        Add(NormalizerKind.ByteLevel, static (ref StepReader content) => new ByteLevelNormalizer());

    public TokenizerComponents AddReplacePatternNormalizer() => Add(NormalizerKind.ReplacePattern,
        static (ref StepReader content) => new ReplacePatternNormalizer(content.Text(), new PatternMatcher(ref content)));

    public TokenizerComponents AddByteLevelPreTokenizer() => Add(PreTokenizerKind.ByteLevel,
        static (ref StepReader content, int step, PieceSink next) => new ByteLevelPreTokenizer((ByteLevelFlags)content.Int32(), step, next));

    public TokenizerComponents AddMetaspacePreTokenizer() => Add(PreTokenizerKind.Metaspace,
        static (ref StepReader content, int step, PieceSink next) =>
            new MetaspacePreTokenizer(content.Int32(), content.Int32() != 0, content.Rest.ToArray(), step, next));

    public TokenizerComponents AddSplitStringPreTokenizer() => Add(PreTokenizerKind.SplitString,
        static (ref StepReader content, int step, PieceSink next) =>
            new SplitPreTokenizer((SplitBehavior)content.Int32(), content.Int32() != 0, content.Rest.ToArray(), next));

    public TokenizerComponents AddDigitsPreTokenizer() => Add(PreTokenizerKind.Digits,
        static (ref StepReader content, int step, PieceSink next) => new DigitsPreTokenizer(content.Int32() != 0, next));

    public TokenizerComponents AddSplitPatternPreTokenizer() => Add(PreTokenizerKind.SplitPattern,
        static (ref StepReader content, int step, PieceSink next) =>
            new SplitPatternPreTokenizer((SplitBehavior)content.Int32(), content.Int32() != 0, new PatternMatcher(ref content), step, next));

    public TokenizerComponents AddFixedLengthPreTokenizer() => Add(PreTokenizerKind.FixedLength,
        static (ref StepReader content, int step, PieceSink next) => new FixedLengthPreTokenizer(content.Int32(), next));

    public TokenizerComponents AddByteLevelDecoder() => Add(DecoderKind.ByteLevel, static (ref StepReader content) => new ByteLevelDecoder());

    public TokenizerComponents AddMetaspaceDecoder() => Add(DecoderKind.Metaspace,
        static (ref StepReader content) => new MetaspaceDecoder(content.Int32() != 0, Character(content)));

    public TokenizerComponents AddByteFallbackDecoder() => Add(DecoderKind.ByteFallback, static (ref StepReader content) => new ByteFallbackDecoder());

    public TokenizerComponents AddFuseDecoder() => Add(DecoderKind.Fuse, static (ref StepReader content) => new FuseDecoder());

    public TokenizerComponents AddStripDecoder() => Add(DecoderKind.Strip,
        static (ref StepReader content) => new StripDecoder(content.Int32(), content.Int32(), Character(content)));

    public TokenizerComponents AddReplaceDecoder() => Add(DecoderKind.Replace,
        static (ref StepReader content) => new ReplaceDecoder(new Replacement(content.Text(), content.Text())));

    public TokenizerComponents AddWordPieceDecoder() => Add(DecoderKind.WordPiece,
        static (ref StepReader content) => new WordPieceDecoder(content.Int32() != 0, content.Rest.ToArray()));

    public TokenizerComponents AddBpeDecoder() => Add(DecoderKind.Bpe, static (ref StepReader content) => new BpeDecoder(content.Rest.ToArray()));

    public TokenizerComponents AddCtcDecoder() => Add(DecoderKind.Ctc,
        static (ref StepReader content) => new CtcDecoder(content.Int32() != 0, content.Text(), content.Text()));

    public TokenizerComponents AddTrimDecoder() => Add(DecoderKind.Trim, static (ref StepReader content) => new TrimDecoder());

    private static byte[] Character(in StepReader content) =>
        content.Rest.Length is > 0 and <= 4 ? content.Rest.ToArray() : throw TableReader.Corrupt("decoder");
}
