using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary>All checks of a model: which there are is told by the files in its <c>expected</c> folder.</summary>
internal static class ModelChecks
{
    /// <summary>Runs them.</summary>
    public static void Run(string folder, CausalLanguageModel model, Checks checks)
    {
        checks.Guard("load", () => Load(model, checks));
        string expected = Path.Combine(folder, "expected");
        if (!Directory.Exists(expected))
        {
            return;
        }

        var cases = new List<ForwardCase>();
        foreach (string path in Directory.EnumerateFiles(expected).Order(StringComparer.Ordinal))
        {
            string file = Path.GetFileName(path);
            checks.Guard(file, () => RunFile(model, path, file, cases, checks));
        }

        if (cases.Count > 0)
        {
            checks.Guard("together", () => ExactChecks.Together(model, cases.SelectMany(static c => c.Rows).ToList(), checks));
        }
    }

    private static void RunFile(CausalLanguageModel model, string path, string file, List<ForwardCase> cases, Checks checks)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        switch (file)
        {
            case var _ when file.StartsWith("forward", StringComparison.Ordinal) && file.EndsWith(".safetensors", StringComparison.Ordinal):
                ForwardCase forward = ForwardCase.Read(path);
                ForwardChecks.Run(name, model, forward, checks);
                cases.Add(forward);
                break;
            case var _ when file.EndsWith(".json", StringComparison.Ordinal) && File.Exists(Path.ChangeExtension(path, ".safetensors")):
                // read along with the tensors
                break;
            case "generate.json":
                GenerateChecks.Run(model, path, checks);
                break;
            case "logprobs.json":
                LogProbabilityChecks.Run(model, path, checks);
                break;
            case "tokens.json":
                TextChecks.Tokens(TokenizerOf(model), path, checks);
                break;
            case "pipeline.json":
                PipelineChecks.Run(model, path, checks);
                break;
            case "warpers.json.gz":
                WarperChecks.Run(model, path, checks);
                break;
            default:
                throw new NotCheckedException("nothing is known of such a file");
        }
    }

    /// <summary>The model's tokenizer, or null.</summary>
    public static Tokenizer? TokenizerOf(CausalLanguageModel model) => (model as TextGenerationModel)?.Tokenizer;

    // for a checkpoint that nothing is expected of, this is all there is: it opens and runs, whatever its numbers are
    private static void Load(CausalLanguageModel model, Checks checks)
    {
        ModelDescription description = model.Description;
        ForwardResult result = model.Forward([0]);
        bool finite = Array.TrueForAll(result.LogitsOf(0).ToArray(), float.IsFinite);
        checks.Pass(
            "load",
            $"{description.NumHiddenLayers} layers of {description.HiddenSize}, vocabulary {description.VocabularySize}{(finite ? "" : ", logits that are no numbers")}");
    }
}
