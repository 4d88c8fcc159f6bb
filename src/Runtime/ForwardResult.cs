using System;
using System.Numerics.Tensors;

namespace Kiln;

/// <summary>The results of one forward pass over a sequence, copied out of the model.</summary>
public sealed class ForwardResult
{
    private readonly float[] logits;
    private readonly float[]? hiddenStates;
    private readonly int vocabularySize;
    private readonly int hiddenSize;

    internal ForwardResult(Batch batch, ModelDescription model)
    {
        Rows = batch.Rows;
        vocabularySize = model.VocabularySize;
        hiddenSize = model.HiddenSize;
        logits = new float[checked(Rows * vocabularySize)];
        for (int row = 0; row < Rows; row++)
        {
            batch.Logits(row).CopyTo(logits.AsSpan(row * vocabularySize));
        }

        if (model.HiddenStates.Width > 0)
        {
            HiddenStateCount = model.NumHiddenLayers + 1;
            hiddenStates = new float[checked(HiddenStateCount * Rows * hiddenSize)];
            for (int i = 0; i < HiddenStateCount * Rows; i++)
            {
                batch.HiddenState(i / Rows, i % Rows).CopyTo(hiddenStates.AsSpan(i * hiddenSize));
            }
        }
    }

    /// <summary>Tokens of the sequence.</summary>
    public int Rows { get; }

    /// <summary>Number of hidden states: one before each layer and the last; 0 where the model keeps none.</summary>
    public int HiddenStateCount { get; }

    /// <summary>Logits, <c>[Rows, VocabularySize]</c>.</summary>
    public ReadOnlyTensorSpan<float> Logits => new(logits, [Rows, vocabularySize]);

    /// <summary>The logits that follow the token of a row, <c>[VocabularySize]</c>.</summary>
    /// <param name="row">0 to <see cref="Rows"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> LogitsOf(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return logits.AsSpan(row * vocabularySize, vocabularySize);
    }

    /// <summary>The hidden states that a layer takes, <c>[Rows, HiddenSize]</c>; after the last layer and the final norm for layer NumHiddenLayers.</summary>
    /// <param name="layer">0 to NumHiddenLayers.</param>
    /// <exception cref="InvalidOperationException">The model keeps no hidden states.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public ReadOnlyTensorSpan<float> HiddenStates(int layer) => new(OfLayer(layer), [Rows, hiddenSize]);

    /// <summary>One row of <see cref="HiddenStates"/>, <c>[HiddenSize]</c>.</summary>
    /// <param name="layer">0 to NumHiddenLayers.</param>
    /// <param name="row">0 to <see cref="Rows"/> - 1.</param>
    /// <exception cref="InvalidOperationException">The model keeps no hidden states.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer or row.</exception>
    public ReadOnlySpan<float> HiddenState(int layer, int row)
    {
        ReadOnlySpan<float> states = OfLayer(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return states.Slice(row * hiddenSize, hiddenSize);
    }

    private ReadOnlySpan<float> OfLayer(int layer)
    {
        if (hiddenStates is null)
        {
            throw Batch.NoHiddenStates();
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)layer, (uint)HiddenStateCount, nameof(layer));
        return hiddenStates.AsSpan(layer * Rows * hiddenSize, Rows * hiddenSize);
    }
}
