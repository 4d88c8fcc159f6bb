using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Graph;

namespace Kiln.Compiler.Passes;

/// <summary>Which packed weight a weight of the graph became.</summary>
/// <param name="Plan">What the build task writes.</param>
/// <param name="Packed">Packed weights by graph weight.</param>
internal sealed record PackingResult(PackingPlan Plan, IReadOnlyDictionary<GraphWeight, PackedTensor> Packed);

/// <summary>
/// Decides in which order, layout and number format weights are packed. A tensor that is both looked up and multiplied (tied
/// embeddings) is stored once, in the layout of the product. Values never change but by the rounding that the item's <c>Weights</c> asks for.
/// </summary>
internal static class PackingPlanner
{
    /// <summary>Part of the plan's hash: another layout in the same places is another plan.</summary>
    private const string FormatVersion = "kiln packing 1";

    private const int Alignment = 64;

    /// <summary>Plans the packed file.</summary>
    public static PackingResult Run(ModelGraph graph, Manifest manifest)
    {
        // layers of a group lie one after the other, each laid out the same
        IEnumerable<Block> blocks = new[] { graph.Begin }.Concat(graph.Groups.SelectMany(g => g.Layers).Select(l => graph.Layers[l])).Concat([graph.End]);
        List<GraphWeight> weights = blocks.SelectMany(b => b.Ops).SelectMany(o => o.Weights).Distinct().ToList();
        HashSet<string> multiplied = new(weights.Where(w => w.Use == WeightUse.Matrix).Select(Key), StringComparer.Ordinal);

        var plan = new List<PackedTensor>();
        var byKey = new Dictionary<string, PackedTensor>(StringComparer.Ordinal);
        var packed = new Dictionary<GraphWeight, PackedTensor>();
        long offset = 0;
        foreach (GraphWeight weight in weights)
        {
            if (!byKey.TryGetValue(Key(weight), out PackedTensor? tensor))
            {
                PackedLayout layout = weight.Use == WeightUse.Vector
                    ? PackedLayout.Vector
                    : multiplied.Contains(Key(weight)) ? PackedLayout.Panels : PackedLayout.Rows;
                PackedFormat format = Format(weight, manifest.Options.Weights);
                tensor = new PackedTensor(
                    PackedName(weight), offset, Length(weight, layout, format), weight.Rows, weight.Columns, format, layout, Parts(weight));
                plan.Add(tensor);
                byKey.Add(Key(weight), tensor);
                offset = checked((offset + tensor.Length + Alignment - 1) / Alignment * Alignment);
            }

            packed.Add(weight, tensor);
        }

        PackedTensor? lastTensor = plan.LastOrDefault();
        var withoutHash = new PackingPlan
        {
            Tensors = plan,
            DataLength = lastTensor is null ? 0 : lastTensor.Offset + lastTensor.Length,
            PlanHash = Hash(FormatVersion + "\n" + Text(plan)),
            ContentHash = Hash(string.Join("\n", manifest.Files.Select(f => f.Name + " " + f.ContentHash))),
            HeaderLength = 0,
        };
        var result = new PackingPlan
        {
            Tensors = plan,
            DataLength = withoutHash.DataLength,
            PlanHash = withoutHash.PlanHash,
            ContentHash = withoutHash.ContentHash,
            HeaderLength = withoutHash.Header(PackedHeader.NoHash).Length,
        };
        return new PackingResult(result, packed);
    }

    /// <summary>The plan as text, a line a packed weight and a line for each of its parts if there are several.</summary>
    public static string Text(IReadOnlyList<PackedTensor> tensors)
    {
        var text = new StringBuilder();
        foreach (PackedTensor t in tensors)
        {
            text.AppendFormat(CultureInfo.InvariantCulture, "{0} {1} {2} [{3}, {4}] at {5}, {6} bytes\n", t.Name, t.Format, t.Layout, t.Rows, t.Columns, t.Offset, t.Length);
            foreach (PackedPart part in t.Parts)
            {
                if (t.Parts.Count > 1 || part.Transposed || part.Tensor.Name != t.Name)
                {
                    text.AppendFormat(
                        CultureInfo.InvariantCulture, "  {0}..{1} {2}{3}\n", part.FirstRow, part.FirstRow + part.Rows, part.Tensor.Name, part.Transposed ? " transposed" : "");
                }
            }
        }

        return text.ToString();
    }

    private static string Key(GraphWeight weight) => string.Join("\n", weight.Parts.Select(p => p.Tensor.Name));

    private static string PackedName(GraphWeight weight)
    {
        string first = weight.Parts[0].Tensor.Name;
        if (weight.Parts.Count == 1)
        {
            return first;
        }

        // model.layers.3.self_attn.q_proj.weight + ... -> model.layers.3.self_attn.qkv_proj.weight
        string ending = first.Substring(first.LastIndexOf('.'));
        string module = first.Substring(0, first.Length - ending.Length);
        string fused = weight.Use == WeightUse.Vector ? weight.Name.Replace("_bias", "") : weight.Name;
        return module.Substring(0, module.LastIndexOf('.') + 1) + fused + ending;
    }

    private static PackedFormat Format(GraphWeight weight, WeightsOption option)
    {
        if (weight.Use == WeightUse.Vector || option == WeightsOption.F32)
        {
            return PackedFormat.F32;
        }

        if (option == WeightsOption.BF16)
        {
            return PackedFormat.BF16;
        }

        List<TensorEncoding> encodings = weight.Parts.Select(p => p.Tensor.Encoding).Distinct().ToList();
        return encodings.Count > 1
            ? PackedFormat.F32 // which holds all of them exactly
            : encodings[0] switch { TensorEncoding.F16 => PackedFormat.F16, TensorEncoding.BF16 => PackedFormat.BF16, _ => PackedFormat.F32 };
    }

    private static long Length(GraphWeight weight, PackedLayout layout, PackedFormat format)
    {
        long size = format == PackedFormat.F32 ? 4 : 2;
        return checked(layout switch
        {
            PackedLayout.Vector => (weight.Columns + 15L) / 16 * 16 * size,
            PackedLayout.Panels => (weight.Rows + 15L) / 16 * 16 * weight.Columns * size,
            _ => (long)weight.Rows * weight.Columns * size,
        });
    }

    private static List<PackedPart> Parts(GraphWeight weight)
    {
        var parts = new List<PackedPart>();
        int row = 0;
        foreach (WeightPart part in weight.Parts)
        {
            parts.Add(new PackedPart(part.Tensor, row, part.Rows, part.Transposed));
            row += part.Rows;
        }

        return parts;
    }

    private static string Hash(string text)
    {
        using SHA256 sha = SHA256.Create();
        var hex = new StringBuilder(64);
        foreach (byte b in sha.ComputeHash(Encoding.UTF8.GetBytes(text)))
        {
            hex.Append(b.ToString("x2", CultureInfo.InvariantCulture));
        }

        return hex.ToString();
    }
}
