using System;
using System.Collections.Generic;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;
using Kiln.Compiler.Tokenizers.Older;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>
/// Compiles the tokenizer of a checkpoint folder into a table that the runtime reads in place. The behaviour is that of Hugging
/// Face's fast tokenizers (tokenizers 0.22 under transformers 4.57).
/// </summary>
public static class TokenizerCompiler
{
    // their files are converted, but a few texts still come out otherwise than from the Python class: no silent differences
    private static readonly string[] UnfinishedClasses = ["ByT5Tokenizer", "M2M100Tokenizer", "Wav2Vec2CTCTokenizer"];

    /// <summary>Compiles.</summary>
    /// <param name="files">The tokenizer files of the folder.</param>
    /// <param name="diagnostics">Gets KILN0401 for a corrupt file, KILN0402 for what is not supported (with the component's place in
    /// the JSON), KILN0403 for an unknown token that the vocabulary lacks.</param>
    /// <returns>The tokenizer; null if the folder has none, or after an error.</returns>
    public static CompiledTokenizer? Compile(TokenizerFiles files, DiagnosticBag diagnostics) => Compile(files, diagnostics, unfinished: false);

    /// <summary>Compiles also what would not yet do in every case what its Python class does: for its tests.</summary>
    internal static CompiledTokenizer? Compile(TokenizerFiles files, DiagnosticBag diagnostics, bool unfinished)
    {
        try
        {
            TokenizerConfig config = TokenizerConfig.Read(files);
            CompiledTokenizer? result = null;
            JsonValue? json = TokenizerConfig.Parse(files, "tokenizer.json");
            if (json is null && !unfinished && Array.IndexOf(UnfinishedClasses, config.ClassName) >= 0)
            {
                throw TokenizerErrors.Unsupported("tokenizer_config.json", "tokenizer_class",
                    "a " + config.ClassName + ", whose Python class goes ways of its own in some texts,");
            }

            if (json is null && OlderFiles.Convert(files, config) is { } converted)
            {
                TokenizerConfig.Guard("tokenizer.json", () => json = JsonReader.Parse(converted));
            }

            if (json is not null)
            {
                TokenizerConfig.Guard("tokenizer.json", () => result = CompileJson(json, config));
            }

            return result;
        }
        catch (ModelException e)
        {
            diagnostics.Add(e.Diagnostic);
            return null;
        }
    }

    private static CompiledTokenizer CompileJson(JsonValue json, TokenizerConfig config)
    {
        if (json.Get("version") is { } version && version.String != "1.0")
        {
            throw TokenizerErrors.Unsupported(version, "version " + JsonWriter.Quote(version.String));
        }

        var tokens = new List<AddedToken>();
        if (json.Get("added_tokens") is { } added)
        {
            foreach (JsonValue item in added.Items)
            {
                tokens.Add(AddedToken.Read(item, special: false));
            }
        }

        var decoder = new ByteWriter();
        Decoders.Write(json.Get("decoder"), decoder);
        return Assemble(
            TokenModel.ReadAny(json.Require("model")),
            Normalizer.Read(json.Get("normalizer")),
            PreTokenizer.Read(json.Get("pre_tokenizer"), config.AddPrefixSpace),
            PostProcessor.Read(json.Get("post_processor")),
            decoder,
            tokens,
            config,
            json: json);
    }

