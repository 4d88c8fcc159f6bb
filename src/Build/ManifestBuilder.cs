using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Kiln.Compiler;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;
using Kiln.Compiler.Passes;
using Kiln.Compiler.Tokenizers;

namespace Kiln.Build;

/// <summary>The compiler as the build sees it.</summary>
internal delegate CompiledModel? CompileModel(Manifest manifest, DiagnosticBag diagnostics);

/// <summary>What became of an item.</summary>
internal sealed record ManifestResult(Manifest Manifest, IReadOnlyList<Diagnostic> Diagnostics, IReadOnlyList<string> Inputs);

/// <summary>Makes a model's manifest and compiled tokenizer in <c>obj/kiln</c>, or finds them up to date.</summary>
internal sealed class ManifestBuilder(string folder, ModelOptions options, bool embedAuto, ModelPaths paths, string version, string exactVersion, CompileModel compile)
{
    private const long MaxAutoEmbedded = 256L << 20;

    // what linkers and the C# compiler take
    private const long MaxEmbedded = 1500L << 20;

    /// <summary>Does it. The outputs are written only where their content changes.</summary>
    public ManifestResult Build(CancellationToken cancellation)
    {
        using OutputLock held = OutputLock.Take(paths.Lock, cancellation);
        string key = AtomicFile.Hash(exactVersion + "\n" + folder + "\n" + options + "\n" + embedAuto);
        ModelStamp? before = ModelStamp.Read(paths.Stamp);
        if (before is not null && before.Key == key && before.Matches(folder) && ReadOutputs(before) is { } manifest)
        {
            return new ManifestResult(manifest, before.Warnings, Inputs(before.Files));
        }

        var now = new Dictionary<string, FileStamp>(StringComparer.Ordinal);
        foreach (string name in CheckpointFolder.KnownFiles)
        {
            now[name] = ModelStamp.Look(Path.Combine(folder, name));
        }

        var diagnostics = new DiagnosticBag();
        var reader = new CheckpointFolder(folder, diagnostics, (name, _) => Hash(name, before, now));
        reader.Read();
        CompiledTokenizer? tokenizer = Directory.Exists(folder) ? TokenizerFolder.Compile(reader, folder, diagnostics) : null;
        if (tokenizer is not null)
        {
            ConfiguredTokens.Check(reader.Config, tokenizer, diagnostics);
        }

        manifest = Compile(reader, tokenizer, diagnostics);
        string text = ManifestJson.Write(manifest);
        AtomicFile.WriteIfChanged(paths.Manifest, text);
        if (tokenizer is not null)
        {
            AtomicFile.WriteIfChanged(paths.Tokenizer, tokenizer.Table);
        }
        else
        {
            File.Delete(paths.Tokenizer);
        }

        if (manifest.Refused)
        {
            // a refused model is looked at again each time: what was wrong may lie outside the files, as access rights do
            File.Delete(paths.Stamp);
        }
        else
        {
            var stamp = new ModelStamp
            {
                Key = key,
                Files = now,
                ManifestHash = AtomicFile.Hash(text),
                TokenizerHash = manifest.Tokenizer?.ContentHash ?? "",
                Warnings = diagnostics.Items,
            };
            AtomicFile.WriteIfChanged(paths.Stamp, stamp.Write());
        }

        return new ManifestResult(manifest, diagnostics.Items, Inputs(now));
    }

    private Manifest Compile(CheckpointFolder reader, CompiledTokenizer? tokenizer, DiagnosticBag diagnostics)
    {
        var manifest = new Manifest
        {
            Options = options,
            KilnVersion = version,
            Config = reader.Config,
            GenerationConfig = reader.GenerationConfig,
            Files = reader.Files,
            Tensors = reader.Tensors,
            Tokenizer = tokenizer is null ? null : TokenizerFolder.ToManifest(tokenizer),
        };
        if (!diagnostics.HasErrors)
        {
            try
            {
                // what the generator will read: a config nested to the limit must not fail there
                manifest = ManifestJson.Read(ManifestJson.Write(manifest));
                PackingPlan? plan = compile(manifest, diagnostics)?.Plan;
                if (plan is null && !IsRefused(diagnostics))
                {
                    diagnostics.Report(Descriptors.InternalError, "the compiler gave neither a model nor an error");
                }

                if (embedAuto && plan?.DataLength > MaxAutoEmbedded)
                {
                    manifest = manifest with { Options = manifest.Options with { Embed = false } };
                }
                else if (manifest.Options.Embed && plan?.DataLength > MaxEmbedded)
                {
                    diagnostics.Report(Descriptors.InvalidMetadata, string.Format(
                        CultureInfo.InvariantCulture, "Embed: expected false or auto for more than {0} bytes of weights, found true for {1}", MaxEmbedded, plan.DataLength));
                }
            }
            catch (JsonException e)
            {
                diagnostics.Report(Descriptors.InvalidJson, "config.json: " + e.Message);
            }
            catch (ModelException e)
            {
                diagnostics.Add(e.Diagnostic);
            }
        }

        // of a refused model only the name is used: what was wrong with the rest must not reach the generator
        return !IsRefused(diagnostics) ? manifest : manifest with { Refused = true, Config = JsonReader.Parse("{}"), GenerationConfig = null, Files = [], Tensors = [], Tokenizer = null };
    }

    private bool IsRefused(DiagnosticBag diagnostics) => diagnostics.HasErrors || (options.Strict && diagnostics.Items.Count > 0);

    private Manifest? ReadOutputs(ModelStamp stamp)
    {
        if (!File.Exists(paths.Manifest) || (stamp.TokenizerHash.Length > 0 && !File.Exists(paths.Tokenizer)))
        {
            return null;
        }

        byte[] text = File.ReadAllBytes(paths.Manifest);
        if (AtomicFile.Hash(text) != stamp.ManifestHash || (stamp.TokenizerHash.Length > 0 && AtomicFile.Hash(File.ReadAllBytes(paths.Tokenizer)) != stamp.TokenizerHash))
        {
            return null;
        }

        return ManifestJson.Read(System.Text.Encoding.UTF8.GetString(text));
    }

    private string Hash(string name, ModelStamp? before, Dictionary<string, FileStamp> now)
    {
        string full = Path.Combine(folder, name);
        FileStamp look = ModelStamp.Look(full);
        string hash = before is not null && before.Files.TryGetValue(name, out FileStamp? old) && old.Hash.Length > 0
            && old.Length == look.Length && old.Written == look.Written && look.Written >= 0
            ? old.Hash
            : CheckpointFolder.HashFile(full);
        now[name] = look with { Hash = hash };
        return hash;
    }

    private IReadOnlyList<string> Inputs(Dictionary<string, FileStamp> files) =>
        files.Where(static f => f.Value.Length >= 0).Select(f => Path.Combine(folder, f.Key)).OrderBy(static f => f, StringComparer.Ordinal).ToArray();
}
