using System;
using System.Collections.Generic;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Tokenizers;

/// <summary>
/// What the files beside <c>tokenizer.json</c> say: <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c> and
/// <c>added_tokens.json</c>, read as transformers' <c>PreTrainedTokenizerBase._from_pretrained</c> (4.57) does.
/// </summary>
internal sealed class TokenizerConfig
{
    private const string ConfigName = "tokenizer_config.json";

    /// <summary>The names of single special tokens.</summary>
    private static readonly string[] SpecialNames =
    {
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    };

    /// <summary>What a class takes where nothing is said: name, bos, eos, unk, sep, pad, cls, mask.</summary>
    private static readonly string?[][] ClassDefaults =
    {
        new[] { "GPT2Tokenizer", "<|endoftext|>", "<|endoftext|>", "<|endoftext|>", null, null, null, null },
        new[] { "RobertaTokenizer", "<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>" },
        new[] { "LlamaTokenizer", "<s>", "</s>", "<unk>", null, null, null, null },
        new[] { "CodeLlamaTokenizer", "<s>", "</s>", "<unk>", null, null, null, null },
        new[] { "GemmaTokenizer", "<bos>", "<eos>", "<unk>", null, "<pad>", null, null },
        new[] { "BertTokenizer", null, null, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]" },
        new[] { "DistilBertTokenizer", null, null, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]" },
        new[] { "ElectraTokenizer", null, null, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]" },
        new[] { "MobileBertTokenizer", null, null, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]" },
        new[] { "XLMRobertaTokenizer", "<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>" },
        new[] { "MBartTokenizer", "<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>" },
        new[] { "MBart50Tokenizer", null, "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>" },
        new[] { "NllbTokenizer", "<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>" },
        new[] { "CamembertTokenizer", "<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>" },
        new[] { "MPNetTokenizer", "<s>", "</s>", "[UNK]", "</s>", "<pad>", "<s>", "<mask>" },
        new[] { "AlbertTokenizer", "[CLS]", "[SEP]", "<unk>", "[SEP]", "<pad>", "[CLS]", "[MASK]" },
        new[] { "XLNetTokenizer", "<s>", "</s>", "<unk>", "<sep>", "<pad>", "<cls>", "<mask>" },
        new[] { "DebertaV2Tokenizer", "[CLS]", "[SEP]", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]" },
        new[] { "T5Tokenizer", null, "</s>", "<unk>", null, "<pad>", null, null },
        new[] { "ByT5Tokenizer", null, "</s>", "<unk>", null, "<pad>", null, null },
        new[] { "PegasusTokenizer", null, "</s>", "<unk>", null, "<pad>", null, "<mask_2>" },
        new[] { "CLIPTokenizer", "<|startoftext|>", "<|endoftext|>", "<|endoftext|>", null, "<|endoftext|>", null, null },
        new[] { "OpenAIGPTTokenizer", null, null, "<unk>", null, null, null, null },
        new[] { "MarianTokenizer", null, "</s>", "<unk>", null, "<pad>", null, null },
        new[] { "M2M100Tokenizer", "<s>", "</s>", "<unk>", "</s>", "<pad>", null, null },
        new[] { "Wav2Vec2CTCTokenizer", "<s>", "</s>", "<unk>", null, "<pad>", null, null },
    };

    private readonly List<KeyValuePair<string, AddedToken>> specialTokens = new();
    private readonly List<AddedToken> addedTokens = new();

    /// <summary><c>tokenizer_class</c> without <c>Fast</c>; empty if not given.</summary>
    public string ClassName { get; private set; } = "";

    /// <summary><c>add_prefix_space</c>, where it is true or false.</summary>
    public bool? AddPrefixSpace { get; private set; }

    /// <summary>
    /// Whether the class drops the file's post-processor and makes one from <see cref="AddBosToken"/> (absent means true) and
    /// <see cref="AddEosToken"/>.
    /// </summary>
    public bool RebuildsPostProcessor => ClassName is "LlamaTokenizer" or "CodeLlamaTokenizer" or "GemmaTokenizer";

    /// <summary>Whether <c>padding_side</c>, or what the class takes where nothing is said, is left.</summary>
    public bool PadsLeft { get; private set; }

    /// <summary><c>pad_token_type_id</c>.</summary>
    public int PadTokenTypeId { get; private set; }

    /// <summary><c>add_bos_token</c>, where it is given.</summary>
    public bool? AddBosToken { get; private set; }

    /// <summary><c>add_eos_token</c>.</summary>
    public bool AddEosToken { get; private set; }

    /// <summary>Special tokens by name; names of lists stand once for each token.</summary>
    public IReadOnlyList<KeyValuePair<string, AddedToken>> SpecialTokens => specialTokens;

    /// <summary>The tokens of <c>added_tokens_decoder</c> or <c>added_tokens.json</c>, by id.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => addedTokens;

    /// <summary>Reads what there is of the files.</summary>
    /// <exception cref="ModelException">One of them is corrupt.</exception>
    public static TokenizerConfig Read(TokenizerFiles files)
    {
        var config = new TokenizerConfig();
        JsonValue? json = Parse(files, ConfigName);
        bool hasDecoder = false;
        Guard(ConfigName, () => hasDecoder = config.ReadConfig(json));
        if (config.ClassName.Length == 0 && files.Find("tokenizer.json") is null && files.Find("vocab.txt") is not null)
        {
            // BERT's first folders name no class
            config.ClassName = "BertTokenizer";
        }

        JsonValue? map = hasDecoder ? null : Parse(files, "special_tokens_map.json");
        Guard(map is null ? ConfigName : "special_tokens_map.json", () => config.ReadSpecialTokens(map ?? json, json));
        JsonValue? added = hasDecoder ? null : Parse(files, "added_tokens.json");
        Guard("added_tokens.json", () => config.ReadAddedTokens(added));
        return config;
    }

