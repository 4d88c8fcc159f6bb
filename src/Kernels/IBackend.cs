using System;

namespace Kiln.Kernels;

/// <summary>What a product does with its result.</summary>
public enum Epilogue : byte
{
    /// <summary>Write it.</summary>
    Store,

    /// <summary>Add it to what the output holds: the residual connection.</summary>
    Add,
}

/// <summary>
/// The seam between generated code and what computes: one call for each op of the graph, over handles. Generated code is generic
/// over a struct that implements it, so nothing is dispatched at run time and a backend that is not used is trimmed away.
/// </summary>
/// <remarks>
/// A step's calls depend on the model alone, never on data or row counts, so that a list of them can be recorded once and replayed
/// for other rows. Ops run in order, each as if it had finished before the next begins. Unless said otherwise the rows of all
/// operands are the current rows of their (common) row space, and an output does not overlap an input.
/// <para>
/// Every backend keeps one promise: a row's result does not depend on what other rows the step holds, on how its sequence was cut
/// into steps, or on the number of threads.
/// </para>
/// </remarks>
public interface IBackend
{
    /// <summary><c>output[r] = table[ids[r]]</c>. The table's layout is Rows, or Panels when it is tied to the output matrix.</summary>
    void Embedding(Weight table, Value output);

    /// <summary><c>x[r] += table[positions[r]]</c>: learned absolute positions.</summary>
    void PositionEmbedding(Weight table, Value x);

    /// <summary><c>output = x / sqrt(mean(x^2) + eps) * weight</c> over each row (LlamaRMSNorm).</summary>
    void RmsNorm(Value x, Weight weight, float eps, Value output);

    /// <summary><c>output = (x - mean(x)) / sqrt(var(x) + eps) * weight + bias</c> over each row; the bias may be absent.</summary>
    void LayerNorm(Value x, Weight weight, Weight bias, float eps, Value output);

    /// <summary>
    /// <c>output = activation(x * weight^T + bias)</c>, or added to the output (<see cref="Epilogue.Add"/>, then no activation).
    /// </summary>
    /// <param name="x"><c>[rows, weight.Columns]</c>.</param>
    /// <param name="weight">Panels, <c>[out, in]</c>.</param>
    /// <param name="output"><c>[rows, weight.Rows]</c>.</param>
    /// <param name="bias">Vector of <c>weight.Rows</c>, or absent.</param>
    /// <param name="activation">Applied to the sum.</param>
    /// <param name="epilogue">Store or add.</param>
    void Linear(Value x, Weight weight, Value output, Weight bias = default, Activation activation = Activation.None, Epilogue epilogue = Epilogue.Store);

    /// <summary>
    /// Cosines and sines of the step's rows: <c>table[r] = [cos(p * f_i) * a ..., sin(p * f_i) * a ...]</c> for the position p of row r,
    /// <c>[tokens, Dimension]</c>; angles, cosines and sines in double, rounded once.
    /// </summary>
    void RotaryTable(Rotary rotary, Value table);

    /// <summary>
    /// Rotates, in place, the first <c>table.Width</c> features of each head of <paramref name="x"/>: with d = table.Width,
    /// <c>(x_i, x_{i + d/2}) -> (x_i cos_i - x_{i + d/2} sin_i, x_{i + d/2} cos_i + x_i sin_i)</c>. The rest of the head stays.
    /// </summary>
    void Rotary(Value x, int headDim, Value table);

    /// <summary>Writes each row's key and value, <c>[tokens, Heads * HeadDim]</c>, into its sequence's cache at its position.</summary>
    void StoreKeyValues(Value key, Value value, CacheLayer cache);

    /// <summary>
    /// Causal attention of each row over the positions <c>0..p</c> of its sequence's cache (its own included):
    /// <c>output_h = softmax(scale * q_h K^T) V</c>, query head h over key/value head <c>h / (query heads / cache.Heads)</c>.
    /// </summary>
    /// <param name="query"><c>[tokens, query heads * HeadDim]</c>.</param>
    /// <param name="cache">Keys and values.</param>
    /// <param name="scale">Factor of the scores, usually <c>1 / sqrt(HeadDim)</c>.</param>
    /// <param name="output"><c>[tokens, query heads * HeadDim]</c>.</param>
    void Attention(Value query, CacheLayer cache, float scale, Value output);

    /// <summary><c>output = activation(x)</c>; in place if both are the same value.</summary>
    void Activate(Value x, Activation activation, Value output);

    /// <summary>
    /// <c>output = activation(gate) * up</c>, all <c>[rows, n]</c>; gate and up are usually columns of one product.
    /// </summary>
    void Gate(Value gate, Value up, Activation activation, Value output);

    /// <summary><c>x += y</c>.</summary>
    void Add(Value x, Value y);

    /// <summary><c>output = x</c>.</summary>
    void Copy(Value x, Value output);

    /// <summary><c>outputs[i] = tokens[OutputRows[i]]</c>: from the Tokens to the Outputs space.</summary>
    void SelectOutputs(Value tokens, Value outputs);

    /// <summary>
    /// One row of a result, without its padding. The only way to see data: it waits until all ops issued so far are done. The span
    /// is valid until the next step.
    /// </summary>
    ReadOnlySpan<float> Download(Value value, int row);
}
