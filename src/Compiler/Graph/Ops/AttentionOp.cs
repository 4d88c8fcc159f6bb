using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary>Causal attention of each row over its sequence's cache.</summary>
internal sealed class AttentionOp(GraphValue query, CacheShape cache, PerLayer scale, GraphValue output) : Op(output, query)
{
    public override PerLayer? Scalar => scale;

    public override string Text =>
        $"Attention causal, {Literal.Of(Inputs[0].Width / cache.HeadDim)} heads of {Literal.Of(cache.HeadDim)} over {Literal.Of(cache.Heads)}";

    public override void CheckShapes() => Require(
        Inputs[0].Width % (cache.HeadDim * cache.Heads) == 0 && Output!.Width == Inputs[0].Width,
        "[tokens, heads * head_dim] -> the same, heads a multiple of the cache's");

    public override string Call(ICallNames names) =>
        $"Attention({names.Value(Inputs[0])}, {names.Cache}, {names.Scalar(scale)}, {names.Value(Output!)})";
}
