using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Tokenizers.Older;

/// <summary>
/// Makes the <c>tokenizer.json</c> that a folder of older files lacks, as transformers (4.57) does when it converts a slow tokenizer
/// (convert_slow_tokenizer.py). What the files beside it add (special tokens, <c>add_bos_token</c>) comes later, as for any folder.
/// </summary>
internal sealed partial class OlderFiles
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly TokenizerFiles files;
    private readonly TokenizerConfig config;
    private readonly JsonValue? options;
    private readonly Dictionary<string, int> vocabulary = new(StringComparer.Ordinal);
    private string vocabularyFile = "tokenizer_config.json";

    private OlderFiles(TokenizerFiles files, TokenizerConfig config)
    {
        this.files = files;
        this.config = config;
        options = TokenizerConfig.Parse(files, "tokenizer_config.json");
    }

    /// <summary>Converts.</summary>
    /// <returns>The text of the file; null if the folder has no tokenizer.</returns>
    /// <exception cref="ModelException">A file is corrupt (KILN0401), the class is unknown (KILN0402), the vocabulary lacks a special
    /// token (KILN0403).</exception>
    public static string? Convert(TokenizerFiles files, TokenizerConfig config)
    {
        var conversion = new OlderFiles(files, config);
        string? json = null;
        TokenizerConfig.Guard("tokenizer_config.json", () => json = conversion.Convert());
        return json;
    }

    private string? Convert() => config.ClassName switch
    {
        "ByT5Tokenizer" => ByT5(),
        "Wav2Vec2CTCTokenizer" when Has("vocab.json") => Ctc(),
        "MarianTokenizer" when Has("source.spm") => throw Refuse("source.spm"),
        "M2M100Tokenizer" when Has("sentencepiece.bpe.model") && Has("vocab.json") => M2M100(),
        _ when FindModel() is { } name => FromSentencePiece(name),
        _ when Has("vocab.txt") => FromWordPiece(),
        _ when Has("vocab.json") && Has("merges.txt") => FromMerges(),
        _ when Array.Find(new[] { "vocab.json", "merges.txt", "source.spm", "target.spm" }, Has) is { } name => throw Refuse(name),
        _ => null,
    };

    private string? FindModel() => Array.Find(new[] { "sentencepiece.bpe.model", "spiece.model", "spm.model", "tokenizer.model" }, Has);

    private bool Has(string name) => files.Find(name) is not null;

    private ModelException Refuse(string name) => TokenizerErrors.Unsupported(name, "",
        (config.ClassName.Length == 0 ? "a tokenizer without tokenizer.json and tokenizer_class" : "a " + config.ClassName + " without tokenizer.json")
        + "; save it with a fast tokenizer class");

    private string[] Lines(string name)
    {
        try
        {
            return StrictUtf8.GetString(files.Find(name)!).Replace("\r\n", "\n").Replace('\r', '\n').Split('\n');
        }
        catch (DecoderFallbackException)
        {
            throw TokenizerErrors.Invalid(name, "not UTF-8");
        }
    }

    private bool Flag(string name, bool absent) => options?.Flag(name, absent) ?? absent;

    private string? Text(string name) => options?.Get(name)?.Text();

    private string Special(string name) => config.Find(name)
        ?? throw new ModelException(Descriptors.SpecialTokenNotFound, "tokenizer_config.json: there is no " + name);

    /// <summary>A token's id: the model's, or that of an added token.</summary>
    private int Id(string token)
    {
        if (vocabulary.TryGetValue(token, out int id))
        {
            return id;
        }

        // added tokens that the model lacks get the next ids, in their order
        int next = vocabulary.Count;
        foreach (AddedToken added in config.AddedTokens)
        {
            if (added.Content == token)
            {
                return next;
            }

            next += vocabulary.ContainsKey(added.Content) ? 0 : 1;
        }

        throw new ModelException(Descriptors.SpecialTokenNotFound, vocabularyFile + ": the token " + JsonWriter.Quote(token) + " is not in the vocabulary");
    }

    private string VocabularyJson() => "{" + string.Join(", ", vocabulary.OrderBy(static entry => entry.Value)
        .Select(static entry => JsonText.Quote(entry.Key) + ": " + JsonText.Number(entry.Value))) + "}";

    /// <summary>CLS and SEP as BERT has them.</summary>
    private string ClsAndSep(string cls, string sep) =>
        JsonText.Template(new[] { cls, "$A", sep }, new[] { cls, "$A", sep, "$B:1", sep + ":1" }, Id);
}
