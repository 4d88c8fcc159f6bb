using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Kiln.Compiler.Json;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary><c>Unigram</c> (tokenizers/src/models/unigram/model.rs).</summary>
internal sealed class UnigramModel : TokenModel
{
    private const double UnknownPenalty = 10;

    private readonly List<double> scores = new();
    private readonly int unkId;
    private readonly bool byteFallback;

    /// <summary>Makes a model.</summary>
    /// <param name="pieces">Pieces and their scores, in the order of their ids.</param>
    /// <param name="unkId">What unknown characters become; -1 for nothing.</param>
    /// <param name="byteFallback">Whether unknown characters become <c>&lt;0xXX&gt;</c> tokens.</param>
    /// <param name="error">Makes the exception for a corrupt vocabulary.</param>
    public UnigramModel(IReadOnlyList<KeyValuePair<string, double>> pieces, int unkId, bool byteFallback, Func<string, Exception> error)
    {
        if (unkId >= pieces.Count)
        {
            throw error("unk_id is not in the vocabulary");
        }

        this.unkId = unkId;
        this.byteFallback = byteFallback;
        for (int id = 0; id < pieces.Count; id++)
        {
            if (double.IsNaN(pieces[id].Value))
            {
                throw error("the score of " + JsonWriter.Quote(pieces[id].Key) + " is not a number");
            }

            AddToken(pieces[id].Key, id);
            scores.Add(pieces[id].Value);
        }
    }

    /// <inheritdoc/>
    public override ModelKind Kind => ModelKind.Unigram;

    /// <inheritdoc/>
    public override int VocabularySize => scores.Count;

    /// <summary>Reads <c>model</c>.</summary>
    public static UnigramModel Read(JsonValue json)
    {
        var pieces = new List<KeyValuePair<string, double>>();
        JsonValue vocabulary = json.Require("vocab");
        foreach (JsonValue item in vocabulary.Items)
        {
            if (item.Items.Count != 2)
            {
                throw item.Error("expected a piece and its score");
            }

            pieces.Add(new KeyValuePair<string, double>(item.Items[0].Text(), item.Items[1].Double));
            if (pieces.Count > TableFormat.MaxTokenCount)
            {
                throw TokenizerErrors.Unsupported(vocabulary, "more than 2^22 tokens");
            }
        }

        JsonValue? unk = json.Get("unk_id");
        return new UnigramModel(pieces, unk?.TokenId() ?? -1, json.Flag("byte_fallback", false), (unk ?? vocabulary).Error);
    }

    /// <inheritdoc/>
    public override void Write(TableWriter table, AddedVocabulary added, bool byteLevel)
    {
        if (byteLevel)
        {
            throw TokenizerErrors.Unsupported("tokenizer.json", "pre_tokenizer", "ByteLevel before a Unigram model");
        }

        double minimum = double.PositiveInfinity;
        foreach (double score in scores)
        {
            minimum = Math.Min(minimum, score);
            table[TableSection.Scores].UInt64((ulong)BitConverter.DoubleToInt64Bits(score));
        }

        // a piece whose best cut is itself need not be cut when it is a whole word
        var trie = new DoubleArrayBuilder();
        foreach (KeyValuePair<int, string> token in Tokens)
        {
            if (Find(token.Value) == token.Key)
            {
                trie.Add(Encoding.UTF8.GetBytes(token.Value), token.Key | (IsWhole(token.Value, minimum - UnknownPenalty) ? TableFormat.WholePiece : 0));
            }
        }

        trie.Write(table[TableSection.Trie]);
        table[TableSection.Scores].UInt64((ulong)BitConverter.DoubleToInt64Bits(minimum - UnknownPenalty));
        table.Set(TableField.ModelUnkId, unkId);
        if (byteFallback)
        {
            for (int i = 0; i < 256; i++)
            {
                table[TableSection.ByteFallback].Int32(Find("<0x" + i.ToString("X2", CultureInfo.InvariantCulture) + ">") ?? -1);
            }
        }
    }

    /// <summary>The runtime's search, on one piece: whether it is its own best cut, ties decided alike.</summary>
    private bool IsWhole(string piece, double unknownScore)
    {
        double[] best = new double[piece.Length + 1];
        int[] starts = new int[piece.Length + 1];
        int[] ids = new int[piece.Length + 1];
        for (int i = 0; i < starts.Length; i++)
        {
            starts[i] = -1;
        }

        for (int start = 0; start < piece.Length;)
        {
            int next = start + (char.IsHighSurrogate(piece[start]) && start + 1 < piece.Length ? 2 : 1);
            bool single = false;
            for (int end = next; end <= piece.Length; end++)
            {
                if (Find(piece.Substring(start, end - start)) is { } id)
                {
                    Try(start, end, scores[id], id);
                    single |= end == next;
                }
            }

            if (!single)
            {
                Try(start, next, unknownScore, unkId);
            }

            start = next;
        }

        return starts[piece.Length] == 0 && ids[piece.Length] != unkId;

        void Try(int start, int end, double score, int id)
        {
            double total = score + best[start];
            if (starts[end] < 0 || total > best[end])
            {
                best[end] = total;
                starts[end] = start;
                ids[end] = id;
            }
        }
    }
}
