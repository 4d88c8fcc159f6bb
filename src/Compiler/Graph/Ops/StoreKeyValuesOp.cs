using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph.Ops;

/// <summary>Writes the rows' keys and values into their sequences' caches.</summary>
internal sealed class StoreKeyValuesOp(GraphValue key, GraphValue value, CacheShape cache) : Op(null, key, value)
{
    public override string Text => $"StoreKeyValues {Literal.Of(cache.Heads)} heads of {Literal.Of(cache.HeadDim)}";

    public override void CheckShapes() =>
        Require(Inputs[0].Width == cache.Heads * cache.HeadDim && Inputs[1].Width == Inputs[0].Width, "[tokens, kv_heads * head_dim] twice");

    public override string Call(ICallNames names) => $"StoreKeyValues({names.Value(Inputs[0])}, {names.Value(Inputs[1])}, {names.Cache})";
}
