using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Kiln.Compiler.Graph;
using Kiln.Compiler.Graph.Ops;

namespace Kiln.Compiler.Passes;

/// <summary>A value's place: floats for each row of its space that come before it.</summary>
/// <param name="Value">The value that has the storage.</param>
/// <param name="Offset">A multiple of 16.</param>
/// <param name="AcrossCuts">Lives from one block to another.</param>
internal sealed record Placement(GraphValue Value, int Offset, bool AcrossCuts);

/// <summary>Where everything lies, for each row of each space.</summary>
/// <param name="Places">Placements by the value that has the storage.</param>
/// <param name="TokenFloats">Floats for each row of the Tokens space.</param>
/// <param name="OutputFloats">Floats for each row of the Outputs space.</param>
internal sealed record MemoryPlan(IReadOnlyDictionary<GraphValue, Placement> Places, int TokenFloats, int OutputFloats)
{
    /// <summary>The plan as text, by space and offset.</summary>
    public string Text
    {
        get
        {
            IEnumerable<string> lines = Places.Values.OrderBy(p => p.Value.Space).ThenBy(p => p.Offset).ThenBy(p => p.Value.Name, StringComparer.Ordinal)
                .Select(p => string.Format(
                    CultureInfo.InvariantCulture,
                    "  {0}{1} at {2}{3}\n",
                    p.Value.TypedName,
                    p.Value.Count > 1 ? " x " + p.Value.Count.ToString(CultureInfo.InvariantCulture) : "",
                    p.Offset,
                    p.AcrossCuts ? ", across cuts" : ""));
            return string.Format(CultureInfo.InvariantCulture, "memory, floats a row: {0} tokens, {1} outputs:\n", TokenFloats, OutputFloats)
                + string.Concat(lines.Distinct());
        }
    }
}

/// <summary>
/// Gives every value a place. What lives from one block to another gets one of its own; within a block a place is used again once
/// its value is dead. Only the first layer of a group counts: the others run the same code. Linear in the rows of each space, so
/// one plan serves every number of rows.
/// </summary>
internal static class MemoryPlanner
{
    private const int Alignment = 16;

    /// <summary>Plans the arena.</summary>
    public static MemoryPlan Run(ModelGraph graph)
    {
        var emitted = new List<Block> { graph.Begin };
        emitted.AddRange(graph.Groups.Select(g => graph.Layers[g.Layers[0]]));
        emitted.Add(graph.End);

        var places = new Dictionary<GraphValue, Placement>();
        var fixedFloats = new Dictionary<RowSpace, int> { [RowSpace.Tokens] = 0, [RowSpace.Outputs] = 0 };
        foreach (GraphValue value in AcrossCuts(graph))
        {
            int offset = fixedFloats[value.Space];
            places.Add(value, new Placement(value, offset, true));
            fixedFloats[value.Space] = checked(offset + Floats(value));
        }

        var floats = new Dictionary<RowSpace, int>(fixedFloats);
        foreach (Block block in emitted)
        {
            foreach (RowSpace space in (RowSpace[])[RowSpace.Tokens, RowSpace.Outputs])
            {
                floats[space] = Math.Max(floats[space], PlaceBlock(block, space, fixedFloats[space], places));
            }
        }

        return new MemoryPlan(places, floats[RowSpace.Tokens], floats[RowSpace.Outputs]);
    }

    /// <summary>Values that a later block reads, hidden states and logits, in the order they are made.</summary>
    private static List<GraphValue> AcrossCuts(ModelGraph graph)
    {
        var values = new List<GraphValue>();
        var madeIn = new Dictionary<GraphValue, Block>();
        foreach (Block block in graph.Blocks)
        {
            foreach (Op op in block.Ops)
            {
                foreach (GraphValue root in op.Inputs.Select(i => i.Root))
                {
                    if (madeIn[root] != block && !values.Contains(root))
                    {
                        values.Add(root);
                    }
                }

                if (op.Output?.Root is { } made && !madeIn.ContainsKey(made))
                {
                    madeIn.Add(made, block);
                }
            }
        }

        GraphValue? stream = graph.Begin.CarriedOut?.Root;
        foreach (Block layer in graph.Layers)
        {
            if (layer.CarriedOut!.Root != stream)
            {
                throw new GraphException($"{layer.Name} hands on its residual stream in another place than it came in");
            }
        }

        if (graph.HiddenStates is { } states)
        {
            values.Add(states);
        }

        // read by whoever asked for the step
        values.Add(graph.Logits!.Root);
        return values;
    }

    private static int PlaceBlock(Block block, RowSpace space, int start, Dictionary<GraphValue, Placement> places)
    {
        var first = new Dictionary<GraphValue, int>();
        var last = new Dictionary<GraphValue, int>();
        for (int i = 0; i < block.Ops.Count; i++)
        {
            IEnumerable<GraphValue> touched = block.Ops[i].Inputs;
            if (block.Ops[i].Output is { } output)
            {
                touched = touched.Concat([output]);
            }

            foreach (GraphValue root in touched.Select(v => v.Root).Where(r => r.Space == space && places.TryGetValue(r, out _) == false))
            {
                if (!first.ContainsKey(root))
                {
                    first.Add(root, i);
                }

                last[root] = i;
            }
        }

        int end = start;
        foreach (GraphValue value in first.OrderBy(f => f.Value).Select(f => f.Key).ToList())
        {
            // the lowest gap between the values that live at the same time
            int offset = start;
            foreach (Placement other in first.Keys.Where(o => places.ContainsKey(o) && first[o] <= last[value] && last[o] >= first[value])
                .Select(o => places[o]).OrderBy(p => p.Offset))
            {
                if (offset + Floats(value) <= other.Offset)
                {
                    break;
                }

                offset = Math.Max(offset, other.Offset + Floats(other.Value));
            }

            places.Add(value, new Placement(value, offset, false));
            end = Math.Max(end, checked(offset + Floats(value)));
        }

        return end;
    }

    private static int Floats(GraphValue value) => checked((value.Width + Alignment - 1) / Alignment * Alignment * value.Count);
}
