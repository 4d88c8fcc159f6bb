using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Kiln.Compiler.Graph;

namespace Kiln.Compiler.Passes;

/// <summary>
/// Finds layers of equal structure: the same ops with the same parameters, over weights of the same shapes and formats. One method
/// serves each group, whatever the number of layers: unrolled layers would blow up compile time.
/// </summary>
internal static class LayerGrouping
{
    /// <summary>Sets <see cref="ModelGraph.Groups"/>, in the order of each group's first layer.</summary>
    public static void Run(ModelGraph graph) => graph.Groups = graph.Layers
        .Select((block, layer) => (Signature: Signature(block), Layer: layer))
        .GroupBy(x => x.Signature)
        .Select(g => new LayerGroup(g.Select(x => x.Layer).ToList()))
        .ToList();

    /// <summary>All that matters of a layer, and nothing that may differ: names of values and the layer's number.</summary>
    private static string Signature(Block block)
    {
        var numbers = new Dictionary<GraphValue, int> { [block.CarriedIn!] = 0 };
        var made = new HashSet<GraphValue>(block.Ops.Select(o => o.Output).OfType<GraphValue>());
        var text = new StringBuilder();
        foreach (Op op in block.Ops)
        {
            text.Append('\n').Append(op.Text);
            foreach (GraphValue input in op.Inputs)
            {
                text.Append(' ').Append(Operand(input));
            }

            foreach (GraphWeight weight in op.Weights)
            {
                text.Append(' ').Append(weight.Signature);
            }

            if (op.Output is { } output)
            {
                text.Append(" -> ").Append(Operand(output));
            }
        }

        return text.Append('\n').Append(Operand(block.CarriedOut!)).ToString();

        string Operand(GraphValue value)
        {
            if (value == block.CarriedIn)
            {
                return "in";
            }

            // what all layers share has the same name everywhere
            if (!made.Contains(value) && (value.Parent is null || !made.Contains(value.Root)))
            {
                return value.Name;
            }

            if (!numbers.TryGetValue(value, out int number))
            {
                number = numbers.Count;
                numbers.Add(value, number);
            }

            string place = value.InPlaceOf is { } before
                ? " over " + Operand(before)
                : value.Parent is { } parent ? " in " + Operand(parent) + " at " + value.Column.ToString(CultureInfo.InvariantCulture) : "";
            return number.ToString(CultureInfo.InvariantCulture) + ":" + value.Space + value.Width.ToString(CultureInfo.InvariantCulture) + place;
        }
    }
}
