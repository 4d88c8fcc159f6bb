using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;

namespace Kiln.Build;

/// <summary>A file of a checkpoint as it was when its hash was taken.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Written">Last write, UTC ticks; negative where it was too recent to tell a later change from it.</param>
/// <param name="Hash">SHA-256 of the content, or empty if it was not needed.</param>
internal sealed record FileStamp(long Length, long Written, string Hash);

/// <summary>
/// What a model's outputs were made from, kept in <c>obj/kiln</c>: if nothing of it has changed, nothing has to be read again.
/// </summary>
internal sealed class ModelStamp
{
    // file systems stamp in steps of up to two seconds: a file changed within one step of its hashing looks unchanged
    private static readonly TimeSpan Granularity = TimeSpan.FromSeconds(2);

    /// <summary>Kiln's code, the item's metadata and the folder.</summary>
    public string Key { get; init; } = "";

    /// <summary>The input files by name; one that was not there has length -1.</summary>
    public Dictionary<string, FileStamp> Files { get; init; } = new(StringComparer.Ordinal);

    /// <summary>SHA-256 of the manifest's text.</summary>
    public string ManifestHash { get; init; } = "";

    /// <summary>SHA-256 of the compiled tokenizer; empty without one.</summary>
    public string TokenizerHash { get; init; } = "";

    /// <summary>Warnings, which an unchanged model repeats.</summary>
    public IReadOnlyList<Diagnostic> Warnings { get; init; } = [];

    /// <summary>How a file is now, without its hash.</summary>
    public static FileStamp Look(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists)
        {
            return new FileStamp(-1, 0, "");
        }

        DateTime written = info.LastWriteTimeUtc;
        return new FileStamp(info.Length, DateTime.UtcNow - written < Granularity ? -1 : written.Ticks, "");
    }

    /// <summary>Reads a stamp, or gives null if there is none or it is damaged.</summary>
    public static ModelStamp? Read(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            JsonValue json = JsonReader.Parse(File.ReadAllText(path));
            var files = new Dictionary<string, FileStamp>(StringComparer.Ordinal);
            foreach (KeyValuePair<string, JsonValue> file in json.Require("files").Members)
            {
                files[file.Key] = new FileStamp(file.Value.Items[0].Int64, file.Value.Items[1].Int64, file.Value.Items[2].String);
            }

            return new ModelStamp
            {
                Key = json.Require("key").String,
                ManifestHash = json.Require("manifest").String,
                TokenizerHash = json.Require("tokenizer").String,
                Files = files,
                Warnings = json.Require("warnings").Items
                    .Select(static w => new Diagnostic(new DiagnosticDescriptor(w.Items[0].String, "", DiagnosticSeverity.Warning), w.Items[1].String))
                    .ToArray(),
            };
        }
        catch (Exception e) when (e is JsonException or IOException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>The text that <see cref="Read"/> reads.</summary>
    public string Write()
    {
        var text = new StringBuilder();
        text.Append("{\n\"key\": ").Append(JsonWriter.Quote(Key));
        text.Append(",\n\"manifest\": ").Append(JsonWriter.Quote(ManifestHash));
        text.Append(",\n\"tokenizer\": ").Append(JsonWriter.Quote(TokenizerHash));
        text.Append(",\n\"files\": {").Append(string.Join(",", Files.OrderBy(static f => f.Key, StringComparer.Ordinal).Select(static f => string.Format(
            CultureInfo.InvariantCulture, "\n{0}: [{1}, {2}, {3}]", JsonWriter.Quote(f.Key), f.Value.Length, f.Value.Written, JsonWriter.Quote(f.Value.Hash)))));
        text.Append("},\n\"warnings\": [").Append(string.Join(",", Warnings.Select(static w => "\n[" + JsonWriter.Quote(w.Id) + ", " + JsonWriter.Quote(w.Message) + "]")));
        return text.Append("]\n}\n").ToString();
    }

    /// <summary>Whether the files in a folder are as they were.</summary>
    public bool Matches(string folder) => Files.All(file =>
    {
        FileStamp now = Look(Path.Combine(folder, file.Key));
        return now.Length == file.Value.Length && now.Written == file.Value.Written && now.Written >= 0;
    });
}
