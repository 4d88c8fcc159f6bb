using System.IO;
using System.Linq;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Tokenizers;
using Kiln.Tests;
using Xunit;

namespace Kiln.Runtime.Tests.Tokenization;

/// <summary>Compiles tokenizers of test folders.</summary>
internal static class TokenizerFolder
{
    public static string Fixture(string name) => Path.Combine(Paths.Fixtures, "tokenizers", name);

    

    public static TokenizerFiles Read(string folder, params string[] without)
    {
        var files = new TokenizerFiles();
        foreach (string name in TokenizerFiles.KnownNames.Except(without))
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path))
            {
                files.Add(name, File.ReadAllBytes(path));
            }
        }

        return files;
    }

    public static CompiledTokenizer Compile(TokenizerFiles files)
    {
        var diagnostics = new DiagnosticBag();
        CompiledTokenizer? compiled = TokenizerCompiler.Compile(files, diagnostics);
        Assert.Empty(diagnostics.Items.Select(item => item.Id + ": " + item.Message));
        Assert.NotNull(compiled);
        return compiled;
    }

    public static Tokenizer Load(string folder, params string[] without) => Tokenizer.Load(Compile(Read(folder, without)).Table);
}
