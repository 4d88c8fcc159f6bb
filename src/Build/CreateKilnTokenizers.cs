using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Kiln.Compiler;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Emit;
using Kiln.Compiler.Tokenizers;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Kiln.Build;

/// <summary>
/// Compiles the tokenizers of all <c>KilnTokenizer</c> items and writes tables and manifests. It runs in design-time builds too, and
/// is done at once when nothing has changed.
/// </summary>
public sealed class CreateKilnTokenizers : KilnTask
{
    private const string ConfigFile = "config.json";

    /// <summary>The <c>KilnTokenizer</c> items.</summary>
    [Required]
    public ITaskItem[] Tokenizers { get; set; } = [];

    /// <summary>The <c>KilnModel</c> items, whose names are taken.</summary>
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

    /// <summary>How many tokenizers were compiled.</summary>
    internal int Compiled { get; private set; }

    private string KilnRelease => Version.Length == 0 ? KilnVersion.Release : Version;

    /// <inheritdoc/>
    public override bool Execute()
    {
        var manifests = new List<ITaskItem>();
        var inputs = new SortedSet<string>(StringComparer.Ordinal);
        var names = new HashSet<string>(Models.Select(static m => m.GetMetadata("Name").Trim()), StringComparer.OrdinalIgnoreCase);
        foreach (ITaskItem item in Tokenizers)
        {
            string name = item.GetMetadata("Name").Trim();
            Guard(name.Length == 0 ? item.ItemSpec : name, () => Create(item, names, manifests, inputs));
        }

        Manifests = manifests.ToArray();
        Inputs = inputs.Select(static i => (ITaskItem)new TaskItem(MSBuildText.Escape(i))).ToArray();
        return !Log.HasLoggedErrors && !Cancellation.IsCancellationRequested;
    }

    private void Create(ITaskItem item, HashSet<string> names, List<ITaskItem> manifests, SortedSet<string> inputs)
    {
        var diagnostics = new DiagnosticBag();
        ModelOptions? options = ItemOptions.Read(
            name => name is "Name" or "Namespace" ? item.GetMetadata(name) : "", RootNamespace, diagnostics, out _);
        if (options is not null && TokenizerEmitter.Members.Contains(options.Name))
        {
            diagnostics.Report(Descriptors.InvalidMetadata, "Name: '" + options.Name + "' is the name of a member of the class");
        }

        if (options is not null && !names.Add(options.Name))
        {
            diagnostics.Report(Descriptors.DuplicateName, "expected one item of this name, found another with Include=\"" + item.ItemSpec + "\"");
        }

        if (options is null || diagnostics.HasErrors)
        {
            Report(options?.Name ?? (item.GetMetadata("Name").Trim() is { Length: > 0 } given ? given : item.ItemSpec), diagnostics);
            return;
        }

        string folder = Path.GetFullPath(item.GetMetadata("FullPath")).TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        TokenizerManifest manifest = new() { Name = options.Name, Namespace = options.Namespace, KilnVersion = KilnRelease };
        string manifestFile = Path.Combine(OutputFolder, options.Name + ".tokenizer.json");
        var paths = new ModelPaths(OutputFolder, options);
        bool done = Guard(options.Name, () => manifest = Compile(folder, manifest, manifestFile, paths, diagnostics));
        if (!done)
        {
            // the class's name must stay known, or one error would become one for each use of it
            Guard(options.Name, () => AtomicFile.WriteIfChanged(manifestFile, manifest.Write()));
        }

        Report(options.Name, diagnostics);
        inputs.UnionWith(FileNames.Select(name => Path.Combine(folder, name)).Where(File.Exists));
        var result = new TaskItem(MSBuildText.Escape(manifestFile));
        result.SetMetadata("KilnTokenizerManifest", "true");
        result.SetMetadata("TokenizerFile", manifest.Tokenizer is null ? "" : MSBuildText.Escape(paths.Tokenizer));
        result.SetMetadata("TokenizerResource", manifest.ResourceName);
        manifests.Add(result);
    }

