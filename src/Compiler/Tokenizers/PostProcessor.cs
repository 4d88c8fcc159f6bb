using System;
using System.Collections.Generic;
using System.Linq;
using Kiln.Compiler.Json;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>A piece of a template: a text's place or a token, and the type id there.</summary>
internal readonly record struct TemplatePiece(TemplatePieceKind Kind, int TypeId, int Id = 0)
{
    /// <summary>The place of the first text.</summary>
    public static TemplatePiece First(int typeId = 0) => new(TemplatePieceKind.First, typeId);

    /// <summary>The place of the second text.</summary>
    public static TemplatePiece Second(int typeId = 0) => new(TemplatePieceKind.Second, typeId);

    /// <summary>A token.</summary>
    public static TemplatePiece Special(int id, int typeId = 0) => new(TemplatePieceKind.Special, typeId, id);
}

/// <summary>What <c>post_processor</c> puts around texts.</summary>
internal sealed class PostProcessor
{
    private bool? trimsAfterPrefix;
    private bool typesAllWindows;

    /// <summary>One text as it is; of a pair the second has type 1.</summary>
    public PostProcessor()
        : this(new[] { TemplatePiece.First() }, new[] { TemplatePiece.First(), TemplatePiece.Second(1) })
    {
    }

    /// <summary>A template.</summary>
    public PostProcessor(IReadOnlyList<TemplatePiece> single, IReadOnlyList<TemplatePiece> pair)
    {
        Single = single;
        Pair = pair;
    }

    /// <summary>The pieces of one text's encoding.</summary>
    public IReadOnlyList<TemplatePiece> Single { get; private set; }

    /// <summary>The pieces of a pair's encoding.</summary>
    public IReadOnlyList<TemplatePiece> Pair { get; private set; }

    /// <summary>Ids before a single text.</summary>
    public IReadOnlyList<int> Before => Single.TakeWhile(static p => p.Kind == TemplatePieceKind.Special).Select(static p => p.Id).ToList();

    /// <summary>Ids behind a single text.</summary>
    public IReadOnlyList<int> After =>
        Single.Reverse().TakeWhile(static p => p.Kind == TemplatePieceKind.Special).Select(static p => p.Id).Reverse().ToList();

    /// <summary>Tokens before the first text and behind the last: <c>before A after</c>, <c>before A B after</c>, all of type 0.</summary>
    public static PostProcessor Around(IReadOnlyList<int> before, IReadOnlyList<int> after)
    {
        IEnumerable<TemplatePiece> start = before.Select(static id => TemplatePiece.Special(id));
        IEnumerable<TemplatePiece> end = after.Select(static id => TemplatePiece.Special(id));
        return new PostProcessor(
            start.Append(TemplatePiece.First()).Concat(end).ToList(),
            start.Append(TemplatePiece.First()).Append(TemplatePiece.Second()).Concat(end).ToList());
    }

    /// <summary>Tokens around each text of its own, those of the second with type 1.</summary>
    public static PostProcessor AroundEach(IReadOnlyList<int> before, IReadOnlyList<int> after)
    {
        IEnumerable<TemplatePiece> Text(TemplatePiece text) => before.Select(id => TemplatePiece.Special(id, text.TypeId))
            .Append(text).Concat(after.Select(id => TemplatePiece.Special(id, text.TypeId)));

        return new PostProcessor(
            Text(TemplatePiece.First()).ToList(),
            Text(TemplatePiece.First()).Concat(Text(TemplatePiece.Second(1))).ToList());
    }

    /// <summary>Reads the component; sequences may have one part that adds tokens.</summary>
    public static PostProcessor Read(JsonValue? json)
    {
        var result = new PostProcessor();
        bool adds = false;
        result.Add(json, ref adds);
        return result;
    }

    /// <summary>Appends the steps.</summary>
    public void Write(ByteWriter section)
    {
        var template = new ByteWriter();
        template.Int32(typesAllWindows ? 1 : 0);
        Write(Single, template);
        Write(Pair, template);
        section.Step((int)PostProcessorKind.Template, template);
        if (trimsAfterPrefix is { } prefix)
        {
            var content = new ByteWriter();
            content.Int32(prefix ? 1 : 0);
            section.Step((int)PostProcessorKind.TrimOffsets, content);
        }
    }