    /// <summary>The content of a single special token; null if there is none.</summary>
    public string? Find(string name)
    {
        foreach (KeyValuePair<string, AddedToken> token in specialTokens)
        {
            if (token.Key == name)
            {
                return token.Value.Content;
            }
        }

        return null;
    }

    /// <summary>Whether one of the special tokens has this content.</summary>
    public bool IsSpecial(string content)
    {
        foreach (KeyValuePair<string, AddedToken> token in specialTokens)
        {
            if (token.Value.Content == content)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Runs what reads a file, and lets its errors name the file.</summary>
    public static void Guard(string file, Action read)
    {
        try
        {
            read();
        }
        catch (JsonException e)
        {
            throw TokenizerErrors.Invalid(file, e.Message);
        }
    }

    /// <summary>A file's JSON; null if there is no such file.</summary>
    public static JsonValue? Parse(TokenizerFiles files, string name)
    {
        JsonValue? json = null;
        if (files.Find(name) is { } bytes)
        {
            Guard(name, () => json = JsonReader.Parse(bytes, pythonNumbers: name != "tokenizer.json"));
        }

        return json;
    }

    private bool ReadConfig(JsonValue? json)
    {
        if (json is null)
        {
            return false;
        }

        string name = json.Get("tokenizer_class")?.String ?? "";
        ClassName = name.EndsWith("Fast", StringComparison.Ordinal) && name != "PreTrainedTokenizerFast" ? name.Substring(0, name.Length - 4) : name;
        AddPrefixSpace = json.Get("add_prefix_space")?.Boolean;
        AddBosToken = json.Get("add_bos_token")?.Boolean;
        AddEosToken = json.Flag("add_eos_token", false);
        PadsLeft = (json.Get("padding_side")?.String ?? (ClassName is "XLNetTokenizer" or "GemmaTokenizer" or "LlamaTokenizer" ? "left" : "right")) == "left";
        PadTokenTypeId = json.Get("pad_token_type_id")?.TokenId() ?? (ClassName == "XLNetTokenizer" ? 3 : 0);
        if (json.Get("added_tokens_decoder") is not { } decoder)
        {
            return false;
        }

        var byId = new SortedDictionary<long, AddedToken>();
        foreach (KeyValuePair<string, JsonValue> member in decoder.Members)
        {
            if (!long.TryParse(member.Key, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long id))
            {
                throw member.Value.Error("the key is not an id");
            }

            byId[id] = AddedToken.Read(member.Value, special: false);
        }

        addedTokens.AddRange(byId.Values);
        return true;
    }

    /// <summary>The map of old folders overrides the config; where the config lists its added tokens, the map is not asked.</summary>
    private void ReadSpecialTokens(JsonValue? first, JsonValue? second)
    {
        string?[]? defaults = Array.Find(ClassDefaults, row => row[0] == ClassName);
        for (int i = 0; i < SpecialNames.Length; i++)
        {
            string name = SpecialNames[i];
            JsonValue? value = first?[name] ?? second?[name];
            if (value is not null)
            {
                if (!value.IsNull)
                {
                    specialTokens.Add(new KeyValuePair<string, AddedToken>(name, ReadSpecialToken(value)));
                }
            }
            else if (defaults?[i + 1] is { } content)
            {
                specialTokens.Add(new KeyValuePair<string, AddedToken>(name, AddedToken.SpecialOf(content)));
            }
        }

        if ((first?.Get("additional_special_tokens") ?? second?.Get("additional_special_tokens")) is { } additional)
        {
            foreach (JsonValue item in additional.Items)
            {
                specialTokens.Add(new KeyValuePair<string, AddedToken>("additional_special_tokens", ReadSpecialToken(item)));
            }
        }

        if ((first?.Get("extra_special_tokens") ?? second?.Get("extra_special_tokens")) is { Kind: JsonKind.Object } extra)
        {
            foreach (KeyValuePair<string, JsonValue> member in extra.Members)
            {
                specialTokens.Add(new KeyValuePair<string, AddedToken>(member.Key, ReadSpecialToken(member.Value)));
            }
        }
    }

    private AddedToken ReadSpecialToken(JsonValue value)
    {
        string content = value.Kind == JsonKind.String ? value.Text() : value.Require("content").Text();
        AddedToken? listed = addedTokens.Find(token => token.Content == content);
        return listed ?? (value.Kind == JsonKind.String ? AddedToken.SpecialOf(content) : AddedToken.Read(value, special: true));
    }

    private void ReadAddedTokens(JsonValue? json)
    {
        if (json is null)
        {
            return;
        }

        var byId = new SortedDictionary<long, AddedToken>();
        foreach (KeyValuePair<string, JsonValue> member in json.Members)
        {
            bool special = IsSpecial(member.Key);
            byId[member.Value.Int64] = new AddedToken(member.Key, false, false, false, Normalized: !special, Special: special);
        }

        addedTokens.AddRange(byId.Values);
    }
}
