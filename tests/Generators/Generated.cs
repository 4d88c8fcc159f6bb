using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Text;
using System.Threading;
using Kiln.Compiler;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Kiln.Generators.Tests;

/// <summary>Runs the generator as the C# compiler does.</summary>
internal static class Generated
{
    public static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.CSharp13);

    public static GeneratorDriver CreateDriver(params ManifestFile[] files) => CSharpGeneratorDriver.Create(
        [new ModelGenerator().AsSourceGenerator()],
        files,
        ParseOptions,
        new FileOptions(),
        new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    public static CSharpCompilation Compilation(string source) => CSharpCompilation.Create(
        "Test", [CSharpSyntaxTree.ParseText(source, ParseOptions)], options: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));

    /// <summary>A Llama so small that its manifest can be written here.</summary>
    public static Manifest TinyLlama(string name = "Tiny", bool refused = false)
    {
        var tensors = new List<ManifestTensor>();
        long offset = 1000;
        void Add(string tensor, params long[] shape)
        {
            long length = shape.Aggregate(4L, (product, size) => product * size);
            tensors.Add(new ManifestTensor(tensor, TensorEncoding.F32, shape, 0, offset, length));
            offset += length;
        }

        Add("model.embed_tokens.weight", 32, 16);
        for (int layer = 0; layer < 2; layer++)
        {
            string prefix = "model.layers." + layer + ".";
            Add(prefix + "input_layernorm.weight", 16);
            Add(prefix + "mlp.down_proj.weight", 16, 24);
            Add(prefix + "mlp.gate_proj.weight", 24, 16);
            Add(prefix + "mlp.up_proj.weight", 24, 16);
            Add(prefix + "post_attention_layernorm.weight", 16);
            Add(prefix + "self_attn.k_proj.weight", 8, 16);
            Add(prefix + "self_attn.o_proj.weight", 16, 16);
            Add(prefix + "self_attn.q_proj.weight", 16, 16);
            Add(prefix + "self_attn.v_proj.weight", 8, 16);
        }

        Add("model.norm.weight", 16);
        return new Manifest
        {
            Options = new ModelOptions(name, "My.Game"),
            KilnVersion = "0.0.0",
            Config = JsonReader.Parse(
                """
                {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
                 "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 32, "max_position_embeddings": 64, "rms_norm_eps": 1e-05,
                 "hidden_act": "silu", "tie_word_embeddings": true, "rope_theta": 10000.0, "eos_token_id": 2}
                """),
            Files = [new Kiln.Compiler.Checkpoints.ManifestFile("model.safetensors", offset, new string('0', 64))],
            Tensors = tensors,
            Refused = refused,
        };
    }

    /// <summary>An additional file, marked as a manifest or not.</summary>
    internal sealed class ManifestFile(string path, string text, bool marked = true, string marker = "KilnManifest") : AdditionalText
    {
        public override string Path => path;

        public bool Marked => marked;

        public string Marker => marker;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text, Encoding.UTF8);
    }

    private sealed class FileOptions : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Values(ImmutableDictionary<string, string>.Empty);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => textFile is ManifestFile { Marked: true } file
            ? new Values(ImmutableDictionary<string, string>.Empty.Add("build_metadata.AdditionalFiles." + file.Marker, "true"))
            : GlobalOptions;
    }

    private sealed class Values(ImmutableDictionary<string, string> values) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value) => values.TryGetValue(key, out value);
    }
}
