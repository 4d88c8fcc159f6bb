using System;
using System.Collections.Generic;
using System.Linq;
using Kiln.Compiler.Graph;
using Kiln.Compiler.Passes;

namespace Kiln.Compiler.Emit;

/// <summary>
/// Writes the private accessors of packed weights under the checkpoint's paths: one struct for what is there once, and for each group
/// of layers one over the layer's start, since all layers of a group are laid out the same.
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

    /// <summary>Name of the struct of what is there once.</summary>
    public const string SharedType = "SharedWeights";

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

    /// <summary>Writes the accessors: a struct for what is there once and one for each group of layers.</summary>
    public void Write(CodeWriter code)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        List<GraphWeight> once = Of(graph.Begin).Concat(Of(graph.End)).Where(w => seen.Add(w.Path)).ToList();
        Write(code, SharedType, "The weights that are there once.", once, 0);
        for (int kind = 0; kind < graph.Groups.Count; kind++)
        {
            int first = graph.Groups[kind].Layers[0];
            code.Line();
            Write(code, LayerType(kind), "The weights of one layer, which start at <c>at</c>.", Of(graph.Layers[first]), LayerOffsets[first]);
        }
    }

    private void Write(CodeWriter code, string type, string summary, List<GraphWeight> weights, long start)
    {
        code.Summary(summary);
        List<(string, string)> members = weights.ConvertAll(w => (w.Path, Expression(Packed(w), "at + " + Literal.Of(Packed(w).Offset - start))));
        code.Block($"private readonly struct {type}(long at)", () => WriteMembers(code, members));
    }

    private static string Expression(PackedTensor t, string offset) =>
        $"new({offset}, {Literal.Of(t.Rows)}, {Literal.Of(t.Columns)}, global::Kiln.Kernels.WeightFormat.{t.Format}, global::Kiln.Kernels.WeightLayout.{t.Layout})";

    /// <summary>Members by path; what has further segments goes into a nested type.</summary>
    private static void WriteMembers(CodeWriter code, List<(string Path, string Expression)> members)
    {
        foreach ((string path, string expression) in members.Where(m => m.Path.IndexOf('.') < 0))
        {
            code.Line($"public global::Kiln.Kernels.Weight {Names.Member(path)} => {expression};");
        }

        bool first = !members.Exists(m => m.Path.IndexOf('.') < 0);
        foreach (IGrouping<string, (string Path, string Expression)> node in members.Where(m => m.Path.IndexOf('.') >= 0).GroupBy(m => m.Path.Substring(0, m.Path.IndexOf('.'))))
        {
            if (!first)
            {
                code.Line();
            }

            first = false;
            string type = Names.Type(node.Key) + "Part";
            code.Line($"public {type} {Names.Member(node.Key)} => new(at);");
            code.Line();
            code.Block($"public readonly struct {type}(long at)", () => WriteMembers(code, node.Select(m => (m.Path.Substring(node.Key.Length + 1), m.Expression)).ToList()));
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
