using System.Collections.Generic;

namespace Kiln.Compiler.Graph;

/// <summary>A piece of the graph that runs as a whole: the beginning, one layer, or the end. Steps can be cut between blocks.</summary>
internal sealed class Block
{
    public Block(string name) => Name = name;

    /// <summary><c>begin</c>, <c>layer 3</c>, <c>end</c>.</summary>
    public string Name { get; }

    /// <summary>The residual stream as it comes in; null for the beginning.</summary>
    public GraphValue? CarriedIn { get; set; }

    /// <summary>The residual stream as it goes out; null for the end.</summary>
    public GraphValue? CarriedOut { get; set; }

    /// <summary>The ops in order.</summary>
    public List<Op> Ops { get; set; } = new();
}

/// <summary>Layers of equal structure: one emitted method serves them all.</summary>
/// <param name="Layers">Their numbers, ascending. The first stands for all.</param>
internal sealed record LayerGroup(IReadOnlyList<int> Layers);

/// <summary>A model as a graph.</summary>
internal sealed class ModelGraph
{
    /// <summary>Embeddings and what all layers share.</summary>
    public Block Begin { get; } = new("begin");

    /// <summary>The layers.</summary>
    public List<Block> Layers { get; } = new();

    /// <summary>Final norm and head.</summary>
    public Block End { get; } = new("end");

    /// <summary>Layers that share code; set by the grouping pass.</summary>
    public IReadOnlyList<LayerGroup> Groups { get; set; } = [];

    /// <summary>The logits.</summary>
    public GraphValue? Logits { get; set; }

    /// <summary>The hidden states of all layers, if wanted.</summary>
    public GraphValue? HiddenStates { get; set; }

    /// <summary>Keys and values of the cache.</summary>
    public CacheShape? Cache { get; set; }

    /// <summary>All blocks in order.</summary>
    public IEnumerable<Block> Blocks
    {
        get
        {
            yield return Begin;
            foreach (Block layer in Layers)
            {
                yield return layer;
            }

            yield return End;
        }
    }
}

/// <summary>What each layer keeps of every token.</summary>
/// <param name="Heads">Key/value heads.</param>
/// <param name="HeadDim">Features of a head.</param>
internal sealed record CacheShape(int Heads, int HeadDim)
{
    /// <summary>Positions in a block of the cache; the runtime's <c>CacheLayer.BlockLength</c>.</summary>
    public const int BlockLength = 64;

    /// <summary>Floats that one layer takes in a block; the runtime's <c>CacheLayer.Floats</c>.</summary>
    public int BlockFloats => checked(Heads * BlockLength * (HeadDim + ((HeadDim + 15) / 16 * 16)));
}
