using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Graph;

namespace Kiln.Compiler.Architectures;

/// <summary>
/// Hands out a checkpoint's tensors by name and checks them against what the config implies. What is missing or wrong is reported
/// and a stand-in returned, so that one build shows all that is wrong.
/// </summary>
internal sealed class TensorSource
{
    /// <summary>So many diagnostics of a kind are spelled out; the rest is counted.</summary>
    private const int MaxReports = 12;

    private readonly Manifest manifest;
    private readonly DiagnosticBag diagnostics;
    private readonly Dictionary<string, ManifestTensor> byName = new(StringComparer.Ordinal);
    private readonly HashSet<string> used = new(StringComparer.Ordinal);
    private readonly List<string> missing = new();

    public TensorSource(Manifest manifest, DiagnosticBag diagnostics)
    {
        this.manifest = manifest;
        this.diagnostics = diagnostics;
        foreach (ManifestTensor tensor in manifest.Tensors)
        {
            byName[tensor.Name] = tensor;
        }
    }

    /// <summary>Prepended to every name asked for: <c>transformer.</c> where the checkpoint has it.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Whether the checkpoint has a tensor of this very name.</summary>
    public bool Has(string name) => byName.ContainsKey(name);

    /// <summary>A product's matrix <c>[rows, columns]</c> = [out, in].</summary>
    /// <param name="block">Start of the name that generated code leaves out: <c>model.layers.3.</c>.</param>
    /// <param name="name">Rest of the name.</param>
    /// <param name="rows">Output features.</param>
    /// <param name="columns">Input features.</param>
    /// <param name="transposed">Stored <c>[in, out]</c>.</param>
    public GraphWeight Matrix(string block, string name, int rows, int columns, bool transposed = false) =>
        Make(WeightUse.Matrix, block, name, rows, columns, transposed);

    /// <summary>A table <c>[entries, features]</c>.</summary>
    public GraphWeight Table(string block, string name, int entries, int features) => Make(WeightUse.Table, block, name, entries, features, false);

    /// <summary>A norm's weight or a bias.</summary>
    public GraphWeight Vector(string block, string name, int length) => Make(WeightUse.Vector, block, name, 1, length, false);

    /// <summary>Reports tensors that were asked for and are not there, and those there that nobody asked for.</summary>
    /// <param name="ignored">Names of buffers that checkpoints carry along.</param>
    public void ReportUnused(Func<string, bool> ignored)
    {
        ReportSome(Descriptors.MissingTensor, missing, "missing");
        IEnumerable<string> extra = manifest.Tensors.Where(t => !used.Contains(t.Name) && !ignored(t.Name))
            .Select(t => $"{manifest.Files[t.File].Name}: tensor '{t.Name}' {t.Encoding} {t.ShapeText} is not used by this architecture");
        ReportSome(Descriptors.ExtraTensor, extra.ToList(), "unused");
    }

    /// <summary>Marks a tensor as known, for one that another one stands for.</summary>
    public void Ignore(string name) => used.Add(name);

    private GraphWeight Make(WeightUse use, string block, string name, int rows, int columns, bool transposed)
    {
        string path = name.EndsWith(".weight", StringComparison.Ordinal)
            ? name.Substring(0, name.Length - ".weight".Length)
            : name.EndsWith(".bias", StringComparison.Ordinal) ? name.Substring(0, name.Length - ".bias".Length) + "_bias" : name;
        long[] shape = use == WeightUse.Vector ? [columns] : transposed ? [columns, rows] : [rows, columns];
        ManifestTensor tensor = Find(Prefix + block + name, shape);
        return new GraphWeight(path, use, rows, columns, [new WeightPart(tensor, use == WeightUse.Vector ? columns : rows, transposed)]);
    }

    private ManifestTensor Find(string name, long[] shape)
    {
        used.Add(name);
        string expected = "[" + string.Join(", ", shape) + "]";
        if (!byName.TryGetValue(name, out ManifestTensor? tensor))
        {
            missing.Add($"tensor '{name}' {expected} is in none of the checkpoint's files ({string.Join(", ", manifest.Files.Select(f => f.Name))})");
            return new ManifestTensor(name, TensorEncoding.F32, shape, 0, 0, 0);
        }

        string file = manifest.Files[tensor.File].Name;
        if (!tensor.Shape.SequenceEqual(shape))
        {
            diagnostics.Report(Descriptors.TensorShape, $"{file}: tensor '{name}': expected shape {expected}, found {tensor.ShapeText}");
        }

        if (tensor.Encoding is not (TensorEncoding.F32 or TensorEncoding.F16 or TensorEncoding.BF16))
        {
            diagnostics.Report(Descriptors.TensorFormat, $"{file}: tensor '{name}': expected type F32, F16 or BF16, found {tensor.Encoding}");
        }

        return tensor;
    }

    private void ReportSome(DiagnosticDescriptor descriptor, List<string> messages, string what)
    {
        foreach (string message in messages.Take(MaxReports))
        {
            diagnostics.Report(descriptor, message);
        }

        if (messages.Count > MaxReports)
        {
            diagnostics.Report(descriptor, string.Format(CultureInfo.InvariantCulture, "and {0} more {1} tensors", messages.Count - MaxReports, what));
        }
    }
}
