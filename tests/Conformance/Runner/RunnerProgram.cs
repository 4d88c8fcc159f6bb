using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Kiln.Conformance.Runner;

/// <summary>What the runner checks.</summary>
/// <param name="Folder">The checkpoint's or tokenizer's folder.</param>
/// <param name="Load">Opens the compiled model; null for a tokenizer without one.</param>
/// <param name="LoadTokenizer">Opens a compiled tokenizer without a model; null for a model.</param>
/// <param name="Part">What of it is checked: see the tool's Entry.</param>
internal sealed record Subject(string Folder, Func<CausalLanguageModel>? Load, Func<Tokenizer>? LoadTokenizer, string Part);

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
                if (subject.LoadTokenizer is { } load)
                {
                    if (subject.Part.Contains('/'))
                    {
                        ComponentChecks.Run(subject.Folder, subject.Part, load(), checks);
                    }
                    else
                    {
                        TokenizerChecks.Run(subject.Folder, load(), subject.Part == "older", checks);
                    }
                }
                else
                {
                    using CausalLanguageModel model = subject.Load!();
                    ModelChecks.Run(subject.Folder, model, checks);
                }
            });
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"@end\t{i}"));
        }

        return 0;
    }
}
