using System;
using System.Collections.Generic;
using System.Linq;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Checkpoints;

/// <summary><c>model.safetensors.index.json</c>: which file of a sharded checkpoint holds which tensor.</summary>
public sealed class ShardIndex
{
    private readonly Dictionary<string, string> fileOfTensor;
    private readonly string indexName;

    private ShardIndex(string indexName, Dictionary<string, string> fileOfTensor, IReadOnlyList<string> files)
    {
        this.indexName = indexName;
        this.fileOfTensor = fileOfTensor;
        Files = files;
    }

    /// <summary>The shards, each once, in ordinal order; paths relative to the checkpoint's folder, with slashes.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Reads the index and checks that every path stays in the folder.</summary>
    /// <param name="json">The file's content.</param>
    /// <param name="indexName">For messages.</param>
    /// <param name="diagnostics">Takes KILN0103, KILN0106 and KILN0107.</param>
    /// <returns>The index, or null if there is an error.</returns>
    public static ShardIndex? Parse(JsonValue json, string indexName, DiagnosticBag diagnostics)
    {
        var fileOfTensor = new Dictionary<string, string>(StringComparer.Ordinal);
        var files = new SortedSet<string>(StringComparer.Ordinal);
        bool failed = false;
        try
        {
            foreach (KeyValuePair<string, JsonValue> entry in json.Require("weight_map").Members)
            {
                string file = entry.Value.String;
                if (fileOfTensor.TryGetValue(entry.Key, out string? other) && other != file)
                {
                    diagnostics.Report(
                        Descriptors.InconsistentShards,
                        indexName + ": tensor " + entry.Key + ": expected one file, found " + Quote(other) + " and " + Quote(file));
                    failed = true;
                }

                fileOfTensor[entry.Key] = file;
                if (files.Add(file) && !StaysInFolder(file))
                {
                    diagnostics.Report(
                        Descriptors.ShardOutsideFolder,
                        indexName + ": tensor " + entry.Key + ": expected the name of a file in the checkpoint's folder, found " + Quote(file));
                    failed = true;
                }
            }
        }
        catch (JsonException e)
        {
            diagnostics.Report(Descriptors.InvalidJson, indexName + ": " + e.Message);
            return null;
        }

        return failed ? null : new ShardIndex(indexName, fileOfTensor, files.ToArray());
    }

    /// <summary>
    /// Whether a path of an index names something below the checkpoint's folder on every system: relative, no <c>..</c>, no drive, no
    /// backslash. That no folder on the way is a link is for the reader to check.
    /// </summary>
    public static bool StaysInFolder(string path)
    {
        if (path.Length == 0 || path.Any(static c => c is '\\' or ':' or < ' ' or '*' or '?' or '"' or '<' or '>' or '|'))
        {
            return false;
        }

        // an empty part is a leading, doubled or trailing slash
        return path.Split('/').All(static part => part.Length > 0 && part != "." && part != ".." && part.Trim(' ', '.').Length > 0);
    }

    /// <summary>Checks that the shards hold exactly what the index says.</summary>
    /// <param name="files">The shards' names, in the order of the tensors' file numbers.</param>
    /// <param name="tensors">The tensors of all shards.</param>
    /// <param name="diagnostics">Takes KILN0107.</param>
    public void Check(IReadOnlyList<string> files, IReadOnlyList<ManifestTensor> tensors, DiagnosticBag diagnostics)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (ManifestTensor tensor in tensors)
        {
            string file = files[tensor.File];
            if (found.TryGetValue(tensor.Name, out string? other))
            {
                Report("tensor " + tensor.Name + ": expected in one file, found in " + Quote(other) + " and " + Quote(file), diagnostics);
                continue;
            }

            found.Add(tensor.Name, file);
            if (!fileOfTensor.TryGetValue(tensor.Name, out string? expected))
            {
                Report("tensor " + tensor.Name + ": expected in the index, found only in " + Quote(file), diagnostics);
            }
            else if (expected != file)
            {
                Report("tensor " + tensor.Name + ": expected in " + Quote(expected) + ", found in " + Quote(file), diagnostics);
            }
        }

        foreach (KeyValuePair<string, string> entry in fileOfTensor)
        {
            if (!found.ContainsKey(entry.Key))
            {
                Report("tensor " + entry.Key + ": expected in " + Quote(entry.Value) + ", not found", diagnostics);
            }
        }
    }

    private static string Quote(string name) => JsonWriter.Quote(name);

    private void Report(string message, DiagnosticBag diagnostics) => diagnostics.Report(Descriptors.InconsistentShards, indexName + ": " + message);
}
