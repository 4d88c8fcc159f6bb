using System;
using System.IO;
using Kiln.Kernels;
using Kiln.Runtime.Tests.Tokenization;

namespace Kiln.Runtime.Tests;

/// <summary>A model that says what it is told: behind position p it gives the logits that make token p + 1 of a script the likeliest.</summary>
internal sealed class ScriptedModel : TextGenerationModel
{
    private static readonly Value logits = new(RowSpace.Outputs, 0, 1000);
    private static readonly Lazy<Tokenizer> tokenizer = new(() => TokenizerFolder.Load(TokenizerFolder.Fixture("llama2-style")));
    private readonly Script script;

    private ScriptedModel(ModelDescription description, PackedWeights weights, Script script)
        : base(description, weights, tokenizer.Value) => this.script = script;

    public int Steps => script.Steps;

    public static ScriptedModel Create(string text, GenerationOptions? defaults = null) =>
        Create([.. tokenizer.Value.Encode(text), 2], defaults);

    public static ScriptedModel Create(int[] ids, GenerationOptions? defaults = null)
    {
        PackedFileBuilder builder = new();
        builder.Add("nothing", [1f], 1, 1, WeightFormat.F32, WeightLayout.Vector);
        string path = Path.GetTempFileName();
        File.WriteAllBytes(path, builder.ToArray());
        ModelDescription description = new()
        {
            Name = "Scripted",
            VocabularySize = 1000,
            HiddenSize = 1,
            NumHiddenLayers = 1,
            MaxTokens = 256,
            MemoryPlan = new MemoryPlan(16, 1008, 16),
            Logits = logits,
            GenerationDefaults = defaults ?? new() { EosTokenIds = [2] },
            PackedFile = builder.Describe("Scripted.kiln.safetensors"),
        };
        ScriptedModel model = new(description, PackedWeights.OpenFile(description, path), new Script(ids));
        File.Delete(path);
        return model;
    }

    public TextSession CreateSession(int maxTokens) => CreateSession(maxTokens, 0, script);

    public override void Forward<TBackend>(ref TBackend k)
    {
    }

    private sealed unsafe class Script(int[] ids) : Executor
    {
        public int Steps { get; private set; }

        public override void Run(CausalLanguageModel model, byte* weights, Workspace workspace)
        {
            Steps++;
            for (int output = 0; output < workspace.Outputs; output++)
            {
                float* row = workspace.Address(logits) + (output * logits.Stride);
                int next = workspace.Positions[workspace.OutputRows[output]] + 1;
                for (int id = 0; id < logits.Width; id++)
                {
                    row[id] = next < ids.Length && id == ids[next] ? 10 : id == 1 ? 5 : 0;
                }
            }
        }
    }
}
