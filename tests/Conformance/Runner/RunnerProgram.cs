using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Kiln.Conformance.Runner;

/// <summary>What the runner checks.</summary>
/// <param name="Folder">The checkpoint's or tokenizer's folder.</param>
/// <param name="Load">Opens the compiled model; null for a tokenizer without one.</param>
/// <param name="TokenizerTable">For a tokenizer without a model: its compiled table.</param>
internal sealed record Subject(string Folder, Func<CausalLanguageModel>? Load, string? TokenizerTable);

/// <summary>
/// The program in the throw-away project. These sources are compiled there, with the generated classes, and in the tool too, so that an
/// ordinary build of the repository checks them. It writes a line for each result (see <see cref="Checks"/>), and
/// <c>@begin</c> and <c>@end</c> around each subject, from which the tool sees where a process died.
/// </summary>
internal static class RunnerProgram
{
    /// <summary>Checks all subjects from the one whose index is the first argument.</summary>
    public static int Run(string[] arguments, IReadOnlyList<Subject> subjects)
    {
        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
        int start = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 0;
        for (int i = start; i < subjects.Count; i++)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"@begin\t{i}"));
            var checks = new Checks(output);
            Subject subject = subjects[i];
            checks.Guard("run", () =>
            {
                if (subject.Load is null)
                {
                    TokenizerChecks.Run(subject.Folder, Kiln.Tokenizer.Load(File.ReadAllBytes(subject.TokenizerTable!)), checks);
                }
                else
                {
                    using CausalLanguageModel model = subject.Load();
                    ModelChecks.Run(subject.Folder, model, checks);
                }
            });
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"@end\t{i}"));
        }

        return 0;
    }
}
