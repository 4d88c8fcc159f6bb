using System;
using System.Collections.Generic;
using System.Text;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>Writes what all models have: tokens by id.</summary>
internal static class TokenTables
{
    /// <summary>Writes the tokens.</summary>
    /// <param name="table">The table.</param>
    /// <param name="model">The model.</param>
    /// <param name="added">The added tokens.</param>
    /// <param name="byteLevel">Tokens are stored as the bytes that GPT-2's characters stand for.</param>
    /// <returns>Number of tokens, and the largest id + 1.</returns>
    public static (int Count, int IdCount) Write(TableWriter table, TokenModel model, AddedVocabulary added, bool byteLevel)
    {
        int idCount = 0;
        foreach (int id in model.Tokens.Keys)
        {
            idCount = Math.Max(idCount, id + 1);
        }

        foreach (int id in added.Tokens.Keys)
        {
            idCount = Math.Max(idCount, id + 1);
        }

        var contents = new string?[idCount];
        foreach (KeyValuePair<int, string> token in model.Tokens)
        {
            contents[token.Key] = token.Value;
        }

        var flagsOf = new TokenFlags[idCount];
        int count = model.VocabularySize;
        foreach (KeyValuePair<int, AddedToken> token in added.Tokens)
        {
            contents[token.Key] = token.Value.Content;
            flagsOf[token.Key] = TokenFlags.Added;
            count += model.Find(token.Value.Content) is null ? 1 : 0;
        }

        ByteWriter offsets = table[TableSection.TokenOffsets];
        ByteWriter bytes = table[TableSection.TokenBytes];
        for (int id = 0; id < idCount; id++)
        {
            TokenFlags flags = flagsOf[id];
            byte[] stored = Array.Empty<byte>();
            if (contents[id] is not { } content)
            {
                flags |= TokenFlags.Absent;
            }
            else
            {
                byte[]? mapped = byteLevel ? ByteAlphabet.Decode(content) : null;
                stored = mapped ?? Encoding.UTF8.GetBytes(content);
                flags |= byteLevel && mapped is null ? TokenFlags.Literal : TokenFlags.None;
                flags |= added.IsSpecial(content) ? TokenFlags.Special : TokenFlags.None;
            }

            offsets.UInt32((uint)flags | CheckedOffset(bytes.Length));
            bytes.Bytes(stored);
        }

        offsets.UInt32(CheckedOffset(bytes.Length));
        table.Set(TableField.VocabularySize, count);
        table.Set(TableField.IdCount, idCount);
        return (count, idCount);
    }

    /// <summary>The id of a model's unknown token.</summary>
    /// <exception cref="ModelException">The vocabulary lacks it.</exception>
    public static int UnknownId(TokenModel model, string token) => model.Find(token) ?? throw new ModelException(
        Descriptors.SpecialTokenNotFound, "tokenizer.json: model.unk_token: the token " + JsonWriter.Quote(token) + " is not in model.vocab");

    private static uint CheckedOffset(int offset) => (uint)offset <= TableFormat.TokenOffsetMask
        ? (uint)offset
        : throw TokenizerErrors.Unsupported("tokenizer.json", "model.vocab", "more than 256 MiB of tokens");
}
