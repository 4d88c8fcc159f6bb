using System;
using System.Collections.Generic;

namespace Kiln.Compiler.Tokenizers;

/// <summary>The tokenizer files of a checkpoint folder that exist, by their names in the folder.</summary>
public sealed class TokenizerFiles
{
    private readonly Dictionary<string, byte[]> files = new(StringComparer.Ordinal);

    /// <summary>
    /// The names that <see cref="TokenizerCompiler"/> may ask for: whoever reads the folder adds those of them that are there.
    /// </summary>
    public static IReadOnlyList<string> KnownNames { get; } = new[]
    {
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
        "vocab.txt", "tokenizer.model", "spiece.model", "spm.model", "sentencepiece.bpe.model", "source.spm", "target.spm",
    };

    /// <summary>Adds a file.</summary>
    /// <param name="name">One of <see cref="KnownNames"/>; others do no harm.</param>
    /// <param name="content">Its bytes; not copied.</param>
    public void Add(string name, byte[] content) => files[name] = content;

    /// <summary>A file's bytes, or null if the folder does not have it.</summary>
    public byte[]? Find(string name) => files.TryGetValue(name, out byte[]? content) ? content : null;
}