    private static void Write(IReadOnlyList<TemplatePiece> pieces, ByteWriter content)
    {
        content.Int32(pieces.Count);
        foreach (TemplatePiece piece in pieces)
        {
            content.Int32((int)piece.Kind);
            content.Int32(piece.TypeId);
            content.Int32(piece.Id);
        }
    }

    private static int TokenAndId(JsonValue pair) =>
        pair.Items.Count == 2 ? pair.Items[1].TokenId() : throw pair.Error("expected a token and its id");

    private void Add(JsonValue? json, ref bool adds)
    {
        if (json is null or { IsNull: true })
        {
            return;
        }

        string type = json.Require("type").String;
        if (type == "Sequence")
        {
            foreach (JsonValue item in json.Require("processors").Items)
            {
                Add(item, ref adds);
            }

            return;
        }

        if (type is "ByteLevel" or "RobertaProcessing" && json.Flag("trim_offsets", true))
        {
            trimsAfterPrefix = json.Flag("add_prefix_space", true);
        }

        if (type == "ByteLevel")
        {
            return;
        }

        if (adds)
        {
            throw TokenizerErrors.Unsupported(json, "a second post-processor that adds tokens");
        }

        adds = true;
        switch (type)
        {
            case "TemplateProcessing":
                JsonValue specials = json.Require("special_tokens");
                Single = ReadTemplate(json.Require("single"), specials, isPair: false);
                Pair = ReadTemplate(json.Require("pair"), specials, isPair: true);
                break;
            case "BertProcessing" or "RobertaProcessing":
                AddClassifier(TokenAndId(json.Require("cls")), TokenAndId(json.Require("sep")), isBert: type == "BertProcessing");
                break;
            default:
                throw TokenizerErrors.UnknownType(json);
        }
    }

    private void AddClassifier(int cls, int sep, bool isBert)
    {
        Single = new[] { TemplatePiece.Special(cls), TemplatePiece.First(), TemplatePiece.Special(sep) };
        int second = isBert ? 1 : 0;
        typesAllWindows = true;
        var pair = new List<TemplatePiece>(Single);
        if (!isBert)
        {
            pair.Add(TemplatePiece.Special(sep));
        }

        pair.Add(TemplatePiece.Second(second));
        pair.Add(TemplatePiece.Special(sep, second));
        Pair = pair;
    }

    private static List<TemplatePiece> ReadTemplate(JsonValue json, JsonValue specials, bool isPair)
    {
        var pieces = new List<TemplatePiece>();
        foreach (JsonValue piece in json.Items)
        {
            if (piece.Get("SpecialToken") is { } special)
            {
                string name = special.Require("id").String;
                JsonValue token = specials.Get(name) ?? throw special.Error("special_tokens lacks " + JsonWriter.Quote(name));
                foreach (JsonValue id in token.Require("ids").Items)
                {
                    pieces.Add(TemplatePiece.Special(id.TokenId(), Type(special)));
                }
            }
            else
            {
                JsonValue sequence = piece.Require("Sequence");
                bool isFirst = sequence.Require("id").String switch
                {
                    "A" => true,
                    "B" => false,
                    _ => throw sequence.Require("id").Error("expected A or B"),
                };
                pieces.Add(isFirst ? TemplatePiece.First(Type(sequence)) : TemplatePiece.Second(Type(sequence)));
            }
        }

        int firsts = pieces.Count(static p => p.Kind == TemplatePieceKind.First);
        int seconds = pieces.Count(static p => p.Kind == TemplatePieceKind.Second);
        return firsts == 1 && seconds == (isPair ? 1 : 0)
            ? pieces
            : throw TokenizerErrors.Unsupported(json, isPair ? "a template for a pair must have $A and $B once each" : "a template for one text must have $A once and nothing of $B");
    }

    private static int Type(JsonValue piece) =>
        piece.Get("type_id") is not { } value ? 0
        : value.Int64 is >= 0 and <= int.MaxValue and var type ? (int)type
        : throw value.Error("expected a type id");
}
