using System;
using System.Collections.Generic;
using System.Linq;
using Kiln.Compiler.Graph;
using Kiln.Compiler.Passes;

namespace Kiln.Compiler.Emit;

/// <summary>
/// Writes <c>Weights</c>: every tensor of the checkpoint under its own name, <c>Weights.model.layers[3].self_attn.q_proj.weight</c>,
/// also where it is a part of a packed weight.
/// </summary>
internal sealed class WeightTree
{
    private const string Handle = "global::Kiln.WeightHandle";

    private readonly string model;
    private readonly ModelGraph graph;
    private readonly WeightNames weights;
    private readonly Node root = new();

    public WeightTree(string model, ModelGraph graph, WeightNames weights)
    {
        this.model = model;
        this.graph = graph;
        this.weights = weights;
        foreach (Block block in new[] { graph.Begin, graph.End })
        {
            Add(block, layer: -1, kind: -1);
        }

        for (int kind = 0; kind < graph.Groups.Count; kind++)
        {
            int first = graph.Groups[kind].Layers[0];
            Add(graph.Layers[first], first, kind);
        }
    }

    /// <summary>Writes the property and its types.</summary>
    public void Write(CodeWriter code)
    {
        code.Summary("The checkpoint's tensors under their own names.");
        code.Line("public WeightTree Weights => new(this);");
        code.Line();
        WriteNode(code, "WeightTree", root, inLayer: false);
    }

    private void Add(Block block, int layer, int kind)
    {
        foreach (GraphWeight weight in WeightNames.Of(block))
        {
            PackedTensor packed = weights.Packed(weight);
            string start = layer < 0 ? $"new {WeightNames.SharedType}(0)." : $"new {weights.LayerType(kind)}(layerOffsets[layer]).";
            string expression = start + string.Join(".", weight.Path.Split('.').Select(Names.Member));
            foreach (PackedPart part in packed.Parts)
            {
                string[] segments = part.Tensor.Name.Split('.');
                string layerText = Literal.Of(layer);
                Node node = root;
                foreach (string segment in segments)
                {
                    node = node.Child(layer >= 0 && segment == layerText ? "*" : segment);
                }

                string name = layer < 0
                    ? Literal.Of(part.Tensor.Name)
                    : "$" + Literal.Of(string.Join(".", segments.Select(s => s == layerText ? "{layer}" : s)));
                node.Leaves[kind] = $"new(owner, {name}, {expression}, {Literal.Of(part.FirstRow)}, {Literal.Of(part.Rows)}, {(part.Transposed ? "true" : "false")})";
            }
        }
    }

    private void WriteNode(CodeWriter code, string type, Node node, bool inLayer)
    {
        code.Summary("Tensors by name.");
        string parameters = inLayer ? $"{model} owner, int layer" : $"{model} owner";
        string arguments = inLayer ? "owner, layer" : "owner";
        code.Block($"public readonly struct {type}({parameters})", () =>
        {
            bool first = true;
            foreach (KeyValuePair<string, Node> child in node.Children)
            {
                if (!first)
                {
                    code.Line();
                }

                first = false;
                if (child.Key == "*")
                {
                    code.Summary("Number of layers.");
                    code.Line("public int Count => NumHiddenLayers;");
                    code.Line();
                    code.Summary("One layer's tensors.");
                    code.Line("/// <param name=\"layer\">0 to Count - 1.</param>");
                    code.Line("public LayerTree this[int layer] => (uint)layer < NumHiddenLayers ? new(owner, layer) : throw new global::System.ArgumentOutOfRangeException(nameof(layer));");
                    code.Line();
                    WriteNode(code, "LayerTree", child.Value, inLayer: true);
                }
                else if (child.Value.Leaves.Count > 0)
                {
                    code.Summary("The tensor of this name.");
                    code.Line($"public {Handle} {Names.Member(child.Key)} => {Leaf(child.Value)};");
                }
                else
                {
                    string childType = Names.Type(child.Key) + "Tree";
                    code.Summary("The tensors below this name.");
                    code.Line($"public {childType} {Names.Member(child.Key)} => new({arguments});");
                    code.Line();
                    WriteNode(code, childType, child.Value, inLayer);
                }
            }
        });
    }

    private string Leaf(Node node)
    {
        if (node.Leaves.Count == 1)
        {
            return node.Leaves.Values.First();
        }

        IEnumerable<string> arms = node.Leaves.Select(l => $"{Literal.Of(l.Key)} => {l.Value.Replace("new(owner", "new " + Handle + "(owner")}");
        return "layerKinds[layer] switch { " + string.Join(", ", arms) + ", _ => throw new global::System.InvalidOperationException() }";
    }

    private sealed class Node
    {
        public SortedDictionary<int, string> Leaves { get; } = new();

        public List<KeyValuePair<string, Node>> Children { get; } = new();

        public Node Child(string segment)
        {
            int index = Children.FindIndex(c => c.Key == segment);
            if (index < 0)
            {
                index = Children.Count;
                Children.Add(new KeyValuePair<string, Node>(segment, new Node()));
            }

            return Children[index].Value;
        }
    }
}
