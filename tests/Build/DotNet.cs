using System;
using System.Collections;
using System.Diagnostics;
using System.IO;
using System.Text;

using System.Threading.Tasks;
using Kiln.Tests;

namespace Kiln.Build.Tests;

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

/// <summary>A project in a folder of its own that imports the targets as the package does, with the tasks of this test run.</summary>
internal sealed class TemporaryProject : IDisposable
{
    private readonly TemporaryFolder folder = new();

    /// <summary>Writes the project; <paramref name="body"/> is what a user would write into it.</summary>
    public TemporaryProject(string body, string frameworks = "net10.0", string checkpoint = "tiny")
    {
        StopInheritance(folder.Path);
        Checkpoint.WriteLlama(folder[checkpoint]);
        File.WriteAllText(folder["Directory.Build.targets"], $"""
            <Project>
              <PropertyGroup><KilnTasksAssembly>{typeof(CreateKilnManifests).Assembly.Location}</KilnTasksAssembly></PropertyGroup>
              <Import Project="{Path.Combine(Paths.Repository, "src", "Build", "Kiln.props")}" />
              <Import Project="{Path.Combine(Paths.Repository, "src", "Build", "Kiln.targets")}" />
            </Project>
            """);
        File.WriteAllText(folder["Game.csproj"], $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <{(frameworks.Contains(';') ? "TargetFrameworks" : "TargetFramework")}>{frameworks}</{(frameworks.Contains(';') ? "TargetFrameworks" : "TargetFramework")}>
                <RootNamespace>My.Game</RootNamespace>
                <CheckEolTargetFramework>false</CheckEolTargetFramework>
              </PropertyGroup>
              {body}
            </Project>
            """);
        File.WriteAllText(folder["Game.cs"], "public class Game { }");
    }

    public string Folder => folder.Path;

    public string this[string name] => folder[name];

    /// <summary>Keeps MSBuild from taking settings of the folders above.</summary>
    public static void StopInheritance(string path)
    {
        File.WriteAllText(System.IO.Path.Combine(path, "Directory.Build.props"), "<Project />");
        File.WriteAllText(System.IO.Path.Combine(path, "Directory.Build.targets"), "<Project />");
        File.WriteAllText(System.IO.Path.Combine(path, "Directory.Packages.props"), "<Project />");
        File.WriteAllText(System.IO.Path.Combine(path, "global.json"), "{}");
    }

    public string Run(params string[] arguments) => DotNet.Run(folder.Path, arguments);

    public (int ExitCode, string Output) Try(params string[] arguments) => DotNet.Try(folder.Path, arguments);

    public void Dispose() => folder.Dispose();
}
