using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Tokenizers.Older;

/// <summary>SentencePiece models; the classes differ in what they put before and behind the pieces, and in how they normalize.</summary>
internal sealed partial class OlderFiles
{
    private const string Prefix = "\u2581";

    private static readonly string[] SentencePieceClasses =
        ("T5 Albert XLNet DebertaV2 RemBert BigBird Reformer BertGeneration Barthez XLMRoberta Camembert MBart MBart50 Nllb XGLM Pegasus Llama CodeLlama "
        + "Gemma").Split(' ').Select(static name => name + "Tokenizer").ToArray();

    private static readonly string[] MBartLanguages =
        ("ar_AR cs_CZ de_DE en_XX es_XX et_EE fi_FI fr_XX gu_IN hi_IN it_IT ja_XX kk_KZ ko_KR lt_LT lv_LV my_MM ne_NP nl_XX ro_RO ru_RU si_LK tr_TR "
        + "vi_VN zh_CN").Split(' ');

    private static readonly string[] MBart50Languages =
        ("af_ZA az_AZ bn_IN fa_IR he_IL hr_HR id_ID ka_GE km_KH mk_MK ml_IN mn_MN mr_IN pl_PL ps_AF pt_XX sv_SE sw_KE ta_IN te_IN th_TH tl_XX uk_UA "
        + "ur_PK xh_ZA gl_ES sl_SI").Split(' ');

    private static readonly string[] M2M100Languages =
        ("af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha he hi hr ht hu hy id ig ilo is it ja jv ka kk "
        + "km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my ne nl no ns oc or pa pl ps pt ro ru sd si sk sl so sq sr ss su sv sw ta th tl tn tr uk ur "
        + "uz vi wo xh yi yo zh zu").Split(' ');

    private static readonly string[] Wmt21Languages = "en ha is ja cs ru zh de".Split(' ');

    /// <summary>Whether a piece is a number before a comma, which ALBERT and XLNet make unlikely.</summary>
    private static bool IsNumberWithComma(string piece) =>
        piece.Length >= 2 && piece[piece.Length - 1] == ',' && CharUnicodeInfo.GetDecimalDigitValue(piece, piece.Length - 2) >= 0;

    private static List<Piece> Named(params string[] tokens) => tokens.Select(static token => new Piece(token, 0)).ToList();

    private string FromSentencePiece(string file)
    {
        vocabularyFile = file;
        if (Array.IndexOf(SentencePieceClasses, config.ClassName) < 0)
        {
            throw Refuse(file);
        }

        SentencePieceModel model = SentencePieceModel.Read(file, files.Find(file)!);
        List<Piece> pieces = Pieces(file, model, out int unkId);
        for (int i = 0; i < pieces.Count; i++)
        {
            vocabulary[pieces[i].Text] = i;
        }

        bool prefixSpace = config.ClassName is not ("T5Tokenizer" or "LlamaTokenizer" or "CodeLlamaTokenizer")
            || options?["add_prefix_space"] is not { } given || (!given.IsNull && given.Boolean);
        bool hasLegacy = config.ClassName is "T5Tokenizer" or "LlamaTokenizer" or "CodeLlamaTokenizer";
        bool legacy = !hasLegacy || Flag("legacy", true);
        string scheme = !prefixSpace ? "never" : legacy ? "always" : "first";
        bool byteFallback = config.ClassName is "LlamaTokenizer" or "CodeLlamaTokenizer" or "GemmaTokenizer";
        return JsonText.Whole(
            Normalizer(model, prefixSpace, legacy),
            PreTokenizer(scheme, legacy),
            PostProcessor(),
            Decoder(scheme, prefixSpace),
            model.IsBpe ? SentencePieceBpe(model, pieces, byteFallback) : Unigram(file, pieces, unkId, byteFallback),
            AddedPieces(model));
    }

