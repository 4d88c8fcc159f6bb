using System;
using System.IO;
using System.Threading;

namespace Kiln;

/// <summary>A <see cref="CausalLanguageModel"/> with its tokenizer.</summary>
public abstract class TextGenerationModel : CausalLanguageModel
{
    private Tokenizer? tokenizer;

    /// <summary>Called by generated classes; the tokenizer is read from a resource of the class's assembly when it is first used.</summary>
    /// <param name="description">What was compiled.</param>
    /// <param name="weights">The opened weights; the model disposes them.</param>
    protected TextGenerationModel(ModelDescription description, PackedWeights weights)
        : base(description, weights)
    {
    }

    internal TextGenerationModel(ModelDescription description, PackedWeights weights, Tokenizer tokenizer)
        : base(description, weights) => this.tokenizer = tokenizer;

    /// <summary>The checkpoint's tokenizer. It may be used by several threads at once, and longer than the model.</summary>
    /// <exception cref="FileNotFoundException">The assembly lacks the resource.</exception>
    public Tokenizer Tokenizer => tokenizer ?? LoadTokenizer();

    /// <inheritdoc cref="CausalLanguageModel.CreateSession"/>
    public new TextSession CreateSession(int maxTokens = 0, int chunkLength = 0, Executor? executor = null) => new(this, maxTokens, chunkLength, executor);

    /// <summary>Continues a text, in a session of its own.</summary>
    /// <param name="prompt">The text to continue.</param>
    /// <param name="options">What differs from the model's <see cref="ModelDescription.GenerationDefaults"/>.</param>
    /// <param name="cancellationToken">Looked at between tokens.</param>
    /// <returns>What follows the prompt, without it.</returns>
    /// <exception cref="ArgumentException">The prompt has no tokens, or a stop string is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The prompt is longer than a session of <see cref="ModelDescription.MaxTokens"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public string Generate(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        using TextSession session = CreateSession();
        return session.Generate(prompt, options, cancellationToken).ReadToEnd();
    }

    private unsafe Tokenizer LoadTokenizer()
    {
        string name = Description.TokenizerResource ?? throw new InvalidOperationException($"{Description.Name} has no tokenizer.");
        TokenizerComponents components = Description.TokenizerComponents ?? throw new InvalidOperationException($"{Description.Name} has no tokenizer.");

        // the stream holds no memory of its own: the resource lives as long as the assembly is loaded
        UnmanagedMemoryStream stream = PackedWeights.OpenResource(Description, GetType().Assembly, name);
        Tokenizer loaded = Tokenizer.Load(stream.PositionPointer, stream.Length, components);
        return Interlocked.CompareExchange(ref tokenizer, loaded, null) ?? loaded;
    }
}
