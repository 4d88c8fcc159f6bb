using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Kiln.Compiler.Graph;

/// <summary>The graph as text: for tests, for <c>docs/</c> and for whoever asks what a pass did.</summary>
internal static class GraphText
{
    /// <summary>The whole graph; of a group of equal layers only the first.</summary>
    public static string Of(ModelGraph graph)
    {
        var text = new StringBuilder();
        Append(text, graph.Begin.Name, graph.Begin);
        if (graph.Groups.Count > 0)
        {
            foreach (LayerGroup group in graph.Groups)
            {
                Append(text, "layers " + Ranges(group.Layers), graph.Layers[group.Layers[0]]);
            }
        }
        else
        {
            foreach (Block layer in graph.Layers)
            {
                Append(text, layer.Name, layer);
            }
        }

        Append(text, graph.End.Name, graph.End);
        return text.ToString();
    }

    /// <summary>One block.</summary>
    public static string Of(Block block)
    {
        var text = new StringBuilder();
        Append(text, block.Name, block);
        return text.ToString();
    }

    /// <summary>One op: <c>x [tokens, 64] = Linear(h, self_attn.o_proj) + x</c>.</summary>
    public static string Of(Op op)
    {
        var text = new StringBuilder();
        if (op.Output is { } output)
        {
            text.Append(output.TypedName).Append(" = ");
        }

        IEnumerable<string> operands = op.Inputs.Select(Operand)
            .Concat(op.Weights.Select(w => w.Path + (w.Use == WeightUse.Vector ? "" : string.Format(CultureInfo.InvariantCulture, " [{0}, {1}]", w.Rows, w.Columns))));
        string kind = op.Text;
        int space = kind.IndexOf(' ');
        text.Append(space < 0 ? kind : kind.Substring(0, space)).Append('(').Append(string.Join(", ", operands)).Append(')');
        if (space >= 0)
        {
            text.Append(kind, space, kind.Length - space);
        }

        return text.ToString();
    }

    private static string Operand(GraphValue value) => value.Place is { Parent: { } parent } view
        ? string.Format(CultureInfo.InvariantCulture, "{0}[{1}..{2}]", parent.Name, view.Column, view.Column + view.Width)
        : value.Name;

    private static string Ranges(IReadOnlyList<int> layers)
    {
        var parts = new List<string>();
        for (int i = 0; i < layers.Count;)
        {
            int j = i;
            while (j + 1 < layers.Count && layers[j + 1] == layers[j] + 1)
            {
                j++;
            }

            parts.Add(i == j ? layers[i].ToString(CultureInfo.InvariantCulture) : string.Format(CultureInfo.InvariantCulture, "{0}..{1}", layers[i], layers[j]));
            i = j + 1;
        }

        return string.Join(", ", parts);
    }

    private static void Append(StringBuilder text, string title, Block block)
    {
        text.Append(title).Append(":\n");
        foreach (Op op in block.Ops)
        {
            text.Append("  ").Append(Of(op)).Append('\n');
        }
    }
}
