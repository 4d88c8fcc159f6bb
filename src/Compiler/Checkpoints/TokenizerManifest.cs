using System.Text;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Checkpoints;

/// <summary>What the generator has to know of a <c>KilnTokenizer</c> item; the build task writes it as JSON into <c>obj/kiln</c>.</summary>
public sealed record TokenizerManifest
{
    /// <summary>Name of the class.</summary>
    public required string Name { get; init; }

    /// <summary>Its namespace; empty for the global one.</summary>
    public required string Namespace { get; init; }

    /// <summary>Version of Kiln that wrote the manifest.</summary>
    public required string KilnVersion { get; init; }

    /// <summary>Number of tokens, added ones included.</summary>
    public int VocabularySize { get; init; }

    /// <summary>The tokenizer; null if the task refused it: the generator emits an empty class, so that one error stays one error.</summary>
    public ManifestTokenizer? Tokenizer { get; init; }

    /// <summary>Name of the embedded resource with the compiled tokenizer.</summary>
    public string ResourceName => "Kiln." + (Namespace.Length == 0 ? "" : Namespace + ".") + Name + ".tokenizer";

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">The text is something else.</exception>
    public static TokenizerManifest Read(string text)
    {
        JsonValue json = JsonReader.Parse(text);
        return new TokenizerManifest
        {
            Name = json.Require("Name").String,
            Namespace = json.Require("Namespace").String,
            KilnVersion = json.Require("kiln").String,
            VocabularySize = json.Require("tokens").Int32,
            Tokenizer = json.Get("tokenizer") is { } tokenizer ? ManifestJson.ReadTokenizer(tokenizer) : null,
        };
    }

    /// <summary>The manifest as text; the same one gives the same text.</summary>
    public string Write()
    {
        var text = new StringBuilder();
        text.Append("{\n\"kiln\": ").Append(JsonWriter.Quote(KilnVersion));
        text.Append(",\n\"Name\": ").Append(JsonWriter.Quote(Name));
        text.Append(",\n\"Namespace\": ").Append(JsonWriter.Quote(Namespace));
        text.Append(",\n\"tokens\": ").Append(VocabularySize.ToString(System.Globalization.CultureInfo.InvariantCulture));
        text.Append(",\n\"tokenizer\": ");
        ManifestJson.WriteTokenizer(text, Tokenizer);
        return text.Append("\n}\n").ToString();
    }
}
