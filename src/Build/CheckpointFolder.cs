using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;

namespace Kiln.Build;

/// <summary>A checkpoint's folder on disk: finds its files, reads their headers, never their data (but for the hash).</summary>
internal sealed class CheckpointFolder(string path, DiagnosticBag diagnostics, Func<string, FileInfo, string> hash)
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";
    private const string ConfigFile = "config.json";
    private const string GenerationConfigFile = "generation_config.json";

    // JSON and vocabulary files are read whole: no real one comes near this
    private const long MaxTextLength = 1L << 30;

    private readonly List<ManifestFile> files = [];
    private readonly List<ManifestTensor> tensors = [];

    /// <summary>Files beside the weights that a checkpoint may have, of which each is an input of the build, there or not.</summary>
    public static IReadOnlyList<string> KnownFiles { get; } =
        [ConfigFile, GenerationConfigFile, SingleFile, IndexFile, .. TokenizerFolder.FileNames];

    /// <summary>The files that hold tensors.</summary>
    public IReadOnlyList<ManifestFile> Files => files;

    /// <summary>All tensors, in the order of files and offsets.</summary>
    public IReadOnlyList<ManifestTensor> Tensors => tensors;

    /// <summary><c>config.json</c>; an empty object if it could not be read.</summary>
    public JsonValue Config { get; private set; } = JsonReader.Parse("{}");

    /// <summary><c>generation_config.json</c>, or null.</summary>
    public JsonValue? GenerationConfig { get; private set; }

    /// <summary>Reads all that the compiler may know. What is wrong goes to the diagnostics.</summary>
    public void Read()
    {
        if (!Directory.Exists(path))
        {
            diagnostics.Report(Descriptors.FolderNotFound, "expected a checkpoint folder, found none at '" + path + "'");
            return;
        }

        if (File.Exists(Path.Combine(path, ConfigFile)))
        {
            Config = ReadJson(ConfigFile) ?? Config;
        }
        else
        {
            diagnostics.Report(Descriptors.FileNotFound, ConfigFile + ": expected in '" + path + "', not found");
        }

        GenerationConfig = File.Exists(Path.Combine(path, GenerationConfigFile)) ? ReadJson(GenerationConfigFile) : null;

        // as in transformers, the single file wins over an index
        if (File.Exists(Path.Combine(path, SingleFile)))
        {
            ReadWeights(SingleFile);
        }
        else if (File.Exists(Path.Combine(path, IndexFile)))
        {
            ReadShards();
        }
        else
        {
            ReportNoWeights();
        }
    }

    /// <summary>Reads a file whole, or reports why not.</summary>
    public byte[]? ReadBytes(string name)
    {
        try
        {
            string full = Path.Combine(path, name);
            long length = new FileInfo(full).Length;
            if (length <= MaxTextLength)
            {
                return File.ReadAllBytes(full);
            }

            diagnostics.Report(Descriptors.FileUnreadable, name + ": expected at most 1 GB, found " + length.ToString(System.Globalization.CultureInfo.InvariantCulture) + " bytes");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            diagnostics.Report(Descriptors.FileUnreadable, name + ": " + e.Message);
        }

        return null;
    }

    /// <summary>Reads exactly some bytes.</summary>
    internal static int ReadFully(Stream stream, byte[] buffer, int count)
    {
        int done = 0;
        while (done < count)
        {
            int read = stream.Read(buffer, done, count - done);
            if (read == 0)
            {
                break;
            }

            done += read;
        }

        return done;
    }

    /// <summary>SHA-256 of a file's content.</summary>
    internal static string HashFile(string fullPath)
    {
        using SHA256 sha = SHA256.Create();
        using var stream = new FileStream(fullPath, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return AtomicFile.Hex(sha.ComputeHash(stream));
    }

    public JsonValue? ReadJson(string name)
    {
        if (ReadBytes(name) is not { } bytes)
        {
            return null;
        }

        try
        {
            JsonValue value = JsonReader.Parse(bytes, pythonNumbers: true);
            if (value.Kind == JsonKind.Object)
            {
                return value;
            }

            diagnostics.Report(Descriptors.InvalidJson, name + ": expected an object");
        }
        catch (JsonException e)
        {
            diagnostics.Report(Descriptors.InvalidJson, name + ": " + e.Message);
        }

        return null;
    }

    private void ReadShards()
    {
        if (ReadJson(IndexFile) is not { } json || ShardIndex.Parse(json, IndexFile, diagnostics) is not { } index)
        {
            return;
        }

        bool whole = true;
        foreach (string shard in index.Files)
        {
            if (PassesThroughLink(shard))
            {
                diagnostics.Report(Descriptors.ShardOutsideFolder, IndexFile + ": expected " + JsonWriter.Quote(shard) + " in the checkpoint's folder, found a link on the way to it");
                whole = false;
            }
            else if (!File.Exists(Path.Combine(path, shard)))
            {
                diagnostics.Report(Descriptors.ShardNotFound, IndexFile + ": expected the shard " + JsonWriter.Quote(shard) + ", not found");
                whole = false;
            }
            else
            {
                whole &= ReadWeights(shard);
            }
        }

        if (whole)
        {
            index.Check(index.Files, tensors, diagnostics);
        }
    }

    // the shard itself may be a link, as in the hub's cache, where a snapshot's files point to blobs
    private bool PassesThroughLink(string shard)
    {
        string folder = path;
        string[] parts = shard.Split('/');
        for (int i = 0; i < parts.Length - 1; i++)
        {
            folder = Path.Combine(folder, parts[i]);
            if (Directory.Exists(folder) && (File.GetAttributes(folder) & FileAttributes.ReparsePoint) != 0)
            {
                return true;
            }
        }

        return false;
    }

    private bool ReadWeights(string name)
    {
        string full = Path.Combine(path, name);
        try
        {
            long length;
            byte[] header;
            using (var stream = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read))
            {
                length = stream.Length;
                byte[] start = new byte[Math.Min(SafetensorsHeader.LengthSize, length)];
                ReadFully(stream, start, start.Length);
                int headerLength = SafetensorsHeader.ReadLength(start, length, name, diagnostics);
                if (headerLength < 0)
                {
                    return false;
                }

                header = new byte[headerLength];
                ReadFully(stream, header, headerLength);
            }

            if (SafetensorsHeader.Parse(header, length, name, files.Count, diagnostics) is not { } read)
            {
                return false;
            }

            // only now: hashing reads the whole file
            files.Add(new ManifestFile(name, length, hash(name, new FileInfo(full))));
            tensors.AddRange(read);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            diagnostics.Report(Descriptors.FileUnreadable, name + ": " + e.Message);
            return false;
        }
    }

    private void ReportNoWeights()
    {
        string? pickled = Directory.EnumerateFiles(path)
            .Select(Path.GetFileName)
            .Where(static n => n.EndsWith(".bin", StringComparison.OrdinalIgnoreCase) || n.EndsWith(".bin.index.json", StringComparison.OrdinalIgnoreCase)
                || n.EndsWith(".pt", StringComparison.OrdinalIgnoreCase) || n.EndsWith(".pth", StringComparison.OrdinalIgnoreCase))
            .OrderBy(static n => n, StringComparer.Ordinal)
            .FirstOrDefault();
        if (pickled is null)
        {
            diagnostics.Report(Descriptors.FileNotFound, SingleFile + ": expected it or " + IndexFile + " in '" + path + "', found neither");
            return;
        }

        diagnostics.Report(
            Descriptors.OnlyPickledWeights,
            pickled + ": expected " + SingleFile + ", found pickled weights, which can run code when they are opened. Convert them once where you trust them: "
            + "python -c \"from transformers import AutoModelForCausalLM as M; M.from_pretrained('.').save_pretrained('.', safe_serialization=True)\" in '" + path + "'");
    }
}
