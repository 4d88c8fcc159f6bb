using Kiln.Compiler.Graph;

namespace Kiln.Compiler.Emit;

/// <summary>What graph operands are called in generated code.</summary>
internal interface ICallNames
{
    /// <summary>A value's handle: <c>qkv_proj</c>, <c>hidden_states.At(layer)</c>.</summary>
    string Value(GraphValue value);

    /// <summary>A weight's handle: <c>w.self_attn.qkv_proj</c>, or <c>default</c> for null.</summary>
    string Weight(GraphWeight? weight);

    /// <summary>The layer's cache handle: <c>Cache(layer)</c>.</summary>
    string Cache { get; }

    /// <summary>Number of the layer: <c>layer</c>.</summary>
    string Layer { get; }

    /// <summary>A number that may differ between layers: a literal, or <c>table[layer]</c>.</summary>
    string Scalar(PerLayer scalar);

    /// <summary>The rotary parameters' field.</summary>
    string Rotary { get; }
}
