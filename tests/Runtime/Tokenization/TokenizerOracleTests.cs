using System.IO;
using System.Linq;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Tokenizers;
using Kiln.Tests;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

public class TokenizerOracleTests
{
    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama2-style")]
    [InlineData("mistral-style")]
    [InlineData("roberta-prefix-space")]
    public void Fixture(string name) => Run(TokenizerFolder.Fixture(name));

    [SkippableTheory]
    [InlineData("gpt2")]
    [InlineData("real-gpt2")]
    [InlineData("roberta")]
    [InlineData("roberta-prefix-space")]
    [InlineData("whisper-style")]
    [InlineData("bytelevel-noregex")]
    [InlineData("llama2-style")]
    [InlineData("mistral-style")]
    [InlineData("gemma-style")]
    [InlineData("bpe-byte-fallback")]
    [InlineData("starcoder-style")]
    [InlineData("unigram-raw")]
    [InlineData("bert-uncased")]
    [InlineData("bert-cased")]
    [InlineData("distilbert")]
    [InlineData("mpnet")]
    [InlineData("wordpiece-raw")]
    [InlineData("t5")]
    [InlineData("xlm-roberta")]
    [InlineData("mbart50")]
    [InlineData("albert")]
    [InlineData("xlnet")]
    [InlineData("deberta-v2")]
    [InlineData("pegasus")]
    [InlineData("wordlevel")]
    [InlineData("normalizer-chain")]
    [InlineData("openai-gpt")]
    [InlineData("nllb")]
    [InlineData("clip")]
    [InlineData("added-tokens")]
    [InlineData("template-pair")]
    [InlineData("qwen2-style")]
    [InlineData("bytelevel-normalizer")]
    [InlineData("gpt-neox-style")]
    [InlineData("modernbert-style")]
    [InlineData("llama3-style")]
    [InlineData("gpt4o-style")]
    [InlineData("deepseek-style")]
    [InlineData("deepseek-coder-style")]
    [InlineData("bloom-style")]
    [InlineData("falcon-style")]
    [InlineData("punct-delimiter")]
    [InlineData("char-bpe")]
    public void Oracle(string name)
    {
        Skip.If(Paths.SharedOracle is null, "needs ../shared/oracle");
        Run(Path.Combine(Paths.SharedOracle, "tokenizers", name));
    }

    [Fact]
    public void OldFilesOfGpt2()
    {
        string folder = TokenizerFolder.Fixture("gpt2");
        AssertAll(new OracleCases(folder, TokenizerFolder.Load(folder, "tokenizer.json")));
    }

    [SkippableTheory]
    [InlineData("bert-uncased")]
    [InlineData("bert-cased")]
    [InlineData("distilbert")]
    [InlineData("mpnet")]
    [InlineData("real-gpt2")]
    [InlineData("roberta")]
    [InlineData("roberta-prefix-space")]
    [InlineData("clip", false)]
    [InlineData("openai-gpt")]
    [InlineData("qwen2-style")]
    [InlineData("t5")]
    [InlineData("xlm-roberta")]
    [InlineData("mbart50")]
    [InlineData("nllb")]
    [InlineData("albert")]
    [InlineData("xlnet")]
    [InlineData("deberta-v2")]
    [InlineData("pegasus")]
    [InlineData("llama2-style")]
    [InlineData("mistral-style")]
    [InlineData("gemma-style")]
    public void OlderFiles(string name, bool decodes = true)
    {
        Skip.If(Paths.SharedOracle is null, "needs ../shared/oracle");
        string folder = Path.Combine(Paths.SharedOracle, "tokenizers", name);
        TokenizerFiles files = TokenizerFolder.Read(folder, "tokenizer.json");
        var diagnostics = new DiagnosticBag();
        CompiledTokenizer? compiled = TokenizerCompiler.Compile(files, diagnostics);
        Assert.Empty(diagnostics.Items);
        var cases = new OracleCases(folder, Tokenizer.Load(compiled!.Table));
        cases.RunEncode();
        if (decodes)
        {
            // the Python class of CLIP decodes in a way of its own
            cases.RunDecode();
        }

        Assert.True(cases.Failures.Count == 0, $"{cases.Failures.Count} of {cases.Count} fail:\n{string.Join("\n", cases.Failures.Take(20))}");
        Assert.True(cases.Count > 200);
    }

    private static void Run(string folder) => AssertAll(new OracleCases(folder, TokenizerFolder.Load(folder)));

    private static void AssertAll(OracleCases cases)
    {
        var failures = cases.Run();
        Assert.True(failures.Count == 0, $"{failures.Count} of {cases.Count} fail:\n{string.Join("\n", failures.Take(20))}");
        Assert.True(cases.Count > 200);
    }
}
