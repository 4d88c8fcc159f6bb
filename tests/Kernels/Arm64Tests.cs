using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Kiln.Tests;
using Xunit;

namespace Kiln.Kernels.Tests;

/// <summary>All checks on Arm64: cross-published ahead of time, run in user-mode emulation.</summary>
public sealed class Arm64Tests
{
    private const string Compiler = "aarch64-linux-gnu-gcc";
    private const string Emulator = "qemu-aarch64";
    private const string Libraries = "/usr/aarch64-linux-gnu";

    [SkippableFact]
    public void AllChecksHoldWithTheSameBits()
    {
        Skip.IfNot(
            OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64, "cross-publishes from Linux on x64");
        Skip.If(
            !OnPath(Compiler) || !OnPath(Emulator) || !Directory.Exists(Libraries),
            "install gcc-aarch64-linux-gnu, binutils-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user");
        string folder = Directory.CreateTempSubdirectory("kiln-arm64-").FullName;
        try
        {
            string program = Publish(folder);
            ProcessStartInfo start = new(Emulator) { ArgumentList = { "-L", Libraries, program } };
            CheckRun run = CheckRun.Start(start);
            Assert.Equal("Vector128", run.Uses);
            Assert.Contains("AdvSimd=True", run.Supported, StringComparison.Ordinal);
            run.AssertAllPassed();

            CheckRun here = CheckRun.Start([]);
            if (here.Supported.Contains("Fma=True", StringComparison.Ordinal))
            {
                run.AssertSameBits(here);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Publish(string folder)
    {
        // build outputs of its own: the frameworks differ from those of an ordinary build, and another build may be running
        ProcessStartInfo start = new("dotnet")
        {
            ArgumentList =
            {
                "publish",
                Path.Combine(Paths.Repository, "tests", "KernelChecks"),
                "-nologo",
                "-v:q",
                "-nodeReuse:false",
                "-c:Release",
                "-r:linux-arm64",
                "--artifacts-path",
                Path.Combine(folder, "artifacts"),
                "-o",
                Path.Combine(folder, "out"),
                "-p:KilnLibraryFrameworks=net10.0",
                "-p:PublishAot=true",
                "-p:CppCompilerAndLinker=" + Compiler,
                "-p:LinkerFlavor=",
                "-p:ObjCopyName=aarch64-linux-gnu-objcopy",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // what the test's own build left in the environment would send this one to the wrong MSBuild
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        using Process process = Process.Start(start)!;
        System.Threading.Tasks.Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + error.Result;
        process.WaitForExit();
        Skip.If(
            process.ExitCode != 0 && (output.Contains("NU1101", StringComparison.Ordinal) || output.Contains("NU1102", StringComparison.Ordinal)),
            "the package feed lacks the ILCompiler and runtime packages for linux-arm64");
        Assert.True(process.ExitCode == 0, output);
        return Path.Combine(folder, "out", "Kiln.Kernels.Checks");
    }

    private static bool OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator)
        .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));
}
