using System;
using System.Collections.Generic;
using System.Linq;
using Kiln.Compiler.Graph;
using Kiln.Compiler.Passes;

namespace Kiln.Compiler.Emit;

/// <summary>
/// Writes the private accessors of packed weights: static ones under the checkpoint's path for what is there once, and for each
/// group of layers a struct over the layer's start, since all layers of a group are laid out the same.
/// </summary>
internal sealed class WeightNames
{
    private readonly ModelGraph graph;
    private readonly PackingResult packing;

    public WeightNames(ModelGraph graph, PackingResult packing)
    {
        this.graph = graph;
        this.packing = packing;
        LayerOffsets = new long[graph.Layers.Count];
        LayerKinds = new int[graph.Layers.Count];
        for (int kind = 0; kind < graph.Groups.Count; kind++)
        {
            Measure(graph.Groups[kind], kind);
        }
    }

    /// <summary>Where each layer's weights start, in bytes.</summary>
    public long[] LayerOffsets { get; }

    /// <summary>Each layer's group.</summary>
    public int[] LayerKinds { get; }

    /// <summary>Name of a group's struct.</summary>
    public string LayerType(int kind) => graph.Groups.Count == 1 ? "DecoderLayer" : "DecoderLayer" + Literal.Of(kind);

    /// <summary>The packed weight of a weight.</summary>
    public PackedTensor Packed(GraphWeight weight) => packing.Packed[weight];

    /// <summary>Distinct weights of a block, in order.</summary>
    public static List<GraphWeight> Of(Block block)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return block.Ops.SelectMany(o => o.Weights).Where(w => seen.Add(w.Path)).ToList();
    }

    /// <summary>Writes the static accessors and the layers' structs.</summary>
    public void Write(CodeWriter code)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        List<(string Path, string Expression)> once = Of(graph.Begin).Concat(Of(graph.End)).Where(w => seen.Add(w.Path))
            .Select(w => (w.Path, Expression(Packed(w), Literal.Of(Packed(w).Offset) + "L"))).ToList();
        WriteMembers(code, once, isStatic: true);
        for (int kind = 0; kind < graph.Groups.Count; kind++)
        {
            LayerGroup group = graph.Groups[kind];
            Block block = graph.Layers[group.Layers[0]];
            long start = LayerOffsets[group.Layers[0]];
            List<(string, string)> members = Of(block).ConvertAll(w => (w.Path, Expression(Packed(w), "at + " + Literal.Of(Packed(w).Offset - start) + "L")));
            code.Line();
            code.Summary("The weights of one layer, from where they start.");
            code.Block($"private readonly struct {LayerType(kind)}(long at)", () => WriteMembers(code, members, isStatic: false));
        }
    }

    private static string Expression(PackedTensor t, string offset) =>
        $"new({offset}, {Literal.Of(t.Rows)}, {Literal.Of(t.Columns)}, global::Kiln.Kernels.WeightFormat.{t.Format}, global::Kiln.Kernels.WeightLayout.{t.Layout})";

    /// <summary>Members by path; what has further segments goes into a nested type.</summary>
    private static void WriteMembers(CodeWriter code, List<(string Path, string Expression)> members, bool isStatic)
    {
        string modifier = isStatic ? "private static" : "public";
        foreach ((string path, string expression) in members.Where(m => m.Path.IndexOf('.') < 0))
        {
            code.Line($"{modifier} global::Kiln.Kernels.Weight {Names.Member(path)} => {expression};");
        }

        foreach (IGrouping<string, (string Path, string Expression)> node in members.Where(m => m.Path.IndexOf('.') >= 0).GroupBy(m => m.Path.Substring(0, m.Path.IndexOf('.'))))
        {
            List<(string, string)> rest = node.Select(m => (m.Path.Substring(node.Key.Length + 1), m.Expression)).ToList();
            code.Line();
            if (isStatic)
            {
                code.Block($"private static class {Names.Member(node.Key)}", () => WriteStaticNode(code, rest));
            }
            else
            {
                string type = Names.Type(node.Key) + "Part";
                code.Line($"public {type} {Names.Member(node.Key)} => new(at);");
                code.Line();
                code.Block($"public readonly struct {type}(long at)", () => WriteMembers(code, rest, isStatic: false));
            }
        }
    }

    private static void WriteStaticNode(CodeWriter code, List<(string Path, string Expression)> members)
    {
        foreach ((string path, string expression) in members.Where(m => m.Path.IndexOf('.') < 0))
        {
            code.Line($"public static global::Kiln.Kernels.Weight {Names.Member(path)} => {expression};");
        }

        foreach (IGrouping<string, (string Path, string Expression)> node in members.Where(m => m.Path.IndexOf('.') >= 0).GroupBy(m => m.Path.Substring(0, m.Path.IndexOf('.'))))
        {
            code.Block($"public static class {Names.Member(node.Key)}", () => WriteStaticNode(code, node.Select(m => (m.Path.Substring(node.Key.Length + 1), m.Expression)).ToList()));
        }
    }

    /// <summary>Finds the group's starts, and makes sure that its layers are laid out the same.</summary>
    private void Measure(LayerGroup group, int kind)
    {
        List<long>? expected = null;
        foreach (int layer in group.Layers)
        {
            List<long> offsets = Of(graph.Layers[layer]).ConvertAll(w => Packed(w).Offset);
            long start = offsets.Count == 0 ? 0 : offsets[0];
            List<long> relative = offsets.ConvertAll(o => o - start);
            if (expected is not null && !relative.SequenceEqual(expected))
            {
                throw new GraphException($"layer {layer} is laid out otherwise than the first of its group");
            }

            expected = relative;
            LayerOffsets[layer] = start;
            LayerKinds[layer] = kind;
        }
    }
}
