using System;
using System.Collections.Generic;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>What all models are at least: a vocabulary.</summary>
internal abstract class TokenModel
{
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, string> tokens = new();

    /// <summary>Tokens by id.</summary>
    public IReadOnlyDictionary<int, string> Tokens => tokens;

    /// <summary>Number of tokens.</summary>
    public virtual int VocabularySize => ids.Count;

    /// <summary>Which model it is.</summary>
    public abstract ModelKind Kind { get; }

    /// <summary>Writes the model's own sections and fields.</summary>
    /// <param name="table">The table; the tokens are in it already.</param>
    /// <param name="added">The added tokens.</param>
    /// <param name="byteLevel">The model sees bytes in GPT-2's alphabet.</param>
    /// <exception cref="ModelException">The model cannot do what it is asked to.</exception>
    public abstract void Write(TableWriter table, AddedVocabulary added, bool byteLevel);

    /// <summary>Reads <c>model</c>, whichever it is.</summary>
    /// <exception cref="JsonException">It is corrupt.</exception>
    /// <exception cref="ModelException">It has something that is not supported.</exception>
    public static TokenModel ReadAny(JsonValue json)
    {
        // very old files do not name the type
        string? type = json.Get("type")?.String;
        if (type is null)
        {
            type = json.Get("merges") is not null ? "BPE"
                : json.Get("unk_id") is not null ? "Unigram"
                : json.Get("continuing_subword_prefix") is not null ? "WordPiece"
                : throw json.Error("'type' is missing");
        }

        return type switch
        {
            "BPE" => BpeModel.Read(json),
            "WordPiece" => WordPieceModel.Read(json),
            "WordLevel" => WordLevelModel.Read(json),
            "Unigram" => UnigramModel.Read(json),
            _ => throw TokenizerErrors.Unsupported(json, "type " + JsonWriter.Quote(type) + " is not supported"),
        };
    }

    /// <summary>A token's id; null if there is none.</summary>
    public int? Find(string token) => ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>Adds a token; of equal ones the last id counts, but all ids are kept.</summary>
    protected void AddToken(string token, int id)
    {
        ids[token] = id;
        tokens[id] = token;
    }

    /// <summary>Reads an object of tokens and their ids.</summary>
    protected void ReadVocabulary(JsonValue json)
    {
        foreach (KeyValuePair<string, JsonValue> member in json.Members)
        {
            int id = member.Value.TokenId();
            if (ids.TryGetValue(member.Key, out int before))
            {
                tokens.Remove(before);
            }

            if (tokens.TryGetValue(id, out string? other))
            {
                throw member.Value.Error("the token " + JsonWriter.Quote(other) + " has the same id");
            }

            ids[member.Key] = id;
            tokens[id] = member.Key;
        }
    }
}
