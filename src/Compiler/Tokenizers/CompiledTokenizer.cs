using System;
using System.Collections.Generic;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>A tokenizer as the runtime loads it, and what the generator wants to know of it.</summary>
public sealed class CompiledTokenizer
{
    internal CompiledTokenizer(byte[] table, string kind, int vocabularySize, int idCount, bool addsBos, bool addsEos,
        IReadOnlyList<KeyValuePair<string, SpecialToken>> specialTokens, IReadOnlyList<string> components)
    {
        Table = table;
        Kind = kind;
        VocabularySize = vocabularySize;
        IdCount = idCount;
        AddsBos = addsBos;
        AddsEos = addsEos;
        SpecialTokens = specialTokens;
        Components = components;
    }

    /// <summary>
    /// The table for <c>Kiln.Tokenizer.Load</c>: the same bytes for the same files, relocatable, readable in place at any
    /// alignment.
    /// </summary>
    public byte[] Table { get; }

    /// <summary>Hash of the table, also in its header: tells whether a side file belongs to a binary.</summary>
    public ulong ContentHash => BitConverter.ToUInt64(Table, TableFormat.HashOffset);

    /// <summary>The model's type in <c>tokenizer.json</c>: <c>BPE</c>, <c>WordPiece</c>, <c>Unigram</c>, <c>WordLevel</c>.</summary>
    public string Kind { get; }

    /// <summary>Number of tokens, added ones included.</summary>
    public int VocabularySize { get; }

    /// <summary>The largest id + 1: what a model's embedding must have rows for.</summary>
    public int IdCount { get; }

    /// <summary>Whether a text encoded with special tokens starts with <c>bos_token</c>.</summary>
    public bool AddsBos { get; }

    /// <summary>Whether a text encoded with special tokens ends with <c>eos_token</c>.</summary>
    public bool AddsEos { get; }

    /// <summary>
    /// The special tokens by Hugging Face's names (<c>bos_token</c>, <c>eos_token</c>, ...); those of
    /// <c>additional_special_tokens</c> all have that name.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, SpecialToken>> SpecialTokens { get; }

    /// <summary>
    /// What of the runtime's <c>TokenizerComponents</c> the table uses, each once: <c>BpeModel</c>, <c>ByteLevelPreTokenizer</c>. The class adds just
    /// these, so that trimming removes the rest.
    /// </summary>
    public IReadOnlyList<string> Components { get; }
}

/// <summary>A special token.</summary>
/// <param name="Content">Its text.</param>
/// <param name="Id">Its id.</param>
public sealed record SpecialToken(string Content, int Id);
