using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Kiln.Compiler;
using Kiln.Compiler.Checkpoints;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Kiln.Generators.Tests;

/// <summary>The generated class compiles without a warning in projects whose settings and names nobody here has chosen.</summary>
public sealed class StrangersProjectTests
{
    private static readonly IReadOnlyList<MetadataReference> References = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Where(p => Path.GetFileName(p) is var name && (name.StartsWith("System.", StringComparison.Ordinal) || name is "Kiln.Runtime.dll" or "Kiln.Kernels.dll" or "netstandard.dll"))
        .Select(p => (MetadataReference)MetadataReference.CreateFromFile(p)).ToList();

    [Theory]
    [InlineData("Tiny", "My.Game", NullableContextOptions.Enable)]
    [InlineData("Tiny", "My.Game", NullableContextOptions.Disable)]
    [InlineData("Tiny", "", NullableContextOptions.Enable)]
    [InlineData("Tiny", "Tiny", NullableContextOptions.Enable)]
    [InlineData("Tiny", "My.Tiny", NullableContextOptions.Enable)]
    [InlineData("Tiny", "Kiln", NullableContextOptions.Enable)]
    [InlineData("Tiny", "My.Kiln.System", NullableContextOptions.Enable)]
    [InlineData("Kiln", "My.Game", NullableContextOptions.Enable)]
    [InlineData("System", "My.Game", NullableContextOptions.Enable)]
    [InlineData("model", "My.Game", NullableContextOptions.Enable)]
    [InlineData("k", "w", NullableContextOptions.Enable)]
    public void Compiles(string name, string @namespace, NullableContextOptions nullable)
    {
        Manifest manifest = Generated.TinyLlama(name);
        manifest = manifest with { Options = manifest.Options with { Namespace = @namespace, HiddenStates = true } };
        AssertCompiles(manifest, nullable, "class User { }");
    }

    [Fact]
    public void CompilesWithATokenizer() => AssertCompiles(
        Generated.TinyLlama() with { Tokenizer = new ManifestTokenizer(new string('0', 64), 32, [("bos_token", "<s>", 1), ("eos_token", "</s> & \"more\"", 2)], ["BpeModel", "ByteLevelDecoder"]) },
        NullableContextOptions.Enable,
        """
        static class User
        {
            static void Use(My.Game.Tiny model)
            {
                using Kiln.TextSession session = model.CreateSession();
                System.Console.WriteLine(My.Game.Tiny.EosTokenId + My.Game.Tiny.VocabularySize);
                foreach (System.ReadOnlySpan<char> piece in session.Generate("a", new() { MaxNewTokens = 1 }))
                {
                    System.Console.Out.Write(piece);
                }
            }
        }
        """);

    [Fact]
    public void WeightsAreReachedByTheirCheckpointNames() => AssertCompiles(
        Generated.TinyLlama(),
        NullableContextOptions.Enable,
        """
        static class User
        {
            static void Use(My.Game.Tiny model)
            {
                System.Span<float> room = stackalloc float[256];
                model.Weights.model.layers[1].self_attn.q_proj.weight.Read(room);
                model.Weights.model.norm.weight.Read(room);
            }
        }
        """);

    private static void AssertCompiles(Manifest manifest, NullableContextOptions nullable, string user)
    {
        GeneratorDriver driver = Generated.CreateDriver(new Generated.ManifestFile("/obj/a.json", ManifestJson.Write(manifest)));
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Stranger",
            [CSharpSyntaxTree.ParseText(user, Generated.ParseOptions)],
            References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: nullable, warningLevel: 9999));
        driver.RunGeneratorsAndUpdateCompilation(compilation, out Compilation with, out _);
        Assert.Empty(with.GetDiagnostics().Where(d => d.Severity is DiagnosticSeverity.Warning or DiagnosticSeverity.Error).Select(d => d.ToString()));
    }
}
