using System;
using System.Collections.Generic;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Tokenizers;

/// <summary>What all models are at least: a vocabulary.</summary>
internal abstract class TokenModel
{
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, string> tokens = new();

    /// <summary>Tokens by id.</summary>
    public IReadOnlyDictionary<int, string> Tokens => tokens;

    /// <summary>Number of tokens.</summary>
    public int VocabularySize => ids.Count;

    /// <summary>A token's id; null if there is none.</summary>
    public int? Find(string token) => ids.TryGetValue(token, out int id) ? id : null;

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
