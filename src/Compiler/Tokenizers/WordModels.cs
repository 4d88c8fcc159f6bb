using System.Collections.Generic;
using System.Text;
using Kiln.Compiler.Json;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary><c>WordPiece</c> (tokenizers/src/models/wordpiece/mod.rs).</summary>
internal sealed class WordPieceModel : TokenModel
{
    private const int DefaultLength = 100;

    private WordPieceModel(string unkToken, string prefix, int maxLength)
    {
        UnkToken = unkToken;
        Prefix = prefix;
        MaxLength = maxLength;
    }

    /// <inheritdoc/>
    public override ModelKind Kind => ModelKind.WordPiece;

    private string UnkToken { get; }

    private string Prefix { get; }

    private int MaxLength { get; }

    /// <summary>Reads <c>model</c>.</summary>
    public static WordPieceModel Read(JsonValue json)
    {
        int maxLength = json.Get("max_input_chars_per_word")?.Int32 ?? DefaultLength;
        var model = new WordPieceModel(
            json.Get("unk_token")?.Text() ?? "[UNK]",
            json.Get("continuing_subword_prefix")?.Text() ?? "##",
            maxLength >= 0 ? maxLength : throw json.Require("max_input_chars_per_word").Error("a negative length"));
        model.ReadVocabulary(json.Require("vocab"));
        return model;
    }

    /// <inheritdoc/>
    public override void Write(TableWriter table, AddedVocabulary added, bool byteLevel)
    {
        if (byteLevel)
        {
            throw TokenizerErrors.Unsupported("tokenizer.json", "pre_tokenizer", "ByteLevel before a WordPiece model");
        }

        WriteTrie(table, this);
        byte[] written = table[TableSection.Trie].ToArray();
        table.Set(TableField.PrefixNode, DoubleArrayBuilder.Walk(written, Encoding.UTF8.GetBytes(Prefix)));
        table.Set(TableField.MaxWordLength, MaxLength);
        table.Set(TableField.ModelUnkId, TokenTables.UnknownId(this, UnkToken));
    }

    /// <summary>Writes a trie of all tokens.</summary>
    public static void WriteTrie(TableWriter table, TokenModel model)
    {
        var trie = new DoubleArrayBuilder();
        foreach (KeyValuePair<int, string> token in model.Tokens)
        {
            trie.Add(Encoding.UTF8.GetBytes(token.Value), token.Key);
        }

        trie.Write(table[TableSection.Trie]);
    }
}

/// <summary><c>WordLevel</c> (tokenizers/src/models/wordlevel/mod.rs).</summary>
internal sealed class WordLevelModel : TokenModel
{
    private readonly string unkToken;

    private WordLevelModel(string unkToken) => this.unkToken = unkToken;

    /// <inheritdoc/>
    public override ModelKind Kind => ModelKind.WordLevel;

    /// <summary>Reads <c>model</c>.</summary>
    public static WordLevelModel Read(JsonValue json)
    {
        var model = new WordLevelModel(json.Get("unk_token")?.Text() ?? "<unk>");
        model.ReadVocabulary(json.Require("vocab"));
        return model;
    }

    /// <summary>Reads a <c>vocab.json</c>.</summary>
    public static WordLevelModel ReadFile(JsonValue vocabulary, string unkToken)
    {
        var model = new WordLevelModel(unkToken);
        model.ReadVocabulary(vocabulary);
        return model;
    }

    /// <inheritdoc/>
    public override void Write(TableWriter table, AddedVocabulary added, bool byteLevel)
    {
        if (byteLevel)
        {
            throw TokenizerErrors.Unsupported("tokenizer.json", "pre_tokenizer", "ByteLevel before a WordLevel model");
        }

        WordPieceModel.WriteTrie(table, this);
        table.Set(TableField.ModelUnkId, TokenTables.UnknownId(this, unkToken));
    }
}
