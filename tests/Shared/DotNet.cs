using System;
using System.Collections;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading.Tasks;

namespace Kiln.Tests;

/// <summary>Runs <c>dotnet</c> as a user would: without what the test run's own MSBuild left in the environment.</summary>
internal static class DotNet
{
    /// <summary>Runs a command; fails the test if it fails.</summary>
    public static string Run(string folder, params string[] arguments)
    {
        (int exitCode, string output) = Try(folder, arguments);
        return exitCode == 0 ? output : throw new InvalidOperationException("dotnet " + string.Join(' ', arguments) + " failed:\n" + output);
    }

    /// <summary>Runs a command. Standard output and error come together.</summary>
    public static (int ExitCode, string Output) Try(string folder, params string[] arguments) => Execute("dotnet", folder, arguments);

    /// <summary>Runs a program.</summary>
    public static (int ExitCode, string Output) Execute(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            string name = (string)variable.Key;
            if (name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || name.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase)
                || name is "DOTNET_HOST_PATH" or "DOTNET_CLI_CONTEXT_VERBOSE")
            {
                start.Environment.Remove(name);
            }
        }

        // a server that outlives the command would keep its output open
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";

        using Process process = Process.Start(start)!;
        var output = new StringBuilder();
        Task errors = Task.Run(() => Append(output, process.StandardError));
        Append(output, process.StandardOutput);
        errors.Wait();
        process.WaitForExit();
        return (process.ExitCode, output.ToString());
    }

    private static void Append(StringBuilder output, StreamReader reader)
    {
        while (reader.ReadLine() is { } line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }
    }
}
