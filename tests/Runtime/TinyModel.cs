using System;
using System.IO;
using Kiln.Kernels;

namespace Kiln.Runtime.Tests;

/// <summary>A llama of two layers with random weights, written as the generator writes them.</summary>
internal sealed class TinyModel : CausalLanguageModel
{
    public const int VocabularySize = 67;
    public const int HiddenSize = 32;
    public const int NumHiddenLayers = 2;
    private const int Heads = 4;
    private const int KeyValueHeads = 2;
    private const int HeadDim = 8;
    private const int Intermediate = 48;
    private const float Epsilon = 1e-5f;

    private static readonly Value x = new(RowSpace.Tokens, 0, HiddenSize);
    private static readonly Value h = new(RowSpace.Tokens, 32, HiddenSize);
    private static readonly Value qkv = new(RowSpace.Tokens, 64, 64);
    private static readonly Value attention = new(RowSpace.Tokens, 128, 32);
    private static readonly Value gateUp = new(RowSpace.Tokens, 160, 2 * Intermediate);
    private static readonly Value gated = new(RowSpace.Tokens, 256, Intermediate);
    private static readonly Value table = new(RowSpace.Tokens, 304, HeadDim);
    private static readonly Value hiddenStates = new(RowSpace.Tokens, 320, HiddenSize);
    private static readonly Value last = new(RowSpace.Outputs, 0, HiddenSize);
    private static readonly Value logits = new(RowSpace.Outputs, 32, VocabularySize);

    private static readonly CacheLayer cache0 = new(0, KeyValueHeads, HeadDim);
    private static readonly Lazy<Parts> parts = new(() => new Parts());
    private static readonly string folder = Directory.CreateTempSubdirectory("kiln-tests-").FullName;