    private static CompiledTokenizer Assemble(TokenModel model, List<Normalizer> normalizers, List<PreTokenizer> preTokenizers,
        PostProcessor postProcessor, ByteWriter decoder, List<AddedToken> tokens, TokenizerConfig config, JsonValue? json = null)
    {
        var added = new AddedVocabulary(model);
        tokens.ForEach(added.Add);
        foreach (AddedToken token in config.AddedTokens)
        {
            added.Add(token with { Special = token.Special || config.IsSpecial(token.Content) });
        }

        foreach (KeyValuePair<string, AddedToken> special in config.SpecialTokens)
        {
            if (!added.Contains(special.Value.Content))
            {
                added.Add(special.Value with { Special = true });
            }
        }

        if (config.RebuildsPostProcessor)
        {
            postProcessor = BosAndEos(config, added, config.AddBosToken ?? true, config.AddEosToken);
        }

        var table = new TableWriter();
        bool byteLevel = preTokenizers.Exists(static step => step is ByteLevelPreTokenizer);
        (int count, int idCount) = TokenTables.Write(table, model, added, byteLevel);
        table.Set(TableField.ModelKind, (int)model.Kind);
        table.Set(TableField.ModelFlags, byteLevel ? (int)ModelFlags.ByteLevel : 0);
        model.Write(table, added, byteLevel);
        added.Write(table, normalizers);
        normalizers.ForEach(step => step.Write(table[TableSection.Normalizer]));
        preTokenizers.ForEach(step => step.Write(table[TableSection.PreTokenizer]));
        postProcessor.Write(table[TableSection.PostProcessor]);
        table[TableSection.Decoder].Bytes(decoder.ToArray());
        if (config.ClassName == "CLIPTokenizer" && model is BpeModel { Suffix.Length: > 0 } clip)
        {
            // CLIPTokenizerFast wraps the library's decode (tokenization_clip_fast.py)
            var replace = new ByteWriter();
            replace.Text(clip.Suffix);
            replace.Text(" ");
            table[TableSection.WholeDecoder].Step((int)DecoderKind.Replace, replace);
            table[TableSection.WholeDecoder].Step((int)DecoderKind.Trim, new ByteWriter());
        }


        if (json is not null)
        {
            FileOptions.Write(json, table);
        }

        table.Set(TableField.PadsLeft, config.PadsLeft ? 1 : 0);
        table.Set(TableField.PadTokenTypeId, config.PadTokenTypeId);

        var specialTokens = new List<KeyValuePair<string, SpecialToken>>();
        foreach (KeyValuePair<string, AddedToken> special in config.SpecialTokens)
        {
            if (added.Find(special.Value.Content) is { } id)
            {
                specialTokens.Add(new KeyValuePair<string, SpecialToken>(special.Key, new SpecialToken(special.Value.Content, id)));
                if (FieldOf(special.Key) is { } field)
                {
                    table.Set(field, id);
                }
            }
        }

        return new CompiledTokenizer(
            table.Build(), model.Kind == ModelKind.Bpe ? "BPE" : model.Kind.ToString(), count, idCount,
            postProcessor.Before.Count > 0 && Id(specialTokens, "bos_token") == postProcessor.Before[0],
            postProcessor.After.Count > 0 && Id(specialTokens, "eos_token") == postProcessor.After[postProcessor.After.Count - 1],
            specialTokens,
            UsedComponents.Of(table));
    }

    private static int Id(List<KeyValuePair<string, SpecialToken>> tokens, string name) =>
        tokens.Find(token => token.Key == name).Value?.Id ?? -1;

    private static TableField? FieldOf(string name) => name switch
    {
        "bos_token" => TableField.BosTokenId,
        "eos_token" => TableField.EosTokenId,
        "unk_token" => TableField.UnkTokenId,
        "pad_token" => TableField.PadTokenId,
        "sep_token" => TableField.SepTokenId,
        "cls_token" => TableField.ClsTokenId,
        "mask_token" => TableField.MaskTokenId,
        _ => null,
    };

    private static PostProcessor BosAndEos(TokenizerConfig config, AddedVocabulary added, bool addBos, bool addEos)
    {
        int Required(string name, string option) => config.Find(name) is { } content && added.Find(content) is { } id
            ? id
            : throw new ModelException(Descriptors.SpecialTokenNotFound, "tokenizer_config.json: " + option + " is true, but there is no " + name);

        if (!addBos && !addEos)
        {
            return new PostProcessor();
        }

        return PostProcessor.AroundEach(
            addBos ? new[] { Required("bos_token", "add_bos_token") } : Array.Empty<int>(),
            addEos ? new[] { Required("eos_token", "add_eos_token") } : Array.Empty<int>());
    }
}
