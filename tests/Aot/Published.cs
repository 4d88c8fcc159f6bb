using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Kiln.Tests;
using Xunit;

namespace Kiln.Aot.Tests;

/// <summary>Publishes projects of the repository ahead of time, as their README says.</summary>
internal static class Published
{
    /// <summary>This machine's runtime identifier.</summary>
    public static string RuntimeIdentifier => RuntimeInformation.RuntimeIdentifier;

    /// <summary>Publishes; the test is skipped where there is no linker.</summary>
    /// <param name="project">The project's folder in the repository.</param>
    /// <param name="output">Where to.</param>
    /// <param name="arguments">Further arguments.</param>
    public static void Publish(string project, string output, params string[] arguments)
    {
        Skip.If(!OperatingSystem.IsWindows() && !HasProgram("gcc") && !HasProgram("clang"), "needs a C linker: install gcc or clang (and zlib1g-dev)");
        DotNet.Run(Paths.Repository, ["publish", "-c", "Release", "-r", RuntimeIdentifier, Path.Combine(Paths.Repository, project), "-o", output, .. arguments]);
    }

    /// <summary>Path of a program in a publish folder.</summary>
    public static string Program(string output, string name) => Path.Combine(output, OperatingSystem.IsWindows() ? name + ".exe" : name);

    private static bool HasProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, name)));
}
