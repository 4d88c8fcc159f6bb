using System.ComponentModel;
using Kiln.Tokenization;

namespace Kiln;

/// <summary>
/// The code that compiled tokenizers may use, component by component. A generated class adds just those that its own table names,
/// so that trimming removes the others from a published program. Each method adds the component of its name.
/// </summary>
/// <remarks>The compiler makes the names: a kind of <c>TableFormat.cs</c> and the list that it stands in.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed partial class TokenizerComponents
{
    private readonly ModelFactory?[] models = new ModelFactory?[(int)ModelKind.Count];
    private readonly NormalizerFactory?[] normalizers = new NormalizerFactory?[(int)NormalizerKind.Count];
    private readonly PreTokenizerFactory?[] preTokenizers = new PreTokenizerFactory?[(int)PreTokenizerKind.Count];
    private readonly DecoderFactory?[] decoders = new DecoderFactory?[(int)DecoderKind.Count];

    internal delegate PieceSink ModelFactory(in TableReader reader, TokenTable tokens);

    internal delegate NormalizerStep NormalizerFactory(ref StepReader content);

    /// <param name="content">The step's content.</param>
    /// <param name="step">The step's number: it has a buffer of that number to itself.</param>
    /// <param name="next">What takes its pieces.</param>
    internal delegate PieceSink PreTokenizerFactory(ref StepReader content, int step, PieceSink next);

    internal delegate DecoderStep DecoderFactory(ref StepReader content);

    internal ModelFactory Model(int kind) => Find(models, kind, "model");

    internal NormalizerFactory Normalizer(int kind) => Find(normalizers, kind, "normalizer");

    internal PreTokenizerFactory PreTokenizer(int kind) => Find(preTokenizers, kind, "pre-tokenizer");

    internal DecoderFactory Decoder(int kind) => Find(decoders, kind, "decoder");

    private static T Find<T>(T?[] factories, int kind, string what)
        where T : class => (uint)kind < (uint)factories.Length && factories[kind] is { } factory ? factory : throw TableReader.Corrupt(what);

    private TokenizerComponents Add(ModelKind kind, ModelFactory factory)
    {
        models[(int)kind] = factory;
        return this;
    }

    private TokenizerComponents Add(NormalizerKind kind, NormalizerFactory factory)
    {
        normalizers[(int)kind] = factory;
        return this;
    }

    private TokenizerComponents Add(PreTokenizerKind kind, PreTokenizerFactory factory)
    {
        preTokenizers[(int)kind] = factory;
        return this;
    }

    private TokenizerComponents Add(DecoderKind kind, DecoderFactory factory)
    {
        decoders[(int)kind] = factory;
        return this;
    }
}
