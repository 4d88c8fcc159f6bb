using System.Text;
using Kiln.Compiler.Json;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>Reads <c>decoder</c> and writes its steps, sequences flattened. Decoders have no state at build, so there is no class for each.</summary>
internal static class Decoders
{
    /// <summary>Writes the steps of a component; null writes none, which means: join with blanks.</summary>
    public static void Write(JsonValue? json, ByteWriter section)
    {
        Add(json, section);
        if (section.Length == 0 && json is { IsNull: false })
        {
            // an empty sequence joins without blanks
            section.Step((int)DecoderKind.Fuse, new ByteWriter());
        }
    }

    private static void Add(JsonValue? json, ByteWriter section)
    {
        if (json is null or { IsNull: true })
        {
            return;
        }

        var content = new ByteWriter();
        switch (json.Require("type").String)
        {
            case "Sequence":
                foreach (JsonValue item in json.Require("decoders").Items)
                {
                    Add(item, section);
                }

                break;
            case "ByteLevel":
                section.Step((int)DecoderKind.ByteLevel, content);
                break;
            case "ByteFallback":
                section.Step((int)DecoderKind.ByteFallback, content);
                break;
            case "Fuse":
                section.Step((int)DecoderKind.Fuse, content);
                break;
            case "Metaspace":
                content.Int32(MetaspacePreTokenizer.ReadPrependScheme(json) != 0 ? 1 : 0);
                content.Bytes(Encoding.UTF8.GetBytes(json.Require("replacement").Character()));
                section.Step((int)DecoderKind.Metaspace, content);
                break;
            case "Strip":
                content.Int32(Count(json.Require("start")));
                content.Int32(Count(json.Require("stop")));
                content.Bytes(Encoding.UTF8.GetBytes(json.Require("content").Character()));
                section.Step((int)DecoderKind.Strip, content);
                break;
            case "WordPiece":
                content.Int32(json.Flag("cleanup", true) ? 1 : 0);
                content.Bytes(Encoding.UTF8.GetBytes(json.Require("prefix").Text()));
                section.Step((int)DecoderKind.WordPiece, content);
                break;
            case "BPEDecoder":
                content.Bytes(Encoding.UTF8.GetBytes(json.Require("suffix").Text()));
                section.Step((int)DecoderKind.Bpe, content);
                break;
            case "CTC":
                string delimiter = json.Require("word_delimiter_token").Text();
                bool cleanUp = json.Flag("cleanup", true);
                if (cleanUp && delimiter.Length == 0)
                {
                    throw TokenizerErrors.Unsupported(json, "an empty word_delimiter_token");
                }

                WriteCtc(json.Require("pad_token").Text(), delimiter, cleanUp, section);
                break;
            case "Replace":
                content.Text(TextPattern.Read(json.Require("pattern")).Literal
                    ?? throw TokenizerErrors.Unsupported(json.Require("pattern"), "a regular expression, or the empty pattern, in a decoder"));
                content.Text(json.Require("content").Text());
                section.Step((int)DecoderKind.Replace, content);
                break;
            default:
                throw TokenizerErrors.UnknownType(json);
        }
    }

    /// <summary>Writes a <c>CTC</c> step.</summary>
    public static void WriteCtc(string padToken, string delimiter, bool cleanUp, ByteWriter section)
    {
        var content = new ByteWriter();
        content.Int32(cleanUp ? 1 : 0);
        content.Text(padToken);
        content.Text(delimiter);
        section.Step((int)DecoderKind.Ctc, content);
    }

    private static int Count(JsonValue value) => value.Int32 is >= 0 and var count ? count : throw value.Error("a negative count");
}
