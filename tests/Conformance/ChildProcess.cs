using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Kiln.Conformance;

/// <summary>How a child process ended.</summary>
/// <param name="ExitCode">Its exit code; 128 + n where signal n ended it.</param>
/// <param name="Output">The end of what it wrote to its two streams, in the order of arrival.</param>
/// <param name="TimedOut">Whether it was killed for having been silent or running too long.</param>
internal sealed record ChildResult(int ExitCode, string Output, bool TimedOut);

/// <summary>Runs programs and does not wait for what they leave behind.</summary>
internal static class ChildProcess
{
    private const int KeptCharacters = 8000;

    /// <summary>The <c>dotnet</c> that runs this tool.</summary>
    public static string DotNet { get; } =
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host && File.Exists(host) ? host
        : Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath!
        : "dotnet";

    /// <summary>Where a program lies on the search path, or null.</summary>
    public static string? Find(string program)
    {
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            string path = Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".exe" : program);
            if (File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">Its path or name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="workingFolder">Where it runs.</param>
    /// <param name="timeLimit">How long it may be silent.</param>
    /// <param name="stop">Ends it early.</param>
    /// <param name="line">Takes each line of its standard output; null to keep them for the result.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ChildResult Run(
        string program, IReadOnlyList<string> arguments, string workingFolder, TimeSpan timeLimit, CancellationToken stop, Action<string>? line = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = workingFolder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_NOLOGO"] = "1";
        foreach (string name in new List<string>(start.Environment.Keys))
        {
            // those of a build or test run that this tool is part of point a child to the wrong SDK
            if (name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase))
            {
                start.Environment.Remove(name);
            }
        }

        using Process process = Process.Start(start) ?? throw new ToolException("cannot start " + program);
        var output = new StringBuilder();
        long lastSign = Environment.TickCount64;
        var outputEnd = new TaskCompletionSource();
        var errorEnd = new TaskCompletionSource();
        void Keep(string text)
        {
            Volatile.Write(ref lastSign, Environment.TickCount64);
            lock (output)
            {
                output.AppendLine(text);
                if (output.Length > 2 * KeptCharacters)
                {
                    output.Remove(0, output.Length - KeptCharacters);
                }
            }
        }

        process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is null)
            {
                outputEnd.TrySetResult();
            }
            else if (line is null)
            {
                Keep(e.Data);
            }
            else
            {
                Volatile.Write(ref lastSign, Environment.TickCount64);
                line(e.Data);
            }
        };
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is null)
            {
                errorEnd.TrySetResult();
            }
            else
            {
                Keep(e.Data);
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        bool timedOut = false;
        while (!process.WaitForExit(200))
        {
            timedOut = Environment.TickCount64 - Volatile.Read(ref lastSign) > timeLimit.TotalMilliseconds;
            if (timedOut || stop.IsCancellationRequested)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit(10_000);
                break;
            }
        }

        stop.ThrowIfCancellationRequested();

        // servers that a build starts may hold the streams open for ever, so their end is awaited only for a while
        Task.WaitAll([outputEnd.Task, errorEnd.Task], 5_000, CancellationToken.None);
        lock (output)
        {
            return new ChildResult(process.ExitCode, output.ToString().Trim(), timedOut);
        }
    }
}
