using System;
using Kiln.Kernels.Packing;

namespace Kiln.Kernels.Reference;

/// <summary>
/// The ops as plain loops in double over the same packed weights and caches: what they mean, and the oracle for the tests of the
/// other backends. Each op rounds its result to float32 once.
/// </summary>
/// <param name="weights">Start of the packed weights; any alignment. They outlive the backend.</param>
/// <param name="workspace">The step's rows.</param>
public readonly unsafe struct ReferenceBackend(byte* weights, Workspace workspace) : IBackend
{
    private readonly byte* weights = weights;
    private readonly Workspace workspace = workspace;

    /// <inheritdoc/>
    public void Embedding(Weight table, Value output)
    {
        for (int r = 0; r < workspace.Rows(output.Space); r++)
        {
            for (int i = 0; i < output.Width; i++)
            {
                At(output, r)[i] = (float)Read(table, workspace.Ids[r], i);
            }
        }
    }

    /// <inheritdoc/>
    public void PositionEmbedding(Weight table, Value x)
    {
        for (int r = 0; r < workspace.Rows(x.Space); r++)
        {
            for (int i = 0; i < x.Width; i++)
            {
                At(x, r)[i] = (float)(At(x, r)[i] + Read(table, workspace.Positions[r], i));
            }
        }
    }

    /// <inheritdoc/>
    public void RmsNorm(Value x, Weight weight, float eps, Value output)
    {
        for (int r = 0; r < workspace.Rows(x.Space); r++)
        {
            double squares = 0;
            for (int i = 0; i < x.Width; i++)
            {
                squares += (double)At(x, r)[i] * At(x, r)[i];
            }

            double scale = 1 / Math.Sqrt((squares / x.Width) + eps);
            for (int i = 0; i < x.Width; i++)
            {
                At(output, r)[i] = (float)(At(x, r)[i] * scale * Read(weight, 0, i));
            }
        }
    }

    /// <inheritdoc/>
    public void LayerNorm(Value x, Weight weight, Weight bias, float eps, Value output)
    {
        for (int r = 0; r < workspace.Rows(x.Space); r++)
        {
            double mean = 0;
            for (int i = 0; i < x.Width; i++)
            {
                mean += At(x, r)[i];
            }

            mean /= x.Width;
            double variance = 0;
            for (int i = 0; i < x.Width; i++)
            {
                double difference = At(x, r)[i] - mean;
                variance += difference * difference;
            }

            double scale = 1 / Math.Sqrt((variance / x.Width) + eps);
            for (int i = 0; i < x.Width; i++)
            {
                double normal = (At(x, r)[i] - mean) * scale * Read(weight, 0, i);
                At(output, r)[i] = (float)(normal + (bias.Exists ? Read(bias, 0, i) : 0));
            }
        }
    }

    /// <inheritdoc/>
    public void Linear(Value x, Weight weight, Value output, Weight bias = default, Activation activation = Activation.None, Epilogue epilogue = Epilogue.Store)
    {
        for (int r = 0; r < workspace.Rows(x.Space); r++)
        {
            for (int n = 0; n < weight.Rows; n++)
            {
                double sum = bias.Exists ? Read(bias, 0, n) : 0;
                for (int k = 0; k < weight.Columns; k++)
                {
                    sum += At(x, r)[k] * Read(weight, n, k);
                }

                sum = Activate(sum, activation);
                At(output, r)[n] = (float)(epilogue == Epilogue.Add ? At(output, r)[n] + sum : sum);
            }
        }
    }

    /// <inheritdoc/>
    public void RotaryTable(Rotary rotary, Value table)
    {
        int pairs = rotary.Dimension / 2;
        for (int r = 0; r < workspace.Rows(table.Space); r++)
        {
            int length = workspace.Sequences[workspace.SequenceOfRow[r]].RotaryLength;
            for (int i = 0; i < pairs; i++)
            {
                double angle = workspace.Positions[r] * (double)Frequency(rotary, length, i);
                At(table, r)[i] = (float)(Math.Cos(angle) * rotary.AttentionFactor);
                At(table, r)[pairs + i] = (float)(Math.Sin(angle) * rotary.AttentionFactor);
            }
        }
    }

    /// <inheritdoc/>
    public void Rotary(Value x, int headDim, Value table)
    {
        int pairs = table.Width / 2;
        for (int r = 0; r < workspace.Rows(x.Space); r++)
        {
            float* angles = At(table, r);
            for (int head = 0; head < x.Width / headDim; head++)
            {
                float* features = At(x, r) + (head * headDim);
                for (int i = 0; i < pairs; i++)
                {
                    double first = features[i];
                    double second = features[i + pairs];
                    double cos = angles[i];
                    double sin = angles[i + pairs];
                    features[i] = (float)((first * cos) - (second * sin));
                    features[i + pairs] = (float)((second * cos) + (first * sin));
                }
            }
        }
    }

    /// <inheritdoc/>
    public void StoreKeyValues(Value key, Value value, CacheLayer cache)
    {
        for (int r = 0; r < workspace.Rows(key.Space); r++)
        {
            for (int head = 0; head < cache.Heads; head++)
            {
                for (int i = 0; i < cache.PaddedHeadDim; i++)
                {
                    int column = (head * cache.HeadDim) + i;
                    bool padding = i >= cache.HeadDim;
                    if (!padding)
                    {
                        *Key(r, workspace.Positions[r], cache, head, i) = At(key, r)[column];
                    }

                    *CachedValue(r, workspace.Positions[r], cache, head, i) = padding ? 0 : At(value, r)[column];
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Attention(Value query, CacheLayer cache, float scale, Value output)
    {
        int heads = query.Width / cache.HeadDim;
        for (int r = 0; r < workspace.Rows(query.Space); r++)
        {
            double[] weight = new double[workspace.Positions[r] + 1];
            for (int head = 0; head < heads; head++)
            {
                int keyHead = head / (heads / cache.Heads);
                float* q = At(query, r) + (head * cache.HeadDim);
                double max = double.NegativeInfinity;
                for (int p = 0; p < weight.Length; p++)
                {
                    double score = 0;
                    for (int i = 0; i < cache.HeadDim; i++)
                    {
                        score += (double)q[i] * *Key(r, p, cache, keyHead, i);
                    }

                    weight[p] = score * scale;
                    max = Math.Max(max, weight[p]);
                }

                double total = 0;
                for (int p = 0; p < weight.Length; p++)
                {
                    weight[p] = Math.Exp(weight[p] - max);
                    total += weight[p];
                }

                for (int i = 0; i < cache.HeadDim; i++)
                {
                    double sum = 0;
                    for (int p = 0; p < weight.Length; p++)
                    {
                        sum += weight[p] * *CachedValue(r, p, cache, keyHead, i);
                    }

                    At(output, r)[(head * cache.HeadDim) + i] = (float)(sum / total);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Activate(Value x, Activation activation, Value output)
    {
        for (int r = 0; r < workspace.Rows(x.Space); r++)
        {
            for (int i = 0; i < x.Width; i++)
            {
                At(output, r)[i] = (float)Activate(At(x, r)[i], activation);
            }
        }
    }

    /// <inheritdoc/>
    public void Gate(Value gate, Value up, Activation activation, Value output)
    {
        for (int r = 0; r < workspace.Rows(output.Space); r++)
        {
            for (int i = 0; i < output.Width; i++)
            {
                At(output, r)[i] = (float)(Activate(At(gate, r)[i], activation) * At(up, r)[i]);
            }
        }
    }

    /// <inheritdoc/>
    public void Add(Value x, Value y)
    {
        for (int r = 0; r < workspace.Rows(x.Space); r++)
        {
            for (int i = 0; i < x.Width; i++)
            {
                At(x, r)[i] += At(y, r)[i];
            }
        }
    }

    /// <inheritdoc/>
    public void Copy(Value x, Value output)
    {
        for (int r = 0; r < workspace.Rows(x.Space); r++)
        {
            for (int i = 0; i < x.Width; i++)
            {
                At(output, r)[i] = At(x, r)[i];
            }
        }
    }

    /// <inheritdoc/>
    public void SelectOutputs(Value tokens, Value outputs)
    {
        for (int r = 0; r < workspace.Outputs; r++)
        {
            for (int i = 0; i < tokens.Width; i++)
            {
                At(outputs, r)[i] = At(tokens, workspace.OutputRows[r])[i];
            }
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Download(Value value, int row) => workspace.Row(value, row);

    private static double Activate(double x, Activation activation) => activation switch
    {
        Activation.None => x,
        Activation.Silu => x * Sigmoid(x),
        Activation.Gelu => x / 2 * ErrorFunction.OneMinusErf(-x / Math.Sqrt(2)),
        Activation.GeluTanh => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        Activation.QuickGelu => x * Sigmoid(1.702 * x),
        Activation.Relu => Math.Max(x, 0),
        Activation.Relu2 => Math.Max(x, 0) * Math.Max(x, 0),
        Activation.Relu6 => Math.Min(Math.Max(x, 0), 6),
        Activation.Tanh => Math.Tanh(x),
        Activation.Sigmoid => Sigmoid(x),
        Activation.Mish => x * Math.Tanh(x > 40 ? x : Math.Log(1 + Math.Exp(x))),
        _ => throw new ArgumentOutOfRangeException(nameof(activation)),
    };

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>The pair's angle for one position, after dynamic scaling; see <see cref="Kernels.Rotary.DynamicFactor"/>.</summary>
    private static float Frequency(Rotary rotary, int length, int pair)
    {
        if (rotary.DynamicFactor == 0 || length <= rotary.DynamicMaxPositions)
        {
            return rotary.InverseFrequencies[pair];
        }

        double d = rotary.Dimension;
        double stretch = (rotary.DynamicFactor * (double)length / rotary.DynamicMaxPositions) - (rotary.DynamicFactor - 1.0);

        // float32 from here on, as in transformers
        float scaledBase = (float)(rotary.Base * Math.Pow(stretch, d / (d - 2)));
        return 1f / (float)Math.Pow(scaledBase, 2 * pair / (float)d);
    }

    private double Read(Weight weight, long row, long column)
    {
        long index = weight.Layout == WeightLayout.Panels
            ? (((row / Panels.Width * weight.Columns) + column) * Panels.Width) + (row % Panels.Width)
            : (row * weight.Columns) + column;
        return Numbers.Read(weights + weight.Offset, (NumberFormat)weight.Format, index);
    }

    private float* At(Value value, int row) => workspace.Address(value) + ((long)row * value.Stride);

    private float* Key(int row, int position, CacheLayer cache, int head, int feature) =>
        Block(row, position) + cache.Keys(head) + (feature * CacheLayer.BlockLength) + (position % CacheLayer.BlockLength);

    private float* CachedValue(int row, int position, CacheLayer cache, int head, int feature) =>
        Block(row, position) + cache.Values(head) + (position % CacheLayer.BlockLength * cache.PaddedHeadDim) + feature;

    private float* Block(int row, int position) =>
        workspace.Sequences[workspace.SequenceOfRow[row]].Blocks[position / CacheLayer.BlockLength];
}
