using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Kiln.Compiler;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Emit;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Kiln.Build;

/// <summary>
/// Reads the checkpoint folders of all <c>KilnModel</c> items, checks them and writes their manifests and compiled tokenizers. It
/// runs in design-time builds too, for IntelliSense, and is done at once when nothing has changed.
/// </summary>
public sealed class CreateKilnManifests : KilnTask
{
    /// <summary>The <c>KilnModel</c> items.</summary>
    [Required]
    public ITaskItem[] Models { get; set; } = [];

    /// <summary>Folder of the outputs, <c>obj/kiln</c>.</summary>
    [Required]
    public string OutputFolder { get; set; } = "";

    /// <summary>The project's root namespace.</summary>
    public string RootNamespace { get; set; } = "";

    /// <summary>Another version number than Kiln's own, for tests.</summary>
    public string Version { get; set; } = "";

    /// <summary>One item for each manifest, with what the next steps need as metadata.</summary>
    [Output]
    public ITaskItem[] Manifests { get; private set; } = [];

    /// <summary>The files that were read, for whoever decides whether the project is up to date.</summary>
    [Output]
    public ITaskItem[] Inputs { get; private set; } = [];

    /// <summary>The compiler; tests put another one in its place.</summary>
    internal CompileModel Compiler { get; set; } = ModelCompiler.Compile;

    /// <inheritdoc/>
    public override bool Execute()
    {
        var manifests = new List<ITaskItem>();
        var inputs = new SortedSet<string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (ITaskItem model in Models)
        {
            string name = model.GetMetadata("Name").Trim();
            Guard(name.Length == 0 ? model.ItemSpec : name, () => Create(model, names, manifests, inputs));
        }

        Manifests = manifests.ToArray();
        Inputs = inputs.Select(static i => (ITaskItem)new TaskItem(MSBuildText.Escape(i))).ToArray();
        return !Log.HasLoggedErrors && !Cancellation.IsCancellationRequested;
    }

    private void Create(ITaskItem model, HashSet<string> names, List<ITaskItem> manifests, SortedSet<string> inputs)
    {
        var diagnostics = new DiagnosticBag();
        ModelOptions? options = ItemOptions.Read(model.GetMetadata, RootNamespace, diagnostics, out bool embedAuto);
        if (options is not null && !names.Add(options.Name))
        {
            diagnostics.Report(Descriptors.DuplicateName, "expected one KilnModel item of this name, found another with Include=\"" + model.ItemSpec + "\"");
        }

        if (options is null || diagnostics.HasErrors)
        {
            Report(options?.Name ?? (model.GetMetadata("Name").Trim() is { Length: > 0 } given ? given : model.ItemSpec), diagnostics.Items, strict: false);
            return;
        }

        string folder = Path.GetFullPath(model.GetMetadata("FullPath")).TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        var paths = new ModelPaths(OutputFolder, options);
        string version = Version.Length == 0 ? KilnVersion.Release : Version;
        ManifestResult? result = null;
        bool done = Guard(options.Name, () => result = new ManifestBuilder(
            folder, options, embedAuto, paths, version, version + " " + KilnVersion.Exact, Compiler).Build(Cancellation));
        if (!done)
        {
            WriteRefused(options, paths, version);
        }

        Manifest manifest = result?.Manifest ?? Refused(options, version);
        Report(options.Name, result?.Diagnostics ?? [], options.Strict);
        inputs.UnionWith(result?.Inputs ?? []);
        manifests.Add(ToItem(manifest, paths, folder));
    }

    private static Manifest Refused(ModelOptions options, string version) => new()
    {
        Options = options,
        KilnVersion = version,
        Config = Kiln.Compiler.Json.JsonReader.Parse("{}"),
        Files = [],
        Tensors = [],
        Refused = true,
    };

    // the class's name must stay known, or one error would become one for each use of it
    private void WriteRefused(ModelOptions options, ModelPaths paths, string version) => Guard(options.Name, () =>
    {
        using OutputLock held = OutputLock.Take(paths.Lock, Cancellation);
        File.Delete(paths.Stamp);
        AtomicFile.WriteIfChanged(paths.Manifest, ManifestJson.Write(Refused(options, version)));
    });

    private static TaskItem ToItem(Manifest manifest, ModelPaths paths, string folder)
    {
        var item = new TaskItem(MSBuildText.Escape(paths.Manifest));
        item.SetMetadata("KilnManifest", "true");
        item.SetMetadata("ModelName", manifest.Options.Name);
        item.SetMetadata("CheckpointFolder", MSBuildText.Escape(folder));
        item.SetMetadata("Refused", manifest.Refused ? "true" : "false");
        item.SetMetadata("Embedded", manifest.Options.Embed ? "true" : "false");
        item.SetMetadata("PackedFile", manifest.Refused ? "" : MSBuildText.Escape(paths.Packed));
        item.SetMetadata("SideFile", Names.PackedFile(manifest.Options));
        item.SetMetadata("WeightsResource", Names.WeightsResource(manifest.Options));
        item.SetMetadata("TokenizerFile", manifest.Tokenizer is null ? "" : MSBuildText.Escape(paths.Tokenizer));
        item.SetMetadata("TokenizerResource", Names.TokenizerResource(manifest.Options));
        return item;
    }

    private void Report(string name, IReadOnlyList<Diagnostic> diagnostics, bool strict)
    {
        foreach (Diagnostic diagnostic in diagnostics)
        {
            Report(name, diagnostic, strict || diagnostic.Descriptor.Severity == DiagnosticSeverity.Error);
        }
    }
}
