using System.Collections.Generic;
using Kiln.Compiler.Json;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>What <c>post_processor</c> puts around a single text.</summary>
internal sealed class PostProcessor
{
    /// <summary>Ids before the text.</summary>
    public List<int> Before { get; } = new();

    /// <summary>Ids behind the text.</summary>
    public List<int> After { get; } = new();

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
        if (Before.Count + After.Count == 0)
        {
            return;
        }

        var content = new ByteWriter();
        content.Int32(Before.Count);
        Before.ForEach(content.Int32);
        After.ForEach(content.Int32);
        section.Step((int)PostProcessorKind.Template, content);
    }

    private void Add(JsonValue? json, ref bool adds)
    {
        if (json is null or { IsNull: true })
        {
            return;
        }

        string type = json.Require("type").String;
        switch (type)
        {
            case "ByteLevel":
                // moves offsets only
                return;
            case "Sequence":
                foreach (JsonValue item in json.Require("processors").Items)
                {
                    Add(item, ref adds);
                }

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
                ReadTemplate(json);
                break;
            case "BertProcessing" or "RobertaProcessing":
                Before.Add(TokenAndId(json.Require("cls")));
                After.Add(TokenAndId(json.Require("sep")));
                break;
            default:
                throw TokenizerErrors.UnknownType(json);
        }
    }

    private static int TokenAndId(JsonValue pair) =>
        pair.Items.Count == 2 ? pair.Items[1].TokenId() : throw pair.Error("expected a token and its id");

    private void ReadTemplate(JsonValue json)
    {
        JsonValue specials = json.Require("special_tokens");
        bool seen = false;
        foreach (JsonValue piece in json.Require("single").Items)
        {
            if (piece.Get("SpecialToken") is { } special)
            {
                string name = special.Require("id").String;
                foreach (JsonValue id in (specials.Get(name) ?? throw special.Error("special_tokens lacks " + JsonWriter.Quote(name))).Require("ids").Items)
                {
                    (seen ? After : Before).Add(id.TokenId());
                }
            }
            else if (piece.Require("Sequence").Require("id").String != "A" || seen)
            {
                throw TokenizerErrors.Unsupported(piece, "a template for one text must have $A once and nothing of $B");
            }
            else
            {
                seen = true;
            }
        }

        if (!seen)
        {
            throw TokenizerErrors.Unsupported(json.Require("single"), "a template without $A");
        }
    }
}
