using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Tokenizers.Older;

/// <summary>Vocabularies that are text: <c>vocab.txt</c>, and <c>vocab.json</c> with <c>merges.txt</c>.</summary>
internal sealed partial class OlderFiles
{
    private const string Qwen2Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string ClipPattern = @"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

    /// <summary>CLIP's class reads no more merges than its vocabulary has room for.</summary>
    private const int ClipMerges = 49152 - 256 - 2;

    private static string BertNormalizer(bool chinese, bool? stripAccents, bool lowercase) =>
        @"{""type"": ""BertNormalizer"", ""clean_text"": true, ""handle_chinese_chars"": " + JsonText.Flag(chinese)
        + @", ""strip_accents"": " + (stripAccents is { } strip ? JsonText.Flag(strip) : "null")
        + @", ""lowercase"": " + JsonText.Flag(lowercase) + "}";

    private string FromWordPiece()
    {
        if (config.ClassName is not ("BertTokenizer" or "DistilBertTokenizer" or "ElectraTokenizer" or "MobileBertTokenizer" or "MPNetTokenizer"
            or "LxmertTokenizer" or "SqueezeBertTokenizer" or "ConvBertTokenizer" or "RetriBertTokenizer" or "LayoutLMTokenizer" or "FunnelTokenizer"
            or "DPRQuestionEncoderTokenizer" or "DPRContextEncoderTokenizer" or "DPRReaderTokenizer"))
        {
            throw Refuse("vocab.txt");
        }

        vocabularyFile = "vocab.txt";
        string[] lines = Lines(vocabularyFile);
        int count = lines[lines.Length - 1].Length == 0 ? lines.Length - 1 : lines.Length;
        if (count > Tokenization.TableFormat.MaxTokenCount)
        {
            throw TokenizerErrors.Unsupported("vocab.txt", "", "more than 2^22 tokens");
        }

        for (int i = 0; i < count; i++)
        {
            vocabulary[lines[i]] = i;
        }

        string cls = Special("cls_token");
        string sep = Special("sep_token");
        string postProcessor = config.ClassName switch
        {
            "MPNetTokenizer" => JsonText.Template(new[] { cls, "$A", sep }, new[] { cls, "$A", sep, sep, "$B:1", sep + ":1" }, Id),
            "FunnelTokenizer" => JsonText.Template(new[] { cls + ":2", "$A", sep }, new[] { cls + ":2", "$A", sep, "$B:1", sep + ":1" }, Id),
            _ => ClsAndSep(cls, sep),
        };
        return JsonText.Whole(
            BertNormalizer(Flag("tokenize_chinese_chars", true), options?.Get("strip_accents")?.Boolean, Flag("do_lower_case", true)),
            @"{""type"": ""BertPreTokenizer""}",
            postProcessor,
            @"{""type"": ""WordPiece"", ""prefix"": ""##"", ""cleanup"": true}",
            @"{""type"": ""WordPiece"", ""unk_token"": " + JsonText.Quote(Special("unk_token"))
                + @", ""continuing_subword_prefix"": ""##"", ""max_input_chars_per_word"": 100, ""vocab"": " + VocabularyJson() + "}");
    }

    private void ReadVocabularyJson()
    {
        vocabularyFile = "vocab.json";
        TokenizerConfig.Guard(vocabularyFile, () =>
        {
            foreach (KeyValuePair<string, JsonValue> member in TokenizerConfig.Parse(files, vocabularyFile)!.Members)
            {
                vocabulary[member.Key] = member.Value.TokenId();
            }
        });
    }