    private static IEnumerable<string> FileNames => TokenizerFolder.FileNames.Append(ConfigFile);

    private TokenizerManifest Compile(string folder, TokenizerManifest empty, string manifestFile, ModelPaths paths, DiagnosticBag diagnostics)
    {
        using OutputLock held = OutputLock.Take(paths.Lock, Cancellation);
        string key = AtomicFile.Hash(string.Join("\n", KilnRelease, KilnVersion.Exact, folder, empty.Name, empty.Namespace));
        ModelStamp? before = ModelStamp.Read(paths.Stamp);
        if (before is not null && before.Key == key && before.Matches(folder) && IsAsBefore(before, manifestFile, paths.Tokenizer))
        {
            foreach (Diagnostic warning in before.Warnings)
            {
                diagnostics.Add(warning);
            }

            return TokenizerManifest.Read(File.ReadAllText(manifestFile));
        }

        Dictionary<string, FileStamp> files = FileNames.ToDictionary(
            static name => name, name => ModelStamp.Look(Path.Combine(folder, name)), StringComparer.Ordinal);
        CompiledTokenizer? tokenizer = Compile(folder, diagnostics);
        Compiled++;
        if (tokenizer is null || diagnostics.HasErrors)
        {
            File.Delete(paths.Stamp);
            File.Delete(paths.Tokenizer);
            AtomicFile.WriteIfChanged(manifestFile, empty.Write());
            return empty;
        }

        TokenizerManifest manifest = empty with { VocabularySize = tokenizer.VocabularySize, Tokenizer = TokenizerFolder.ToManifest(tokenizer) };
        string text = manifest.Write();
        AtomicFile.WriteIfChanged(manifestFile, text);
        AtomicFile.WriteIfChanged(paths.Tokenizer, tokenizer.Table);
        var stamp = new ModelStamp
        {
            Key = key,
            Files = files,
            ManifestHash = AtomicFile.Hash(text),
            TokenizerHash = AtomicFile.Hash(tokenizer.Table),
            Warnings = diagnostics.Items,
        };
        AtomicFile.WriteIfChanged(paths.Stamp, stamp.Write());
        return manifest;
    }

    private static CompiledTokenizer? Compile(string folder, DiagnosticBag diagnostics)
    {
        if (!Directory.Exists(folder))
        {
            diagnostics.Report(Descriptors.FolderNotFound, "expected a folder with a tokenizer, found none at '" + folder + "'");
            return null;
        }

        var reader = new CheckpointFolder(folder, diagnostics, static (_, _) => "");
        CompiledTokenizer? tokenizer = TokenizerFolder.Compile(reader, folder, diagnostics);
        if (tokenizer is null && !diagnostics.HasErrors)
        {
            diagnostics.Report(Descriptors.FolderNotFound, "expected a tokenizer, found none of its files in '" + folder + "'");
        }

        if (tokenizer is not null && File.Exists(Path.Combine(folder, ConfigFile)) && reader.ReadJson(ConfigFile) is { } config)
        {
            ConfiguredTokens.Check(config, tokenizer, diagnostics);
        }

        return tokenizer;
    }

    private static bool IsAsBefore(ModelStamp stamp, string manifest, string table) =>
        File.Exists(manifest) && File.Exists(table)
        && AtomicFile.Hash(File.ReadAllBytes(manifest)) == stamp.ManifestHash
        && AtomicFile.Hash(File.ReadAllBytes(table)) == stamp.TokenizerHash;

    private void Report(string name, DiagnosticBag diagnostics)
    {
        foreach (Diagnostic diagnostic in diagnostics.Items)
        {
            Report(name, diagnostic, diagnostic.Descriptor.Severity == DiagnosticSeverity.Error);
        }
    }
}
