using System.Collections.Generic;

namespace Kiln.Compiler.Tokenizers.Older;

/// <summary>What a piece of a SentencePiece model is for (<c>SentencePiece.Type</c>).</summary>
internal enum PieceType
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>A piece of a SentencePiece model.</summary>
internal readonly record struct Piece(string Text, double Score, PieceType Type = PieceType.Normal);

/// <summary>A SentencePiece model (sentencepiece_model.proto): what the conversions ask of it.</summary>
internal sealed class SentencePieceModel
{
    private readonly List<Piece> pieces = new();

    /// <summary>The pieces in the order of their ids.</summary>
    public IReadOnlyList<Piece> Pieces => pieces;

    /// <summary>Whether it is BPE; Unigram otherwise.</summary>
    public bool IsBpe { get; private set; }

    /// <summary><c>unk_id</c>.</summary>
    public int UnkId { get; private set; }

    /// <summary><c>unk_piece</c>.</summary>
    public string UnkPiece { get; private set; } = "<unk>";

    /// <summary><c>precompiled_charsmap</c>; empty for none.</summary>
    public byte[] Charsmap { get; private set; } = System.Array.Empty<byte>();

    /// <summary>Reads a file.</summary>
    /// <param name="name">Its name, for errors.</param>
    /// <param name="data">Its bytes.</param>
    /// <exception cref="Diagnostics.ModelException">It is corrupt (KILN0401) or of another algorithm (KILN0402).</exception>
    public static SentencePieceModel Read(string name, byte[] data)
    {
        var model = new SentencePieceModel();
        int algorithm = 1;
        for (var reader = new ProtobufReader(name, data); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1:
                    model.ReadPiece(name, reader.Message());
                    break;
                case 2:
                    algorithm = model.ReadTrainer(reader.Message(), algorithm);
                    break;
                case 3:
                    model.ReadNormalizer(reader.Message());
                    break;
            }
        }

        if (model.pieces.Count == 0)
        {
            throw TokenizerErrors.Invalid(name, "there are no pieces");
        }

        model.IsBpe = algorithm switch
        {
            1 => false,
            2 => true,
            _ => throw TokenizerErrors.Unsupported(name, "trainer_spec.model_type", "neither Unigram nor BPE"),
        };
        return model;
    }

    private void ReadPiece(string name, ProtobufReader reader)
    {
        string text = "";
        float score = 0;
        var type = PieceType.Normal;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    text = reader.Text();
                    break;
                case 2:
                    score = reader.Single();
                    break;
                case 3:
                    type = (PieceType)reader.Int32();
                    break;
            }
        }

        if (text.Length == 0 || float.IsNaN(score) || float.IsInfinity(score))
        {
            throw TokenizerErrors.Invalid(name, "piece " + pieces.Count.ToString(System.Globalization.CultureInfo.InvariantCulture) + " has no text or no score");
        }

        pieces.Add(new Piece(text, score, type));
    }

    private int ReadTrainer(ProtobufReader reader, int algorithm)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3:
                    algorithm = reader.Int32();
                    break;
                case 40:
                    UnkId = reader.Int32();
                    break;
                case 45:
                    UnkPiece = reader.Text();
                    break;
            }
        }

        return algorithm;
    }

    private void ReadNormalizer(ProtobufReader reader)
    {
        while (reader.Next())
        {
            if (reader.Field == 2)
            {
                Charsmap = reader.Bytes();
            }
        }
    }
}
