using System.Collections.Generic;
using System.Linq;
using Kiln.Compiler.Graph;
using Kiln.Compiler.Passes;

namespace Kiln.Compiler.Emit;

/// <summary>
/// Gives every handle that generated code mentions a name and a definition. Values of the same name in the same place share one;
/// another place under the same name gets a number.
/// </summary>
internal sealed class ValueNames
{
    private readonly MemoryPlan memory;
    private readonly Dictionary<GraphValue, string> names = new();
    private readonly Dictionary<string, string> definitions = new();

    public ValueNames(MemoryPlan memory) => this.memory = memory;

    /// <summary>(name, expression, comment) in the order of first use.</summary>
    public List<(string Name, string Expression, string Comment)> Definitions { get; } = new();

    /// <summary>The name of a value's handle.</summary>
    public string this[GraphValue value]
    {
        get
        {
            GraphValue place = value.Place;
            if (names.TryGetValue(place, out string? known))
            {
                return known;
            }

            string expression;
            if (place.Parent is { } parent)
            {
                expression = $"{this[parent]}.Columns({Literal.Of(place.Column)}, {Literal.Of(place.Width)})";
            }
            else
            {
                Placement placement = memory.Places[place];
                expression = $"new(global::Kiln.Kernels.RowSpace.{place.Space}, {Literal.Of(placement.Offset)}, {Literal.Of(place.Width)})";
            }

            string name = Names.Member(place.Name);
            for (int number = 2; definitions.TryGetValue(name, out string? other) && other != expression; number++)
            {
                name = Names.Member(place.Name) + Literal.Of(number);
            }

            if (!definitions.ContainsKey(name))
            {
                definitions.Add(name, expression);
                string type = place.TypedName.Substring(place.Name.Length + 1);
                bool across = place.Parent is null && memory.Places[place].AcrossCuts;
                Definitions.Add((name, expression, type + (place.Count > 1 ? ", one for each layer and the last" : "") + (across ? "; lives across cuts" : "")));
            }

            names.Add(place, name);
            return name;
        }
    }
}
