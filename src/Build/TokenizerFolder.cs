using System.Collections.Generic;
using Kiln.Compiler.Diagnostics;

namespace Kiln.Build;

/// <summary>A compiled tokenizer.</summary>
internal sealed record TokenizerOutput(byte[] Table, int VocabularySize, IReadOnlyList<(string Role, string Content, int Id)> SpecialTokens);

/// <summary>Finds a folder's tokenizer files and compiles them.</summary>
internal static class TokenizerFolder
{
    /// <summary>Files that say what the tokenizer is.</summary>
    public static IReadOnlyList<string> FileNames { get; } =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "tokenizer.model", "vocab.json", "merges.txt", "vocab.txt",
    ];

    /// <summary>Compiles the tokenizer, or gives null if the folder has none or it has errors.</summary>
    public static TokenizerOutput? Compile(CheckpointFolder folder, string path, DiagnosticBag diagnostics)
    {
        return null;
    }
}
