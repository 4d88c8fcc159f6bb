using Kiln.Compiler.Graph;
using Kiln.Compiler.Graph.Ops;

namespace Kiln.Compiler.Architectures;

/// <summary>What architectures are written in: each call appends an op to the current block and returns its result.</summary>
internal sealed class GraphBuilder
{
    private Block block;

    public GraphBuilder() => block = Graph.Begin;

    /// <summary>The graph so far.</summary>
    public ModelGraph Graph { get; } = new();

    /// <summary>Ends the current block with the residual stream <paramref name="x"/> and begins the next layer.</summary>
    public void BeginLayer(GraphValue x)
    {
        block.CarriedOut = x;
        block = new Block("layer " + Graph.Layers.Count) { CarriedIn = x };
        Graph.Layers.Add(block);
    }

    /// <summary>Ends the last layer with the residual stream <paramref name="x"/> and begins the end.</summary>
    public void BeginEnd(GraphValue x)
    {
        block.CarriedOut = x;
        block = Graph.End;
        block.CarriedIn = x;
    }

    public GraphValue Embedding(string name, GraphWeight table) =>
        Append(new EmbeddingOp(table, GraphValue.New(name, RowSpace.Tokens, table.Columns)));

    public GraphValue PositionEmbedding(GraphValue x, GraphWeight table) => Append(new PositionEmbeddingOp(x, table));

    public GraphValue RotaryTable(string name, RotaryParameters rotary) =>
        Append(new RotaryTableOp(rotary, GraphValue.New(name, RowSpace.Tokens, 2 * rotary.InverseFrequencies.Count)));

    public GraphValue RmsNorm(string name, GraphValue x, GraphWeight weight, float eps) =>
        Append(new RmsNormOp(x, weight, eps, GraphValue.New(name, x.Space, x.Width)));

    public GraphValue LayerNorm(string name, GraphValue x, GraphWeight weight, GraphWeight? bias, float eps) =>
        Append(new LayerNormOp(x, weight, bias, eps, GraphValue.New(name, x.Space, x.Width)));

    public GraphValue Linear(string name, GraphValue x, GraphWeight weight, GraphWeight? bias = null) =>
        Append(new LinearOp(x, weight, bias, GraphValue.New(name, x.Space, weight.Rows)));

    public GraphValue Rotary(GraphValue x, int headDim, GraphValue table) => Append(new RotaryOp(x, headDim, table));

    public void StoreKeyValues(GraphValue key, GraphValue value, CacheShape cache) => block.Ops.Add(new StoreKeyValuesOp(key, value, cache));

    public GraphValue Attention(string name, GraphValue query, CacheShape cache, PerLayer scale) =>
        Append(new AttentionOp(query, cache, scale, GraphValue.New(name, query.Space, query.Width)));

    public GraphValue Activate(string name, GraphValue x, string activation) =>
        Append(new ActivateOp(x, activation, GraphValue.New(name, x.Space, x.Width)));

    public GraphValue Gate(string name, GraphValue gate, GraphValue up, string activation) =>
        Append(new GateOp(gate, up, activation, GraphValue.New(name, gate.Space, gate.Width)));

    public GraphValue Add(GraphValue x, GraphValue y) => Append(new AddOp(x, y));

    public GraphValue SelectOutputs(string name, GraphValue tokens) =>
        Append(new SelectOutputsOp(tokens, GraphValue.New(name, RowSpace.Outputs, tokens.Width)));

    /// <summary>Copies the residual stream away where the model is to show its hidden states; else nothing.</summary>
    public void KeepHiddenState(GraphValue x, bool last = false)
    {
        if (Graph.HiddenStates is { } states)
        {
            block.Ops.Add(new KeepHiddenStateOp(x, states, last));
        }
    }

    private GraphValue Append(Op op)
    {
        block.Ops.Add(op);
        return op.Output!;
    }
}