    static TinyModel() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, true);

    private readonly Rotary rotary;

    private TinyModel(ModelDescription description, PackedWeights weights, bool dynamicRotary)
        : base(description, weights)
    {
        float[] frequencies = [1f, 0.1f, 0.01f, 0.001f];
        rotary = dynamicRotary ? new Rotary(frequencies) { DynamicFactor = 4, DynamicMaxPositions = 16, Base = 10000 } : new Rotary(frequencies);
    }

    /// <summary>The packed file's bytes.</summary>
    public static byte[] File => parts.Value.File;

    /// <summary>A tied table that Weights would name.</summary>
    public static Weight LmHead => parts.Value.LmHead;

    public static Weight Qkv => parts.Value.Layers[1].Qkv;

    public static Weight Norm => parts.Value.Norm;

    public static float[] Unpacked(Weight weight) => parts.Value.Builder.Values[weight];

    public static ModelDescription Describe(GenerationOptions? defaults = null, bool hiddenStates = true, int positionLimit = 0) => new()
    {
        Name = "Tiny",
        VocabularySize = VocabularySize,
        HiddenSize = HiddenSize,
        NumHiddenLayers = NumHiddenLayers,
        MaxPositionEmbeddings = 256,
        PositionLimit = positionLimit,
        MaxTokens = 160,
        MemoryPlan = new MemoryPlan(320 + (3 * HiddenSize), 32 + 80, NumHiddenLayers * cache0.Floats),
        Logits = logits,
        HiddenStates = hiddenStates ? TinyModel.hiddenStates : default,
        GenerationDefaults = defaults ?? new(),
        PackedFile = parts.Value.Builder.Describe("Tiny.kiln.safetensors"),
    };

    public static TinyModel Load(GenerationOptions? defaults = null, bool hiddenStates = true, int positionLimit = 0, bool dynamicRotary = false)
    {
        string path = Path.Combine(folder, "Tiny.kiln.safetensors");
        lock (parts)
        {
            if (!System.IO.File.Exists(path))
            {
                System.IO.File.WriteAllBytes(path, File);
            }
        }

        ModelDescription description = Describe(defaults, hiddenStates, positionLimit);
        return new TinyModel(description, PackedWeights.OpenFile(description, path), dynamicRotary);
    }

    public override void Forward<TBackend>(ref TBackend k)
    {
        Parts w = parts.Value;
        k.Embedding(w.Embedding, x);
        k.RotaryTable(rotary, table);
        for (int layer = 0; layer < NumHiddenLayers; layer++)
        {
            LayerWeights l = w.Layers[layer];
            CacheLayer cache = new(layer * cache0.Floats, KeyValueHeads, HeadDim);
            k.Copy(x, hiddenStates.At(layer));
            k.RmsNorm(x, l.InputNorm, Epsilon, h);
            k.Linear(h, l.Qkv, qkv);
            k.Rotary(qkv.Columns(0, 32), HeadDim, table);
            k.Rotary(qkv.Columns(32, 16), HeadDim, table);
            k.StoreKeyValues(qkv.Columns(32, 16), qkv.Columns(48, 16), cache);
            k.Attention(qkv.Columns(0, 32), cache, 0.35355339f, attention);
            k.Linear(attention, l.Output, x, epilogue: Epilogue.Add);
            k.RmsNorm(x, l.PostNorm, Epsilon, h);
            k.Linear(h, l.GateUp, gateUp);
            k.Gate(gateUp.Columns(0, Intermediate), gateUp.Columns(Intermediate, Intermediate), Activation.Silu, gated);
            k.Linear(gated, l.Down, x, epilogue: Epilogue.Add);
        }

        k.RmsNorm(x, w.Norm, Epsilon, hiddenStates.At(NumHiddenLayers));
        k.SelectOutputs(hiddenStates.At(NumHiddenLayers), last);
        k.Linear(last, w.LmHead, logits);
    }

    private readonly record struct LayerWeights(Weight InputNorm, Weight Qkv, Weight Output, Weight PostNorm, Weight GateUp, Weight Down);

    private sealed class Parts
    {
        private readonly Random random = new(1);

        public Parts()
        {
            Embedding = Matrix("embed_tokens", VocabularySize, HiddenSize, WeightFormat.F32, WeightLayout.Rows, 1f);
            Layers = new LayerWeights[NumHiddenLayers];
            for (int i = 0; i < NumHiddenLayers; i++)
            {
                Layers[i] = new LayerWeights(
                    Matrix($"{i}.input_layernorm", 1, HiddenSize, WeightFormat.F32, WeightLayout.Vector, 1f),
                    Matrix($"{i}.qkv_proj", (Heads + (2 * KeyValueHeads)) * HeadDim, HiddenSize, WeightFormat.F32, WeightLayout.Panels, 0.4f),
                    Matrix($"{i}.o_proj", HiddenSize, Heads * HeadDim, WeightFormat.F32, WeightLayout.Panels, 0.4f),
                    Matrix($"{i}.post_attention_layernorm", 1, HiddenSize, WeightFormat.F32, WeightLayout.Vector, 1f),
                    Matrix($"{i}.gate_up_proj", 2 * Intermediate, HiddenSize, WeightFormat.BF16, WeightLayout.Panels, 0.4f),
                    Matrix($"{i}.down_proj", HiddenSize, Intermediate, WeightFormat.F16, WeightLayout.Panels, 0.4f));
            }

            Norm = Matrix("norm", 1, HiddenSize, WeightFormat.F32, WeightLayout.Vector, 1f);
            LmHead = Matrix("lm_head", VocabularySize, HiddenSize, WeightFormat.F32, WeightLayout.Panels, 0.4f);
            File = Builder.ToArray();
        }

        public PackedFileBuilder Builder { get; } = new();

        public byte[] File { get; }

        public Weight Embedding { get; }

        public LayerWeights[] Layers { get; }

        public Weight Norm { get; }

        public Weight LmHead { get; }

        private Weight Matrix(string name, int rows, int columns, WeightFormat format, WeightLayout layout, float scale)
        {
            float[] values = new float[rows * columns];
            for (int i = 0; i < values.Length; i++)
            {
                // multiples of 1/128: exact in every format
                values[i] = MathF.Round(((random.NextSingle() * 2) - 1) * scale * 128) / 128;
            }

            return Builder.Add(name, values, rows, columns, format, layout);
        }
    }
}
