using System;
using System.Collections.Generic;
using System.Globalization;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>
/// A BPE model as <c>tokenizer.json</c> (or <c>vocab.json</c> with <c>merges.txt</c>) has it, checked. Follows
/// tokenizers/src/models/bpe/model.rs.
/// </summary>
internal sealed class BpeModel : TokenModel
{
    private readonly Dictionary<(int Left, int Right), (int Rank, int Result)> merges = new();

    private int mergeCount;

    private BpeModel()
    {
    }

    /// <summary>Merges: rank (not without gaps) and result of each pair.</summary>
    public IReadOnlyDictionary<(int Left, int Right), (int Rank, int Result)> Merges => merges;

    /// <summary><c>unk_token</c>; null for none.</summary>
    public string? UnkToken { get; private set; }

    /// <summary><c>fuse_unk</c>.</summary>
    public bool FuseUnk { get; private set; }

    /// <summary><c>byte_fallback</c>.</summary>
    public bool ByteFallback { get; private set; }

    /// <summary><c>ignore_merges</c>.</summary>
    public bool IgnoreMerges { get; private set; }

    /// <summary><c>continuing_subword_prefix</c>: stands before each character but a word's first.</summary>
    public string Prefix { get; private set; } = "";

    /// <summary><c>end_of_word_suffix</c>: stands behind a word's last character.</summary>
    public string Suffix { get; private set; } = "";

    /// <inheritdoc/>
    public override ModelKind Kind => ModelKind.Bpe;

    /// <inheritdoc/>
    public override void Write(TableWriter table, AddedVocabulary added, bool byteLevel) => BpeTables.Write(table, this, added, byteLevel);

    /// <summary>Reads <c>model</c>.</summary>
    /// <exception cref="JsonException">It is corrupt.</exception>
    /// <exception cref="ModelException">It has an option that is not supported.</exception>
    public static BpeModel Read(JsonValue json)
    {
        if (json.Get("dropout") is { } dropout && dropout.Double != 0)
        {
            throw TokenizerErrors.Unsupported(dropout, "dropout is for training");
        }

        var model = new BpeModel
        {
            UnkToken = json.Get("unk_token")?.Text(),
            FuseUnk = json.Flag("fuse_unk", false),
            ByteFallback = json.Flag("byte_fallback", false),
            IgnoreMerges = json.Flag("ignore_merges", false),
            Prefix = json.Get("continuing_subword_prefix")?.Text() ?? "",
            Suffix = json.Get("end_of_word_suffix")?.Text() ?? "",
        };
        model.ReadVocabulary(json.Require("vocab"));
        bool? pairs = null;
        foreach (JsonValue merge in json.Require("merges").Items)
        {
            pairs ??= merge.Kind == JsonKind.Array;
            if (pairs.Value)
            {
                if (merge.Items.Count != 2)
                {
                    throw merge.Error("expected two tokens");
                }

                model.AddMerge(merge.Items[0].String, merge.Items[1].String, merge.Error);
            }
            else
            {
                string[] parts = merge.String.Split(' ');
                model.AddMerge(parts[0], parts.Length == 2 ? parts[1] : throw merge.Error("expected two tokens with a blank between them"), merge.Error);
            }
        }

        return model;
    }

    private void AddMerge(string left, string right, Func<string, Exception> error)
    {
        int Required(string token) => Find(token) ?? throw error("the token " + JsonWriter.Quote(token) + " is not in the vocabulary");

        // the right half's prefix is inside of a word now
        string rest = right.Length >= Prefix.Length ? right.Substring(Prefix.Length) : throw error("the token " + JsonWriter.Quote(right) + " lacks the prefix");

        // of equal pairs the last one counts, as in the reference's map
        merges[(Required(left), Required(right))] = (mergeCount++, Required(left + rest));
    }
}
