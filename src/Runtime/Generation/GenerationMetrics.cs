using System;

namespace Kiln;

/// <summary>Figures of a generation.</summary>
/// <param name="PromptTokens">Tokens that went through the model before the first new one.</param>
/// <param name="GeneratedTokens">New tokens, a stop token included.</param>
/// <param name="TimeToFirstToken">From the call to the first new token; zero before it.</param>
/// <param name="Elapsed">From the call to the last new token.</param>
/// <param name="FinishReason">Why it ended.</param>
public readonly record struct GenerationMetrics(
    int PromptTokens, int GeneratedTokens, TimeSpan TimeToFirstToken, TimeSpan Elapsed, FinishReason FinishReason)
{
    /// <summary>New tokens a second after the first one, time that the caller took between them included; 0 before the second.</summary>
    public double TokensPerSecond =>
        GeneratedTokens > 1 && Elapsed > TimeToFirstToken ? (GeneratedTokens - 1) / (Elapsed - TimeToFirstToken).TotalSeconds : 0;
}
