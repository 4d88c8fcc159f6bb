using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Xunit;

namespace Kiln.Kernels.Tests;

/// <summary>What one run of the checks' program said.</summary>
internal sealed class CheckRun
{
    private readonly string output;
    private readonly int exitCode;

    private readonly string filter;

    private CheckRun(string output, int exitCode, string filter)
    {
        this.filter = filter;
        this.output = output;
        this.exitCode = exitCode;
        foreach (string line in output.Split('\n'))
        {
            string[] words = line.TrimEnd().Split(' ', 3);
            switch (words[0])
            {
                case "uses":
                    Uses = words[1];
                    break;
                case "supported":
                    Supported = line;
                    break;
                case "pass":
                    Results.Add(words[1], words[2]);
                    break;
                case "fail":
                    Failures.Add(line);
                    break;
            }
        }
    }

    /// <summary>The vectors that the CPU backend used.</summary>
    public string Uses { get; } = string.Empty;

    /// <summary>What <c>IsSupported</c> said in the child.</summary>
    public string Supported { get; } = string.Empty;

    /// <summary>Hash of the bits of each check that passed.</summary>
    public Dictionary<string, string> Results { get; } = [];

    private List<string> Failures { get; } = [];

    /// <summary>Runs the checks under the .NET runtime with some of its <c>DOTNET_Enable*</c> switches off.</summary>
    /// <param name="off">Names of switches, without <c>DOTNET_</c>.</param>
    /// <param name="filter">Runs only checks whose name contains it.</param>
    public static CheckRun Start(string[] off, string filter = "")
    {
        ProcessStartInfo start = new(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet");
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Kiln.Kernels.Checks.dll"));
        foreach (string name in off)
        {
            start.Environment["DOTNET_" + name] = "0";
        }

        return Start(start, filter);
    }

    /// <summary>Runs the checks' program.</summary>
    public static CheckRun Start(ProcessStartInfo start, string filter = "")
    {
        start.ArgumentList.Add(filter);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        System.Threading.Tasks.Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CheckRun(output + error.Result, process.ExitCode, filter);
    }

    /// <summary>Every check ran and passed.</summary>
    public void AssertAllPassed()
    {
        Assert.True(Failures.Count == 0 && exitCode == 0, output);
        IEnumerable<string> names = Checks.CheckList.All.Select(check => check.Name).Where(name => name.Contains(filter, StringComparison.Ordinal));
        Assert.Equal(names.Order(), Results.Keys.Order());
    }

    /// <summary>Every check gave the same bits in another run.</summary>
    public void AssertSameBits(CheckRun other) => Assert.Equal(other.Results.OrderBy(r => r.Key), Results.OrderBy(r => r.Key));
}
