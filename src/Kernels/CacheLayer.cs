namespace Kiln.Kernels;

/// <summary>
/// A handle to one layer's keys and values in every cache of a model. A cache is a table of blocks, each holding
/// <see cref="BlockLength"/> positions of all layers; this names the layer's part of a block.
/// </summary>
/// <remarks>
/// Within a block, from <see cref="Offset"/>: for each key/value head the keys <c>[HeadDim, BlockLength]</c> (transposed, so that a
/// vector holds the same feature of 16 neighbouring positions and scores need no horizontal sums), then for each head the values
/// <c>[BlockLength, PaddedHeadDim]</c>, padding zero.
/// </remarks>
/// <param name="Offset">Floats from the start of a block.</param>
/// <param name="Heads">Key/value heads.</param>
/// <param name="HeadDim">Features of a head.</param>
public readonly record struct CacheLayer(int Offset, int Heads, int HeadDim)
{
    /// <summary>Positions in one block.</summary>
    public const int BlockLength = 64;

    /// <summary>Floats from one value row to the next.</summary>
    public int PaddedHeadDim => Value.PaddedWidth(HeadDim);

    /// <summary>Floats of one head's keys in a block.</summary>
    public int KeyFloats => HeadDim * BlockLength;

    /// <summary>Floats of one head's values in a block.</summary>
    public int ValueFloats => BlockLength * PaddedHeadDim;

    /// <summary>Floats of this layer in a block.</summary>
    public int Floats => Heads * (KeyFloats + ValueFloats);

    /// <summary>Start of a head's keys <c>[HeadDim, BlockLength]</c>, in floats from the start of a block.</summary>
    public int Keys(int head) => Offset + (head * KeyFloats);

    /// <summary>Start of a head's values <c>[BlockLength, PaddedHeadDim]</c>, in floats from the start of a block.</summary>
    public int Values(int head) => Offset + (Heads * KeyFloats) + (head * ValueFloats);
}