    /// <summary>
    /// M2M-100: SentencePiece cuts, <c>vocab.json</c> has the ids, the languages' tokens follow. They are tokens that no text gives.
    /// The charsmap works as the fast classes' (<c>Precompiled</c>), not as SentencePiece's own longest match.
    /// </summary>
    private string M2M100()
    {
        vocabularyFile = "vocab.json";
        SentencePieceModel model = SentencePieceModel.Read("sentencepiece.bpe.model", files.Find("sentencepiece.bpe.model")!);
        ReadVocabularyJson();
        string[] languages = (Text("language_codes") ?? "m2m100") switch
        {
            "m2m100" => M2M100Languages,
            "wmt21" => Wmt21Languages,
            var other => throw TokenizerErrors.Unsupported("tokenizer_config.json", "language_codes", other),
        };
        int first = vocabulary.Count;
        for (int i = 0; i < languages.Length; i++)
        {
            vocabulary["__" + languages[i] + "__"] = first + i;
        }

        string source = "__" + (Text("src_lang") ?? "en") + "__";
        string eos = Special("eos_token");
        var steps = new List<string>
        {
            JsonText.Replace("String", Prefix, " "),
            @"{""type"": ""Strip"", ""strip_left"": true, ""strip_right"": true}",
            JsonText.Replace("Regex", " {2,}", " "),
        };
        if (model.Charsmap.Length > 0)
        {
            steps.Insert(0, @"{""type"": ""Precompiled"", ""precompiled_charsmap"": " + JsonText.Quote(System.Convert.ToBase64String(model.Charsmap)) + "}");
        }

        return JsonText.Whole(
            JsonText.Sequence("normalizers", steps),
            JsonText.Metaspace("always"),
            JsonText.Template(new[] { source, "$A", eos }, new[] { source, "$A", "$B", eos }, Id),
            JsonText.Metaspace("always"),
            model.IsBpe ? SentencePieceBpe(model, model.Pieces.ToList(), byteFallback: false)
                : throw TokenizerErrors.Unsupported("sentencepiece.bpe.model", "trainer_spec.model_type", "a Unigram model for a M2M100Tokenizer"));
    }

    private List<Piece> Pieces(string file, SentencePieceModel model, out int unkId)
    {
        unkId = 3;
        List<Piece> own = model.Pieces.ToList();
        List<Piece> Rest(int skipped) => own.Skip(skipped).ToList();
        switch (config.ClassName)
        {
            case "T5Tokenizer":
                unkId = model.UnkId;
                int extra = options?.Get("extra_ids")?.Int32 ?? 100;
                return own.Concat(Enumerable.Range(0, Math.Min(Math.Max(extra, 0), 10000)).Select(i => new Piece("<extra_id_" + JsonText.Number(extra - 1 - i) + ">", 0))).ToList();
            case "AlbertTokenizer" or "XLNetTokenizer":
                unkId = model.UnkId;
                return own.Select(static piece => IsNumberWithComma(piece.Text) ? piece with { Score = piece.Score - 100 } : piece).ToList();
            case "DebertaV2Tokenizer" or "RemBertTokenizer" or "BigBirdTokenizer" or "ReformerTokenizer" or "BertGenerationTokenizer":
                unkId = model.UnkId;
                return own;
            case "BarthezTokenizer":
                return own;
            case "XLMRobertaTokenizer":
                return Named("<s>", "<pad>", "</s>", "<unk>").Concat(Rest(3)).Append(new Piece("<mask>", 0)).ToList();
            case "CamembertTokenizer":
                return Named("<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>").Append(new Piece("<unk>NOTUSED", -100)).Concat(Rest(1)).Append(new Piece("<mask>", 0)).ToList();
            case "MBartTokenizer":
                return Named("<s>", "<pad>", "</s>", "<unk>").Concat(Rest(3)).Concat(Named(MBartLanguages)).Append(new Piece("<mask>", 0)).ToList();
            case "MBart50Tokenizer":
                return Named("<s>", "<pad>", "</s>", "<unk>").Concat(Rest(3)).Concat(Named(MBartLanguages)).Concat(Named(MBart50Languages)).Append(new Piece("<mask>", 0)).ToList();
            case "NllbTokenizer":
                return Named("<s>", "<pad>", "</s>", "<unk>").Concat(Rest(3)).ToList();
            case "XGLMTokenizer":
                return Named("<s>", "<pad>", "</s>", "<unk>").Concat(Rest(3)).Concat(Enumerable.Range(0, 7).Select(static i => new Piece("<madeupword" + JsonText.Number(i) + ">", 0))).ToList();
            case "PegasusTokenizer":
                int offset = options?.Get("offset")?.Int32 ?? 103;
                if (offset is < 2 or > 10000)
                {
                    throw options!.Require("offset").Error("expected 2 to 10000");
                }

                unkId = model.UnkId + offset;
                string? sentence = options?["mask_token_sent"] is { } given ? (given.IsNull ? null : given.Text()) : "<mask_1>";
                return Named(Special("pad_token"), Special("eos_token"))
                    .Concat(sentence is null ? Named() : Named(sentence))
                    .Concat(config.Find("mask_token") is { } mask ? Named(mask) : Named())
                    .Concat(Enumerable.Range(2, offset - 2).Select(static i => new Piece("<unk_" + JsonText.Number(i) + ">", -100)))
                    .Concat(Rest(2)).ToList();
            case "LlamaTokenizer" or "CodeLlamaTokenizer":
                unkId = 0;
                return own.Take(3).Select(static piece => piece with { Score = 0 }).Concat(Rest(3)).ToList();
            case "GemmaTokenizer":
                List<Piece> gemma = Named(Special("pad_token"), Special("eos_token"), Special("bos_token")).Concat(Rest(3)).ToList();
                int tab = gemma.FindIndex(static piece => piece.Text == "<0x09>");
                if (tab >= 0 && !gemma.Exists(static piece => piece.Text == "\t"))
                {
                    gemma[tab] = new Piece("\t", 0);
                }

                return gemma;
            default:
                throw Refuse(file);
        }
    }

