using System;
using System.Collections.Generic;
using System.Linq;

namespace Kiln.Conformance.Runner;

/// <summary>Greedy generation, in a session and without one.</summary>
internal static class Greedy
{
    /// <summary>Generates in a session, as a user does.</summary>
    /// <returns>The whole sequence, a stop token included.</returns>
    public static int[] Cached(CausalLanguageModel model, int[] prompt, GenerationOptions options)
    {
        if (options.StopStrings is not null && model is TextGenerationModel text)
        {
            // stop strings are looked for in the text, so it has to be made
            using TextSession own = text.CreateSession(SessionLength(model.Description, prompt.Length, options));
            own.Generate(prompt, options).ReadToEnd();
            return own.Tokens.ToArray();
        }

        using Session session = model.CreateSession(SessionLength(model.Description, prompt.Length, options));
        var given = new List<int>(prompt);
        foreach (int id in session.GenerateTokens(prompt, options))
        {
            given.Add(id);
        }

        // what was given out and what the session holds are the same, but for a stop token at the end
        int[] sequence = session.Tokens.ToArray();
        return sequence.AsSpan().StartsWith(given.ToArray()) && sequence.Length - given.Count <= 1
            ? sequence
            : throw new InvalidOperationException($"the session holds {sequence.Length} tokens, {given.Count} were given out, and they differ");
    }

    /// <summary>Generates without a cache: the whole sequence goes through the model again for each token.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">Tokens to start from.</param>
    /// <param name="length">Length of the sequence at which to stop.</param>
    /// <param name="stopTokens">Tokens at which to stop earlier.</param>
    public static int[] Uncached(CausalLanguageModel model, int[] prompt, int length, int[] stopTokens)
    {
        var sequence = new List<int>(prompt);
        while (sequence.Count < length && (sequence.Count == prompt.Length || !stopTokens.Contains(sequence[^1])))
        {
            ForwardResult result = model.Forward(sequence.ToArray());
            sequence.Add(Largest(result.LogitsOf(sequence.Count - 1)));
        }

        return sequence.ToArray();
    }

    /// <summary>A session's length for a prompt and what is to be generated.</summary>
    public static int SessionLength(ModelDescription model, int prompt, GenerationOptions options)
    {
        int wanted = options.MaxNewTokens is { } count ? prompt + Math.Max(1, count) : Math.Max(prompt + 1, options.MaxLength ?? model.MaxTokens);
        return model.PositionLimit > 0 ? Math.Min(wanted, model.PositionLimit) : wanted;
    }

    /// <summary>The natural logarithm of a token's probability.</summary>
    public static double LogProbability(ReadOnlySpan<float> logits, int id)
    {
        double largest = double.NegativeInfinity;
        foreach (float logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        return logits[id] - largest - Math.Log(sum);
    }

    // the first of equal ones, as torch's argmax
    private static int Largest(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
        }

        return best;
    }
}
