using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using Kiln.Tests;

namespace Kiln.Build.Tests;

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
