using System;

namespace Kiln.Kernels.Checks;

/// <summary>A decoder layer between an embedding and logits: every op, from ids alone, so that steps of any cut can be compared.</summary>
internal sealed unsafe class TinyModel : IDisposable
{
    public const int Vocabulary = 99;
    private const int Hidden = 44;
    private const int HeadDim = 20;
    private const int Heads = 4;
    private const int KeyHeads = 2;
    private const int Intermediate = 270;
    private const int QkvWidth = (Heads + (2 * KeyHeads)) * HeadDim;

    private readonly Weight embedding;
    private readonly Weight positions;
    private readonly Weight norm1;
    private readonly Weight qkv;
    private readonly Weight qkvBias;
    private readonly Weight attentionOutput;
    private readonly Weight norm2;
    private readonly Weight norm2Bias;
    private readonly Weight gateUp;
    private readonly Weight down;
    private readonly Value x;
    private readonly Value h;
    private readonly Value qkvRows;
    private readonly Value attended;
    private readonly Value gateUpRows;
    private readonly Value gated;
    private readonly Value angles;
    private readonly Value selected;
    private readonly CacheLayer cache;
    private readonly Rotary rotary;

    public TinyModel(WeightFormat format)
    {
        Scene = new Scene(5);
        embedding = Scene.Matrix(Vocabulary, Hidden, format);
        positions = Scene.Matrix(256, Hidden, format, WeightLayout.Rows);
        norm1 = Scene.Vector(Hidden, 1);
        qkv = Scene.Matrix(QkvWidth, Hidden, format);
        qkvBias = Scene.Vector(QkvWidth);
        attentionOutput = Scene.Matrix(Hidden, Heads * HeadDim, format);
        norm2 = Scene.Vector(Hidden, 1);
        norm2Bias = Scene.Vector(Hidden);
        gateUp = Scene.Matrix(2 * Intermediate, Hidden, format);
        down = Scene.Matrix(Hidden, Intermediate, format);
        x = Scene.Tokens(Hidden);
        h = Scene.Tokens(Hidden);
        qkvRows = Scene.Tokens(QkvWidth);
        attended = Scene.Tokens(Heads * HeadDim);
        gateUpRows = Scene.Tokens(2 * Intermediate);
        gated = Scene.Tokens(Intermediate);
        angles = Scene.Tokens(HeadDim);
        selected = Scene.Outputs(Hidden);
        Logits = Scene.Outputs(Vocabulary);
        cache = Scene.Cache(KeyHeads, HeadDim);
        float[] frequencies = new float[HeadDim / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = 1f / (float)Math.Pow(10000, 2f * i / HeadDim);
        }

        rotary = new Rotary(frequencies);
    }

    public Scene Scene { get; }

    public Value Logits { get; }

    public void Forward(IBackend k)
    {
        k.RotaryTable(rotary, angles);
        k.Embedding(embedding, x);
        k.PositionEmbedding(positions, x);
        k.RmsNorm(x, norm1, 1e-5f, h);
        k.Linear(h, qkv, qkvRows, qkvBias);
        k.Rotary(qkvRows.Columns(0, (Heads + KeyHeads) * HeadDim), HeadDim, angles);
        k.StoreKeyValues(
            qkvRows.Columns(Heads * HeadDim, KeyHeads * HeadDim), qkvRows.Columns((Heads + KeyHeads) * HeadDim, KeyHeads * HeadDim), cache);
        k.Attention(qkvRows.Columns(0, Heads * HeadDim), cache, 0.3f, attended);
        k.Linear(attended, attentionOutput, x, epilogue: Epilogue.Add);
        k.LayerNorm(x, norm2, norm2Bias, 1e-5f, h);
        k.Linear(h, gateUp, gateUpRows);
        k.Gate(gateUpRows.Columns(0, Intermediate), gateUpRows.Columns(Intermediate, Intermediate), Activation.Silu, gated);
        k.Linear(gated, down, h, activation: Activation.GeluTanh);
        k.Add(x, h);
        k.Activate(x, Activation.Tanh, x);
        k.Copy(x, h);
        k.SelectOutputs(h, selected);
        k.Linear(selected, embedding, Logits);
    }

    public float[] LogitsOf(Workspace workspace, int row) => workspace.Row(Logits, row).ToArray();

    public void Dispose() => Scene.Dispose();
}
