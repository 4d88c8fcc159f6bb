using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Xunit;

namespace Kiln.Conformance.Tests;

/// <summary>Runs the tool as its users do, in a process of its own.</summary>
/// <param name="ExitCode">0, 1 or 2.</param>
/// <param name="Lines">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record Tool(int ExitCode, IReadOnlyList<string> Lines, string Error)
{
    /// <summary>The last line.</summary>
    public string Total => Lines.Count > 0 ? Lines[^1] : "";

    /// <summary>Lines that begin with a word: <c>fail</c>.</summary>
    public IReadOnlyList<string> Of(string word) => Lines.Where(l => l.StartsWith(word + " ", StringComparison.Ordinal)).ToList();

    /// <summary>Asserts an exit code, showing what the tool said if it is another.</summary>
    public Tool Exits(int code)
    {
        Assert.True(ExitCode == code, $"exit code {ExitCode}\n{string.Join('\n', Of("fail").Take(20))}\n{Total}\n{Error}");
        return this;
    }

    /// <summary>Runs it.</summary>
    public static Tool Run(params string[] arguments)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, [Path.Combine(AppContext.BaseDirectory, "Kiln.Conformance.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        process.WaitForExit();
        return new Tool(process.ExitCode, lines, error.Result);
    }
}
