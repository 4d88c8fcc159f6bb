using System;
using System.Globalization;
using System.IO;
using Kiln.Compiler;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Microsoft.Build.Framework;

namespace Kiln.Build;

/// <summary>Executes the packing plans of manifests that were not refused, unless the packed files are up to date.</summary>
public sealed class PackKilnWeights : KilnTask
{
    /// <summary>The output of <see cref="CreateKilnManifests"/>.</summary>
    [Required]
    public ITaskItem[] Manifests { get; set; } = [];

    /// <summary>The compiler; tests put another one in its place.</summary>
    internal CompileModel Compiler { get; set; } = ModelCompiler.Compile;

    /// <summary>How many files were written.</summary>
    internal int Packed { get; private set; }

    /// <inheritdoc/>
    public override bool Execute()
    {
        foreach (ITaskItem item in Manifests)
        {
            if (item.GetMetadata("Refused") != "true")
            {
                Guard(item.GetMetadata("ModelName"), () => Pack(item));
            }
        }

        return !Log.HasLoggedErrors && !Cancellation.IsCancellationRequested;
    }

    private static string Stamp(string manifestText, Manifest manifest, FileInfo packed) => string.Format(
        CultureInfo.InvariantCulture, "{0}\n{1}\n{2} {3}\n", Key(manifest), AtomicFile.Hash(manifestText), packed.Length, packed.LastWriteTimeUtc.Ticks);

    private static string Key(Manifest manifest) => manifest.KilnVersion + " " + KilnVersion.Exact;

    private void Pack(ITaskItem item)
    {
        string folder = Path.GetDirectoryName(item.ItemSpec)!;
        string text = File.ReadAllText(item.ItemSpec);
        Manifest manifest = ManifestJson.Read(text);
        var paths = new ModelPaths(folder, manifest.Options);
        using OutputLock held = OutputLock.Take(paths.Lock, Cancellation);
        string before = File.Exists(paths.PackedStamp) ? File.ReadAllText(paths.PackedStamp) : "";
        if (before.Length > 0 && File.Exists(paths.Packed) && before == Stamp(text, manifest, new FileInfo(paths.Packed)))
        {
            return;
        }

        CompiledModel model = Compiler(manifest, new DiagnosticBag())
            ?? throw new InvalidOperationException("the manifest no longer compiles");
        bool sameKiln = before.StartsWith(Key(manifest) + "\n", StringComparison.Ordinal);
        if (!sameKiln || !WeightPacker.IsUpToDate(paths.Packed, model.Plan))
        {
            Write(item.GetMetadata("CheckpointFolder"), manifest, model, paths);
        }

        AtomicFile.WriteIfChanged(paths.PackedStamp, Stamp(text, manifest, new FileInfo(paths.Packed)));
    }

    private void Write(string checkpoint, Manifest manifest, CompiledModel model, ModelPaths paths)
    {
        string aside = AtomicFile.Aside(paths.Packed);
        try
        {
            WeightPacker.Write(checkpoint, manifest, model.Plan, aside, Cancellation);
            AtomicFile.Replace(aside, paths.Packed);
            Packed++;
            Log.LogMessage(MessageImportance.Normal, "Kiln packed {0} ({1} bytes).", paths.Packed, model.Plan.DataLength);
        }
        finally
        {
            File.Delete(aside);
        }
    }
}
