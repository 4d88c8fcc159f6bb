using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Tokenizers.Older;

/// <summary>Classes that transformers has in Python only: ByT5, wav2vec2's CTC.</summary>
internal sealed partial class OlderFiles
{
    /// <summary>Bytes are tokens, from id 3 on: BPE without merges on GPT-2's alphabet.</summary>
    private string ByT5()
    {
        foreach (string name in new[] { "pad_token", "eos_token", "unk_token" })
        {
            vocabulary[Special(name)] = vocabulary.Count;
        }

        if (vocabulary.Count != 3)
        {
            throw TokenizerErrors.Invalid("tokenizer_config.json", "pad_token, eos_token and unk_token are not three tokens");
        }

        for (int value = 0; value < 256; value++)
        {
            vocabulary[ByteAlphabet.Character((byte)value).ToString()] = 3 + value;
        }

        string eos = Special("eos_token");
        return JsonText.Whole(
            null,
            JsonText.ByteLevel(false, trim: false, useRegex: false),
            JsonText.Template(new[] { "$A", eos }, new[] { "$A", eos, "$B", eos }, Id),
            JsonText.ByteLevelDecoder,
            @"{""type"": ""BPE"", ""unk_token"": null, ""vocab"": " + VocabularyJson() + @", ""merges"": []}");
    }

    /// <summary>Characters are tokens, the blank is one that can be seen; decoding collapses repetitions.</summary>
    private string Ctc()
    {
        JsonValue json = TokenizerConfig.Parse(files, "vocab.json")!;
        TokenizerConfig.Guard("vocab.json", () =>
        {
            // one vocabulary for each language
            if (Text("target_lang") is { } language)
            {
                json = json.Require(language);
            }

            foreach (KeyValuePair<string, JsonValue> member in json.Members)
            {
                vocabulary[member.Key] = member.Value.TokenId();
            }
        });

        string delimiter = Text("word_delimiter_token") ?? "|";
        string blank = Text("replace_word_delimiter_char") ?? " ";
        string steps = JsonText.Replace("String", " ", delimiter);
        string normalizer = Flag("do_lower_case", false)
            ? throw TokenizerErrors.Unsupported("tokenizer_config.json", "do_lower_case", "upper-casing text for a Wav2Vec2CTCTokenizer without tokenizer.json")
            : steps;
        return JsonText.Whole(
            normalizer,
            @"{""type"": ""Split"", ""pattern"": {""String"": """"}, ""behavior"": ""Isolated"", ""invert"": false}",
            null,
            JsonText.Sequence("decoders", new[]
            {
                @"{""type"": ""CTC"", ""pad_token"": " + JsonText.Quote(Special("pad_token")) + @", ""word_delimiter_token"": " + JsonText.Quote(delimiter)
                    + @", ""cleanup"": false}",
                JsonText.Replace("String", delimiter, blank),
                @"{""type"": ""Fuse""}",
                @"{""type"": ""Strip"", ""content"": "" "", ""start"": 1000000, ""stop"": 1000000}",
            }),
            @"{""type"": ""WordLevel"", ""unk_token"": " + JsonText.Quote(Special("unk_token")) + @", ""vocab"": " + VocabularyJson() + "}");
    }
}