    private string FromMerges()
    {
        ReadVocabularyJson();
        bool prefixSpace = config.AddPrefixSpace ?? false;
        switch (config.ClassName)
        {
            case "" or "GPT2Tokenizer" or "CodeGenTokenizer":
                bool addsBos = config.AddBosToken ?? false;
                return JsonText.Whole(
                    null,
                    JsonText.ByteLevel(prefixSpace, trim: true, useRegex: true),
                    addsBos ? JsonText.Template(new[] { Special("bos_token"), "$A" }, new[] { Special("bos_token"), "$A", "$B:1" }, Id)
                        : JsonText.ByteLevel(true, trim: false, useRegex: true),
                    JsonText.ByteLevelDecoder,
                    Bpe(null));
            case "RobertaTokenizer" or "LongformerTokenizer" or "BartTokenizer" or "LEDTokenizer":
                return JsonText.Whole(
                    null,
                    JsonText.ByteLevel(prefixSpace, trim: true, useRegex: true),
                    RobertaProcessing("sep_token", "cls_token", Flag("trim_offsets", true), prefixSpace),
                    JsonText.ByteLevelDecoder,
                    Bpe(null));
            case "DebertaTokenizer":
                return JsonText.Whole(
                    null, JsonText.ByteLevel(prefixSpace, trim: true, useRegex: true), ClsAndSep("[CLS]", "[SEP]"), JsonText.ByteLevelDecoder, Bpe(null));
            case "BlenderbotTokenizer":
                string eos = Special("eos_token");
                return JsonText.Whole(
                    null,
                    JsonText.ByteLevel(config.AddPrefixSpace ?? false, trim: true, useRegex: true),
                    JsonText.Template(new[] { "$A", eos }, new[] { "$A", "$B:1" }, Id),
                    JsonText.ByteLevelDecoder,
                    Bpe(null));
            case "Qwen2Tokenizer":
                return JsonText.Whole(
                    @"{""type"": ""NFC""}",
                    JsonText.Sequence("pretokenizers", new[] { Split(Qwen2Pattern, "Isolated", invert: false), JsonText.ByteLevel(prefixSpace, trim: true, useRegex: false) }),
                    JsonText.ByteLevel(true, trim: false, useRegex: true),
                    JsonText.ByteLevelDecoder,
                    Bpe(null));
            case "CLIPTokenizer":
                return JsonText.Whole(
                    JsonText.Sequence("normalizers", new[] { @"{""type"": ""NFC""}", JsonText.Replace("Regex", @"\s+", " "), @"{""type"": ""Lowercase""}" }),
                    JsonText.Sequence("pretokenizers", new[] { Split(ClipPattern, "Removed", invert: true), JsonText.ByteLevel(false, trim: true, useRegex: true) }),
                    RobertaProcessing("eos_token", "bos_token", trim: false, prefixSpace: false),
                    JsonText.ByteLevelDecoder,
                    Bpe(Special("unk_token"), "</w>", ClipMerges));
            case "OpenAIGPTTokenizer":
                return JsonText.Whole(
                    BertNormalizer(true, null, lowercase: true),
                    @"{""type"": ""BertPreTokenizer""}",
                    null,
                    @"{""type"": ""BPEDecoder"", ""suffix"": ""</w>""}",
                    Bpe(Special("unk_token"), "</w>"));
            case "HerbertTokenizer":
                return JsonText.Whole(
                    BertNormalizer(true, false, lowercase: false),
                    @"{""type"": ""BertPreTokenizer""}",
                    ClsAndSep(Special("cls_token"), Special("sep_token")),
                    @"{""type"": ""BPEDecoder"", ""suffix"": ""</w>""}",
                    Bpe(Special("unk_token"), "</w>"));
            default:
                throw TokenizerErrors.Unsupported("tokenizer_config.json", "tokenizer_class",
                    "a " + config.ClassName + " without tokenizer.json; save it with a fast tokenizer class");
        }
    }

    private static string Split(string pattern, string behavior, bool invert) =>
        @"{""type"": ""Split"", ""pattern"": {""Regex"": " + JsonText.Quote(pattern) + @"}, ""behavior"": " + JsonText.Quote(behavior)
        + @", ""invert"": " + JsonText.Flag(invert) + "}";

    private string RobertaProcessing(string sep, string cls, bool trim, bool prefixSpace)
    {
        string Pair(string name) => "[" + JsonText.Quote(Special(name)) + ", " + JsonText.Number(Id(Special(name))) + "]";
        return @"{""type"": ""RobertaProcessing"", ""sep"": " + Pair(sep) + @", ""cls"": " + Pair(cls)
            + @", ""trim_offsets"": " + JsonText.Flag(trim) + @", ""add_prefix_space"": " + JsonText.Flag(prefixSpace) + "}";
    }

    private string Bpe(string? unkToken, string suffix = "", int mostMerges = int.MaxValue)
    {
        var merges = new List<string>();
        string[] lines = Lines("merges.txt");
        for (int i = 0; i < lines.Length && merges.Count < mostMerges; i++)
        {
            string line = lines[i];
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal))
            {
                continue;
            }

            Exception Error(string message) =>
                TokenizerErrors.Invalid("merges.txt", "line " + (i + 1).ToString(CultureInfo.InvariantCulture) + ": " + message);
            string[] halves = line.Split(' ');
            if (halves.Length != 2)
            {
                throw Error("expected two tokens with a blank between them");
            }

            foreach (string token in new[] { halves[0], halves[1], halves[0] + halves[1] })
            {
                if (!vocabulary.ContainsKey(token))
                {
                    throw Error("the token " + JsonWriter.Quote(token) + " is not in the vocabulary");
                }
            }

            merges.Add("[" + JsonText.Quote(halves[0]) + ", " + JsonText.Quote(halves[1]) + "]");
        }

        return @"{""type"": ""BPE"", ""dropout"": null, ""unk_token"": " + (unkToken is null ? "null" : JsonText.Quote(unkToken))
            + @", ""continuing_subword_prefix"": """", ""end_of_word_suffix"": " + JsonText.Quote(suffix)
            + @", ""fuse_unk"": false, ""byte_fallback"": false, ""ignore_merges"": false, ""vocab"": " + VocabularyJson()
            + @", ""merges"": " + JsonText.List(merges) + "}";
    }
}
