using System;
using System.Collections.Generic;
using System.Text;
using Kiln.Compiler.Json;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>An added token as the files describe it.</summary>
internal sealed record AddedToken(string Content, bool SingleWord, bool LStrip, bool RStrip, bool Normalized, bool Special)
{
    /// <summary>A special token of which only the content is known.</summary>
    public static AddedToken SpecialOf(string content) => new(content, false, false, false, Normalized: false, Special: true);

    /// <summary>An entry of <c>added_tokens</c>, of <c>added_tokens_decoder</c>, or a special token with options.</summary>
    public static AddedToken Read(JsonValue json, bool special)
    {
        special |= json.Flag("special", false);
        return new AddedToken(
            json.Require("content").Text(),
            json.Flag("single_word", false),
            json.Flag("lstrip", false),
            json.Flag("rstrip", false),
            json.Flag("normalized", !special),
            special);
    }
}

/// <summary>
/// The tokens beside the model's: they are cut out of the text before the model sees it. Ids are given as by
/// <c>AddedVocabulary::add_tokens</c> (tokenizers/src/tokenizer/added_vocabulary.rs): the model's id if it has the token, else the
/// next free one; the ids in the file are not asked.
/// </summary>
internal sealed class AddedVocabulary
{
    private readonly TokenModel model;
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, AddedToken> tokens = new();
    private readonly HashSet<string> special = new(StringComparer.Ordinal);

    private int next;

    public AddedVocabulary(TokenModel model)
    {
        this.model = model;
        next = model.VocabularySize;
    }

    /// <summary>The tokens by id.</summary>
    public IReadOnlyDictionary<int, AddedToken> Tokens => tokens;

    /// <summary>Adds a token, or changes the options of one that is there.</summary>
    public void Add(AddedToken token)
    {
        if (token.Content.Length == 0)
        {
            return;
        }

        int id = Find(token.Content) ?? next;
        next = Math.Max(next, id + 1);
        if (next > TableFormat.MaxTokenCount)
        {
            throw TokenizerErrors.Unsupported("tokenizer.json", "added_tokens", "more than 2^22 tokens");
        }

        ids[token.Content] = id;
        tokens[id] = token;
        if (token.Special)
        {
            special.Add(token.Content);
        }
    }

    /// <summary>A token's id, added or the model's; null if there is none.</summary>
    public int? Find(string content) => ids.TryGetValue(content, out int id) ? id : model.Find(content);

    /// <summary>Whether decoders that skip special tokens leave this content out.</summary>
    public bool IsSpecial(string content) => special.Contains(content);

    /// <summary>Whether the content has been added.</summary>
    public bool Contains(string content) => ids.ContainsKey(content);

    /// <summary>Writes the tokens and the two tries.</summary>
    public void Write(TableWriter table, List<Normalizer> normalizers)
    {
        var raw = new ByteTrie();
        var normalized = new ByteTrie();
        ByteWriter section = table[TableSection.AddedTokens];
        int index = 0;
        foreach (KeyValuePair<int, AddedToken> entry in tokens)
        {
            AddedToken token = entry.Value;
            section.Int32((int)((token.SingleWord ? AddedTokenFlags.SingleWord : 0)
                | (token.LStrip ? AddedTokenFlags.LStrip : 0)
                | (token.RStrip ? AddedTokenFlags.RStrip : 0)
                | (IsSpecial(token.Content) ? AddedTokenFlags.Special : 0)));
            section.Int32(entry.Key);
            string content = token.Content;
            if (token.Normalized)
            {
                foreach (Normalizer normalizer in normalizers)
                {
                    content = normalizer.Apply(content);
                }
            }

            if (content.Length > 0)
            {
                (token.Normalized ? normalized : raw).Add(Encoding.UTF8.GetBytes(content), index);
            }

            index++;
        }

        raw.Write(table[TableSection.RawTrie]);
        normalized.Write(table[TableSection.NormalizedTrie]);
    }
}