    private string? Normalizer(SentencePieceModel model, bool prefixSpace, bool legacy)
    {
        var steps = new List<string>();
        string Simple(string type) => @"{""type"": " + JsonText.Quote(type) + "}";
        void Strip(bool left) => steps.Add(@"{""type"": ""Strip"", ""strip_left"": " + JsonText.Flag(left) + @", ""strip_right"": true}");
        void Charsmap()
        {
            if (model.Charsmap.Length > 0)
            {
                steps.Add(@"{""type"": ""Precompiled"", ""precompiled_charsmap"": " + JsonText.Quote(System.Convert.ToBase64String(model.Charsmap)) + "}");
            }
        }

        void LowerAndAccents(bool keepsAccents, bool lowercase)
        {
            if (!Flag("keep_accents", keepsAccents))
            {
                steps.Add(Simple("NFKD"));
                steps.Add(Simple("StripAccents"));
            }

            if (Flag("do_lower_case", lowercase))
            {
                steps.Add(Simple("Lowercase"));
            }
        }

        string blanks = JsonText.Replace("Regex", " {2,}", " ");
        switch (config.ClassName)
        {
            case "AlbertTokenizer" or "XLNetTokenizer" or "RemBertTokenizer":
                bool remBert = config.ClassName == "RemBertTokenizer";
                steps.Add(JsonText.Replace("String", "``", "\""));
                steps.Add(JsonText.Replace("String", "''", "\""));
                if (remBert)
                {
                    steps.Add(blanks);
                }

                LowerAndAccents(keepsAccents: remBert, lowercase: config.ClassName == "AlbertTokenizer");
                Charsmap();
                if (!remBert)
                {
                    steps.Add(blanks);
                }

                break;
            case "DebertaV2Tokenizer":
                if (Flag("do_lower_case", false))
                {
                    steps.Add(Simple("Lowercase"));
                }

                Strip(left: true);
                Charsmap();
                steps.Add(blanks);
                break;
            case "GemmaTokenizer":
                return JsonText.Replace("String", " ", Prefix);
            case "LlamaTokenizer" or "CodeLlamaTokenizer":
                if (!legacy)
                {
                    return null;
                }

                if (prefixSpace)
                {
                    steps.Add(@"{""type"": ""Prepend"", ""prepend"": ""\u2581""}");
                }

                steps.Add(JsonText.Replace("String", " ", Prefix));
                break;
            default:
                Charsmap();
                Strip(left: false);
                steps.Add(JsonText.Replace("Regex", " {2,}", Prefix));
                break;
        }

        return JsonText.Sequence("normalizers", steps);
    }

    private string? PreTokenizer(string scheme, bool legacy)
    {
        switch (config.ClassName)
        {
            case "GemmaTokenizer":
                return @"{""type"": ""Split"", ""pattern"": {""String"": "" ""}, ""behavior"": ""MergedWithPrevious"", ""invert"": false}";
            case "LlamaTokenizer" or "CodeLlamaTokenizer":
                return legacy ? null : JsonText.Metaspace(scheme, split: false);
            case "PegasusTokenizer":
                return JsonText.Sequence("pretokenizers", new[] { @"{""type"": ""WhitespaceSplit""}", JsonText.Metaspace(scheme) });
            case "DebertaV2Tokenizer":
                var parts = new List<string>();
                if (Flag("split_by_punct", false))
                {
                    parts.Add(@"{""type"": ""Punctuation"", ""behavior"": ""Isolated""}");
                }

                parts.Add(JsonText.Metaspace(scheme));
                return JsonText.Sequence("pretokenizers", parts);
            default:
                return JsonText.Metaspace(scheme);
        }
    }

    private string Decoder(string scheme, bool prefixSpace)
    {
        if (config.ClassName is not ("LlamaTokenizer" or "CodeLlamaTokenizer" or "GemmaTokenizer"))
        {
            return JsonText.Metaspace(scheme);
        }

        var steps = new List<string> { JsonText.Replace("String", Prefix, " "), @"{""type"": ""ByteFallback""}", @"{""type"": ""Fuse""}" };
        if (prefixSpace && config.ClassName != "GemmaTokenizer")
        {
            steps.Add(@"{""type"": ""Strip"", ""content"": "" "", ""start"": 1, ""stop"": 0}");
        }

        return JsonText.Sequence("decoders", steps);
    }

