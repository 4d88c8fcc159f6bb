using System.Collections.Generic;
using System.IO;
using System.Linq;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Tokenizers;

namespace Kiln.Build;

/// <summary>Finds a folder's tokenizer files and compiles them.</summary>
internal static class TokenizerFolder
{
    /// <summary>Files that say what the tokenizer is.</summary>
    public static IReadOnlyList<string> FileNames => TokenizerFiles.KnownNames;

    /// <summary>Compiles the tokenizer, or gives null if the folder has none or it has errors.</summary>
    /// <param name="folder">Reads the files.</param>
    /// <param name="path">The folder.</param>
    /// <param name="diagnostics">Takes what is wrong.</param>
    public static CompiledTokenizer? Compile(CheckpointFolder folder, string path, DiagnosticBag diagnostics)
    {
        var files = new TokenizerFiles();
        foreach (string name in TokenizerFiles.KnownNames)
        {
            if (File.Exists(Path.Combine(path, name)) && folder.ReadBytes(name) is { } content)
            {
                files.Add(name, content);
            }
        }

        return TokenizerCompiler.Compile(files, diagnostics);
    }

    /// <summary>What the manifest says of it.</summary>
    public static ManifestTokenizer ToManifest(CompiledTokenizer tokenizer) => new(
        AtomicFile.Hash(tokenizer.Table),
        tokenizer.IdCount,
        tokenizer.SpecialTokens.Select(static t => (t.Key, t.Value.Content, t.Value.Id)).ToArray(),
        tokenizer.Components);
}
