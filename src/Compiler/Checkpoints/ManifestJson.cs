using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Checkpoints;

/// <summary>
/// The manifest as text: what the build task hands to the generator. The same manifest gives the same text, under any culture; one
/// tensor a line, so that a difference can be read.
/// </summary>
public static class ManifestJson
{
    /// <summary>Version of this text form.</summary>
    private const int Format = 2;

    /// <summary>Writes a manifest.</summary>
    public static string Write(Manifest manifest)
    {
        ModelOptions options = manifest.Options;
        var text = new StringBuilder();
        text.Append("{\n\"format\": ").Append(Number(Format));
        text.Append(",\n\"kiln\": ").Append(Quote(manifest.KilnVersion));
        text.Append(",\n\"refused\": ").Append(Boolean(manifest.Refused));
        text.Append(",\n\"options\": {\"Name\": ").Append(Quote(options.Name))
            .Append(", \"Namespace\": ").Append(Quote(options.Namespace))
            .Append(", \"Weights\": ").Append(Quote(options.Weights.ToString()))
            .Append(", \"Embed\": ").Append(Boolean(options.Embed))
            .Append(", \"MaxTokens\": ").Append(Number(options.MaxTokens))
            .Append(", \"HiddenStates\": ").Append(Boolean(options.HiddenStates))
            .Append(", \"Strict\": ").Append(Boolean(options.Strict)).Append('}');
        text.Append(",\n\"tokenizer\": ");
        WriteTokenizer(text, manifest.Tokenizer);
        text.Append(",\n\"config\": ").Append(manifest.Config);
        text.Append(",\n\"generation_config\": ").Append(manifest.GenerationConfig?.ToString() ?? "null");
        text.Append(",\n\"files\": [");
        Join(text, manifest.Files, static (text, file) => text.Append('[').Append(Quote(file.Name)).Append(", ").Append(Number(file.Length))
            .Append(", ").Append(Quote(file.ContentHash)).Append(']'));
        text.Append("],\n\"tensors\": [");
        Join(text, manifest.Tensors, static (text, tensor) => text.Append('[').Append(Quote(tensor.Name)).Append(", ").Append(Quote(tensor.Encoding.ToString()))
            .Append(", [").Append(string.Join(", ", tensor.Shape.Select(Number))).Append("], ").Append(Number(tensor.File))
            .Append(", ").Append(Number(tensor.Offset)).Append(", ").Append(Number(tensor.Length)).Append(']'));
        return text.Append("]\n}\n").ToString();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">The text is something else.</exception>
    public static Manifest Read(string text)
    {
        JsonValue json = JsonReader.Parse(text, pythonNumbers: true);
        if (json.Require("format").Int32 != Format)
        {
            throw new JsonException("format: expected " + Number(Format) + ", found " + json.Require("format").NumberText);
        }

        JsonValue options = json.Require("options");
        return new Manifest
        {
            KilnVersion = json.Require("kiln").String,
            Refused = json.Require("refused").Boolean,
            Options = new ModelOptions(
                options.Require("Name").String,
                options.Require("Namespace").String,
                ReadEnum<WeightsOption>(options.Require("Weights")),
                options.Require("Embed").Boolean,
                options.Require("MaxTokens").Int32,
                options.Require("HiddenStates").Boolean,
                options.Require("Strict").Boolean),
            Tokenizer = json.Get("tokenizer") is { } tokenizer ? ReadTokenizer(tokenizer) : null,
            Config = Detach(json.Require("config")),
            GenerationConfig = json.Get("generation_config") is { } generation ? Detach(generation) : null,
            Files = json.Require("files").Items.Select(static file => new ManifestFile(file.Items[0].String, file.Items[1].Int64, file.Items[2].String)).ToArray(),
            Tensors = json.Require("tensors").Items.Select(ReadTensor).ToArray(),
        };
    }

    private static ManifestTensor ReadTensor(JsonValue json) => new(
        json.Items[0].String,
        ReadEnum<TensorEncoding>(json.Items[1]),
        json.Items[2].Items.Select(static size => size.Int64).ToArray(),
        json.Items[3].Int32,
        json.Items[4].Int64,
        json.Items[5].Int64);

    internal static ManifestTokenizer ReadTokenizer(JsonValue json) => new(
        json.Require("hash").String,
        json.Require("vocabulary_size").Int32,
        json.Require("special_tokens").Items.Select(static token => (token.Items[0].String, token.Items[1].String, token.Items[2].Int32)).ToArray(),
        json.Require("components").Items.Select(static component => component.String).ToArray());

    internal static void WriteTokenizer(StringBuilder text, ManifestTokenizer? tokenizer)
    {
        if (tokenizer is null)
        {
            text.Append("null");
            return;
        }

        text.Append("{\"hash\": ").Append(Quote(tokenizer.ContentHash)).Append(", \"vocabulary_size\": ").Append(Number(tokenizer.VocabularySize))
            .Append(", \"special_tokens\": [");
        text.Append(string.Join(", ", tokenizer.SpecialTokens.Select(static t => "[" + Quote(t.Role) + ", " + Quote(t.Content) + ", " + Number(t.Id) + "]")));
        text.Append("], \"components\": [").Append(string.Join(", ", tokenizer.Components.Select(Quote))).Append("]}");
    }

    // its paths, as messages name them, start at config.json's root
    private static JsonValue Detach(JsonValue value) => JsonReader.Parse(value.ToString(), pythonNumbers: true);

    private static T ReadEnum<T>(JsonValue json)
        where T : struct, Enum =>
        Enum.TryParse(json.String, out T value) && Enum.IsDefined(typeof(T), value) ? value : throw json.Error("unknown value " + json);

    private static void Join<T>(StringBuilder text, IReadOnlyList<T> items, Action<StringBuilder, T> write)
    {
        for (int i = 0; i < items.Count; i++)
        {
            text.Append(i == 0 ? "\n" : ",\n");
            write(text, items[i]);
        }
    }

    private static string Quote(string value) => JsonWriter.Quote(value);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Boolean(bool value) => value ? "true" : "false";
}
