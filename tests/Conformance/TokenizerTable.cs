using System;
using System.IO;
using System.Linq;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Tokenizers;

namespace Kiln.Conformance;

/// <summary>
/// Compiles a tokenizer that has no model. The build has no item for one yet, so the compiler is called here; with a
/// <c>KilnTokenizer</c> item this file goes, and tokenizers take the same way as checkpoints.
/// </summary>
internal static class TokenizerTable
{
    /// <summary>The id that stands for a fault in Kiln.</summary>
    public const string InternalError = "KILN0009";

    /// <summary>Compiles a folder's tokenizer into a file.</summary>
    /// <returns>The file, or null; then <paramref name="id"/> and <paramref name="text"/> say why.</returns>
    public static string? Compile(string folder, string output, out string id, out string text)
    {
        var diagnostics = new DiagnosticBag();
        (id, text) = ("", "");
        try
        {
            var files = new TokenizerFiles();
            foreach (string name in TokenizerFiles.KnownNames.Where(n => File.Exists(Path.Combine(folder, n))))
            {
                files.Add(name, File.ReadAllBytes(Path.Combine(folder, name)));
            }

            if (TokenizerCompiler.Compile(files, diagnostics) is { } compiled && !diagnostics.HasErrors)
            {
                File.WriteAllBytes(output, compiled.Table);
                return output;
            }

            Diagnostic? error = diagnostics.Items.FirstOrDefault(static d => d.Descriptor.Severity == DiagnosticSeverity.Error);
            (id, text) = error is null
                ? (Descriptors.UnsupportedTokenizer.Id, "no tokenizer file that Kiln knows")
                : (error.Id, error.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            (id, text) = (Descriptors.FileUnreadable.Id, e.Message);
        }
#pragma warning disable CA1031 // one folder must not stop the others
        catch (Exception e)
#pragma warning restore CA1031
        {
            (id, text) = (InternalError, $"{e.GetType().Name}: {e.Message}");
        }

        return null;
    }
}
