using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Kiln.Compiler;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Emit;

namespace Kiln.Build;

/// <summary>The metadata of a <c>KilnModel</c> item.</summary>
internal static class ItemOptions
{
    /// <summary>Reads an item's metadata.</summary>
    /// <param name="metadata">Gives a metadatum's value, empty where it is not set.</param>
    /// <param name="rootNamespace">The project's root namespace, the default of <c>Namespace</c>.</param>
    /// <param name="diagnostics">Takes a KILN0002 for each bad value.</param>
    /// <param name="embedAuto">Whether embedding is to be decided by size; then <see cref="ModelOptions.Embed"/> is true.</param>
    /// <returns>The options, or null if there is an error.</returns>
    public static ModelOptions? Read(Func<string, string> metadata, string rootNamespace, DiagnosticBag diagnostics, out bool embedAuto)
    {
        var problems = new List<string>();
        string name = metadata("Name").Trim();
        if (!Names.IsIdentifier(name))
        {
            problems.Add("Name: expected the name of a C# class, found '" + name + "'");
        }

        string @namespace = metadata("Namespace").Trim();
        if (@namespace.Length == 0)
        {
            @namespace = ToNamespace(rootNamespace);
        }
        else if (!@namespace.Split('.').All(Names.IsIdentifier))
        {
            problems.Add("Namespace: expected the name of a C# namespace, found '" + @namespace + "'");
        }

        WeightsOption weights = Choose(metadata("Weights"), "Weights", problems, ("stored", WeightsOption.Stored), ("f32", WeightsOption.F32), ("bf16", WeightsOption.BF16));
        bool? embed = Choose<bool?>(metadata("Embed"), "Embed", problems, ("auto", null), ("true", true), ("false", false));
        bool strict = Choose(metadata("Strict"), "Strict", problems, ("false", false), ("true", true));
        bool hiddenStates = Choose(metadata("HiddenStates"), "HiddenStates", problems, ("false", false), ("true", true));
        string tokens = metadata("MaxTokens").Trim();
        int maxTokens = 0;
        if (tokens.Length > 0 && (!int.TryParse(tokens, NumberStyles.None, CultureInfo.InvariantCulture, out maxTokens) || maxTokens < 1))
        {
            problems.Add("MaxTokens: expected a whole number of at least 1, found '" + tokens + "'");
        }

        foreach (string problem in problems)
        {
            diagnostics.Report(Descriptors.InvalidMetadata, problem);
        }

        embedAuto = embed is null;
        return problems.Count > 0 ? null : new ModelOptions(name, @namespace, weights, embed ?? true, maxTokens, hiddenStates, strict);
    }

    private static T Choose<T>(string text, string what, List<string> problems, params (string Text, T Value)[] choices)
    {
        text = text.Trim();
        if (text.Length == 0)
        {
            return choices[0].Value;
        }

        foreach ((string choice, T value) in choices)
        {
            if (string.Equals(choice, text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        problems.Add(what + ": expected " + string.Join(", ", choices.Select(static c => c.Text)) + ", found '" + text + "'");
        return choices[0].Value;
    }

    // a project may be called my-app: what the SDK makes of it need not be a namespace
    private static string ToNamespace(string rootNamespace)
    {
        string[] parts = rootNamespace.Split(['.'], StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < parts.Length; i++)
        {
            string part = new(parts[i].Select(static c => char.IsLetterOrDigit(c) ? c : '_').ToArray());
            parts[i] = Names.IsIdentifier(part) ? part : "_" + part;
        }

        return string.Join(".", parts);
    }
}
