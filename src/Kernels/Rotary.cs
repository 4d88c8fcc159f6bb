namespace Kiln.Kernels;

/// <summary>
/// The parameters of rotary position embeddings, after any <c>rope_scaling</c> was folded in at build
/// (transformers <c>modeling_rope_utils.py</c>).
/// </summary>
/// <param name="inverseFrequencies">
/// <c>[Dimension / 2]</c>: the angle of pair i at position p is <c>p * inverseFrequencies[i]</c>, as float32 rounded values.
/// </param>
/// <param name="attentionFactor">Factor of cosines and sines: 1, or yarn's attention factor.</param>
public sealed class Rotary(float[] inverseFrequencies, float attentionFactor = 1f)
{
    /// <summary>Angle per position for each pair, float32.</summary>
    public float[] InverseFrequencies { get; } = inverseFrequencies;

    /// <summary>Rotated features of a head.</summary>
    public int Dimension => 2 * InverseFrequencies.Length;

    /// <summary>Factor of cosines and sines.</summary>
    public float AttentionFactor { get; } = attentionFactor;

    /// <summary>
    /// Dynamic NTK scaling, or 0: a sequence whose <see cref="Sequence.RotaryLength"/> L is over <see cref="DynamicMaxPositions"/> M uses
    /// the base <c>Base * (Factor * L / M - (Factor - 1)) ^ (d / (d - 2))</c> instead of the stored frequencies.
    /// </summary>
    public float DynamicFactor { get; init; }

    /// <summary>Longest length at which dynamic scaling leaves the base alone (<c>max_position_embeddings</c>).</summary>
    public int DynamicMaxPositions { get; init; }

    /// <summary>The unscaled base (<c>rope_theta</c>), for dynamic scaling.</summary>
    public double Base { get; init; }
}
