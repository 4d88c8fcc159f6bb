using System.Collections.Generic;
using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph;

/// <summary>
/// An op of the graph. Each kind is one file in <c>Ops/</c>: its operands, its shape rule, and the call it becomes (later: its
/// backward rule).
/// </summary>
internal abstract class Op
{
    protected Op(GraphValue? output, params GraphValue[] inputs)
    {
        Output = output;
        Inputs = inputs;
    }

    /// <summary>The values it reads.</summary>
    public GraphValue[] Inputs { get; }

    /// <summary>The value it makes, or null.</summary>
    public GraphValue? Output { get; set; }

    /// <summary>The weights it reads.</summary>
    public virtual IEnumerable<GraphWeight> Weights => [];

    /// <summary>A number that may differ between layers of one group, or null.</summary>
    public virtual PerLayer? Scalar => null;

    /// <summary>Kind and parameters, without operands: what must agree for two layers to share code.</summary>
    public abstract string Text { get; }

    /// <summary>Throws <see cref="GraphException"/> if the operands do not fit together.</summary>
    public abstract void CheckShapes();

    /// <summary>The call on the backend: <c>Linear(h, w.self_attn.qkv_proj, qkv_proj)</c>.</summary>
    public abstract string Call(ICallNames names);

    /// <summary>Fails the shape rule unless the condition holds.</summary>
    protected void Require(bool condition, string rule)
    {
        if (!condition)
        {
            throw new GraphException(GraphText.Of(this) + " breaks its shape rule: " + rule);
        }
    }
}