    private string? PostProcessor()
    {
        string[] Words(params string[] words) => words;
        switch (config.ClassName)
        {
            case "T5Tokenizer":
                return JsonText.Template(Words("$A", "</s>"), Words("$A", "</s>", "$B", "</s>"), Id);
            case "AlbertTokenizer" or "DebertaV2Tokenizer" or "RemBertTokenizer" or "BigBirdTokenizer":
                return ClsAndSep("[CLS]", "[SEP]");
            case "XLNetTokenizer":
                return JsonText.Template(Words("$A", "<sep>", "<cls>:2"), Words("$A", "<sep>", "$B:1", "<sep>:1", "<cls>:2"), Id);
            case "XLMRobertaTokenizer" or "CamembertTokenizer" or "BarthezTokenizer":
                return JsonText.Template(Words("<s>", "$A", "</s>"), Words("<s>", "$A", "</s>", "</s>", "$B", "</s>"), Id);
            case "XGLMTokenizer":
                return JsonText.Template(Words("</s>", "$A"), Words("</s>", "$A", "</s>", "</s>", "$B"), Id);
            case "PegasusTokenizer":
                string eos = Special("eos_token");
                return JsonText.Template(Words("$A", eos), Words("$A", "$B", eos), Id);
            case "MBart50Tokenizer":
                string source = Text("src_lang") ?? "en_XX";
                return JsonText.Template(Words(source, "$A", "</s>"), Words(source, "$A", "$B", "</s>"), Id);
            case "NllbTokenizer" when !Flag("legacy_behaviour", false):
                string language = Text("src_lang") ?? "eng_Latn";
                return JsonText.Template(Words(language, "$A", "</s>"), Words(language, "$A", "$B", "</s>"), Id);
            case "MBartTokenizer" or "NllbTokenizer":
                string behind = Text("src_lang") ?? (config.ClassName == "MBartTokenizer" ? "en_XX" : "eng_Latn");
                return JsonText.Template(Words("$A", "</s>", behind), Words("$A", "$B", "</s>", behind), Id);
            default:
                return null;
        }
    }

    private IEnumerable<string> AddedPieces(SentencePieceModel model)
    {
        for (int i = 0; i < model.Pieces.Count; i++)
        {
            Piece piece = model.Pieces[i];
            if (piece.Type is PieceType.Control or PieceType.UserDefined)
            {
                bool turn = config.ClassName == "GemmaTokenizer" && piece.Text is "<start_of_turn>" or "<end_of_turn>";
                yield return JsonText.AddedToken(i, piece.Text, piece.Type == PieceType.Control || turn);
            }
        }
    }

    private string SentencePieceBpe(SentencePieceModel model, List<Piece> pieces, bool byteFallback)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < model.Pieces.Count; i++)
        {
            ids[model.Pieces[i].Text] = i;
        }

        // Gemma's class calls the tab by its name
        if (config.ClassName == "GemmaTokenizer" && !ids.ContainsKey("\t") && ids.TryGetValue("<0x09>", out int tab))
        {
            ids["\t"] = tab;
        }

        IEnumerable<string> merges = SentencePieceMerges.Of(ids, pieces)
            .Where(merge => vocabulary.ContainsKey(merge.Left) && vocabulary.ContainsKey(merge.Right))
            .Select(static merge => "[" + JsonText.Quote(merge.Left) + ", " + JsonText.Quote(merge.Right) + "]");
        return @"{""type"": ""BPE"", ""dropout"": null, ""unk_token"": " + JsonText.Quote(model.UnkPiece)
            + @", ""continuing_subword_prefix"": null, ""end_of_word_suffix"": null, ""fuse_unk"": true, ""byte_fallback"": " + JsonText.Flag(byteFallback)
            + @", ""ignore_merges"": false, ""vocab"": " + VocabularyJson() + @", ""merges"": " + JsonText.List(merges) + "}";
    }

    private static string Unigram(string file, List<Piece> pieces, int unkId, bool byteFallback)
    {
        if (unkId < 0 || unkId >= pieces.Count)
        {
            throw TokenizerErrors.Invalid(file, "unk_id is not the id of a piece");
        }

        return @"{""type"": ""Unigram"", ""unk_id"": " + JsonText.Number(unkId) + @", ""vocab"": "
            + JsonText.List(pieces.Select(static piece => "[" + JsonText.Quote(piece.Text) + ", " + piece.Score.ToString("R", CultureInfo.InvariantCulture) + "]"))
            + @", ""byte_fallback"": " + JsonText.Flag(byteFallback) + "}";
    }
}
