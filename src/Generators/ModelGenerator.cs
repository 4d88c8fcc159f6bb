using System;
using System.Text;
using System.Threading;
using Kiln.Compiler;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Emit;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Kiln.Generators;

/// <summary>
/// Turns the manifests that the build task wrote into classes. A thin shell: the compiler does the work, and the task, which has
/// compiled the same manifest before, reports what is wrong with it.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class ModelGenerator : IIncrementalGenerator
{
    /// <summary>Tracking name of the step that finds the manifests.</summary>
    public const string ManifestsStep = "KilnManifests";

    /// <summary>Tracking name of the step that compiles them.</summary>
    public const string SourcesStep = "KilnSources";

    /// <summary>Tracking name of the step that finds the manifests of tokenizers.</summary>
    public const string TokenizerManifestsStep = "KilnTokenizerManifests";

    /// <summary>Tracking name of the step that turns them into classes.</summary>
    public const string TokenizerSourcesStep = "KilnTokenizerSources";

    private const string IsTokenizerManifest = "build_metadata.AdditionalFiles.KilnTokenizerManifest";

    private const string IsManifest = "build_metadata.AdditionalFiles.KilnManifest";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<string> manifests = context.AdditionalTextsProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select(static (pair, cancellation) => ReadManifest(pair.Left, pair.Right, IsManifest, cancellation))
            .Where(static text => text.Length > 0)
            .WithTrackingName(ManifestsStep);
        IncrementalValuesProvider<GeneratedModel> sources = manifests.Select(static (text, _) => Compile(text)).WithTrackingName(SourcesStep);
        context.RegisterSourceOutput(sources, static (output, model) => output.AddSource(model.HintName, SourceText.From(model.Source, Encoding.UTF8)));

        IncrementalValuesProvider<string> tokenizers = context.AdditionalTextsProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select(static (pair, cancellation) => ReadManifest(pair.Left, pair.Right, IsTokenizerManifest, cancellation))
            .Where(static text => text.Length > 0)
            .WithTrackingName(TokenizerManifestsStep);
        IncrementalValuesProvider<GeneratedModel> classes = tokenizers.Select(static (text, _) => CompileTokenizer(text)).WithTrackingName(TokenizerSourcesStep);
        context.RegisterSourceOutput(classes, static (output, tokenizer) => output.AddSource(tokenizer.HintName, SourceText.From(tokenizer.Source, Encoding.UTF8)));
    }

    private static GeneratedModel CompileTokenizer(string text)
    {
        TokenizerManifest manifest = TokenizerManifest.Read(text);
        return new GeneratedModel(manifest.Name + ".g.cs", TokenizerEmitter.Emit(manifest));
    }

    private static string ReadManifest(AdditionalText file, AnalyzerConfigOptionsProvider options, string marker, CancellationToken cancellation) =>
        options.GetOptions(file).TryGetValue(marker, out string? value) && string.Equals(value, "true", StringComparison.OrdinalIgnoreCase)
            ? file.GetText(cancellation)?.ToString() ?? ""
            : "";

    private static GeneratedModel Compile(string text)
    {
        Manifest manifest = ManifestJson.Read(text);
        CompiledModel? model = manifest.Refused ? null : ModelCompiler.Compile(manifest, new DiagnosticBag());
        return new GeneratedModel(manifest.Options.Name + ".g.cs", model?.Source ?? ModelCompiler.EmptyClass(manifest.Options));
    }

    /// <summary>A class to add: two texts, so that equal ones are seen to be equal.</summary>
    private sealed record GeneratedModel(string HintName, string Source);
}
