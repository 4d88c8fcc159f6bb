using System;
using System.IO;
using System.Text.RegularExpressions;

namespace Kiln.Conformance;

/// <summary>The command line.</summary>
/// <param name="Folder">A folder laid out as the oracle.</param>
/// <param name="Filter">Which entries to take, by their name (<c>models/llama</c>); null for all.</param>
/// <param name="Aot">Whether to publish ahead of time and run that.</param>
/// <param name="Json">Where to write the results as JSON too, or null.</param>
/// <param name="Keep">Whether the throw-away project stays.</param>
internal sealed record Options(string Folder, Regex? Filter, bool Aot, string? Json, bool Keep)
{
    /// <summary>How to call the tool.</summary>
    public const string Usage =
        "usage: dotnet run -c Release --project tests/Conformance -- <folder> [--filter <regex>] [--aot] [--json <file>] [--keep]";

    /// <summary>Reads the arguments, or gives null and says what is wrong with them.</summary>
    public static Options? Parse(string[] arguments, out string problem)
    {
        string? folder = null;
        string? json = null;
        Regex? filter = null;
        bool aot = false;
        bool keep = false;
        problem = "";
        for (int i = 0; i < arguments.Length && problem.Length == 0; i++)
        {
            string argument = arguments[i];
            switch (argument)
            {
                case "--aot":
                    aot = true;
                    break;
                case "--keep":
                    keep = true;
                    break;
                case "--filter" or "--json" when i + 1 == arguments.Length:
                    problem = argument + " needs a value";
                    break;
                case "--json":
                    json = arguments[++i];
                    break;
                case "--filter":
                    try
                    {
                        filter = new Regex(arguments[++i], RegexOptions.CultureInvariant);
                    }
                    catch (ArgumentException e)
                    {
                        problem = "--filter: " + e.Message;
                    }

                    break;
                default:
                    problem = argument.StartsWith("--", StringComparison.Ordinal) ? "unknown option " + argument
                        : folder is not null ? "one folder only: " + argument
                        : argument.Length == 0 ? "no folder given" : "";
                    folder = argument;
                    break;
            }
        }

        if (problem.Length == 0 && folder is null)
        {
            problem = "no folder given";
        }

        if (problem.Length == 0 && !Directory.Exists(folder))
        {
            problem = "no such folder: " + folder;
        }

        return problem.Length > 0 ? null : new Options(Path.GetFullPath(folder!), filter, aot, json, keep);
    }
}

/// <summary>The tool was asked for something that cannot be.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The tool itself, the build or the machine failed; no checkpoint is to blame.</summary>
internal sealed class ToolException(string message) : Exception(message);
