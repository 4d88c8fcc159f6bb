using System.Collections.Generic;
using Kiln.Compiler.Graph;

namespace Kiln.Compiler.Passes;

/// <summary>
/// Checks every op's shape rule, that values are made before they are read, and that nobody reads a value after another took its
/// place. Runs after each pass that rewrites the graph.
/// </summary>
internal static class ShapeCheck
{
    /// <summary>Throws <see cref="GraphException"/> at the first broken rule.</summary>
    public static void Run(ModelGraph graph)
    {
        var alive = new HashSet<GraphValue>();
        foreach (Block block in graph.Blocks)
        {
            foreach (Op op in block.Ops)
            {
                op.CheckShapes();
                foreach (GraphValue input in op.Inputs)
                {
                    if (!IsAlive(input, alive))
                    {
                        throw new GraphException($"{block.Name}: {GraphText.Of(op)} reads '{input.Name}', which no op before it has made, or which another op has overwritten");
                    }
                }

                if (op.Output is { } output)
                {
                    if (output.InPlaceOf is { } overwritten)
                    {
                        alive.Remove(overwritten);
                    }

                    alive.Add(output);
                }
            }

            if (block.CarriedOut is { } carried && !IsAlive(carried, alive))
            {
                throw new GraphException($"{block.Name}: the value that it hands on, '{carried.Name}', is not made in it");
            }
        }
    }

    private static bool IsAlive(GraphValue value, HashSet<GraphValue> alive)
    {
        // columns of a value are there as soon as it is, until an op overwrites them
        return alive.Contains(value) || (value.InPlaceOf is null && value.Parent is { } parent && IsAlive(parent, alive));
    }
}
