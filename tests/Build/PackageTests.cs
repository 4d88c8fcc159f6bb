using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using Kiln.Tests;
using Xunit;

namespace Kiln.Build.Tests;

/// <summary>
/// How users meet Kiln: packages of a fresh version from a folder feed, restored into a project that knows nothing of this repository,
/// built, published ahead of time and run.
/// </summary>
public sealed class PackageTests : IDisposable
{
    private const string Story = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park.";

    private static readonly string Framework = typeof(PackageTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "KilnExecutableFramework").Value!;

    // a version that no cache has seen
    private readonly string version = "0.0.1-test." + DateTime.UtcNow.Ticks;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [SkippableFact]
    public void ARestoredPackageBuildsPublishesAndRuns()
    {
        Pack();
        WriteProject();
        string app = folder["app"];
        DotNet.Run(app, "build", "-v", "q");
        Assert.Contains(Story, DotNet.Run(app, "exec", "--roll-forward", "Major", Path.Combine("bin", "Debug", Framework, "MyGame.dll")), StringComparison.Ordinal);

        // what the generator made, readable for whoever wants to
        Assert.NotEmpty(Directory.EnumerateFiles(app, "Stories.g.cs", SearchOption.AllDirectories));

        Skip.If(OperatingSystem.IsLinux() && !IsOnPath("clang") && !IsOnPath("gcc"), "NativeAOT needs a C linker: install gcc (with libc6-dev and zlib1g-dev) or clang.");
        string runtime = RuntimeInformation.RuntimeIdentifier;
        DotNet.Run(app, "publish", "-c", "Release", "-r", runtime, "-v", "q", "-o", folder["out"]);
        string program = folder[OperatingSystem.IsWindows() ? "out/MyGame.exe" : "out/MyGame"];
        (int exitCode, string output) = DotNet.Execute(program, folder.Path);
        Assert.Equal(0, exitCode);
        Assert.Contains(Story, output, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["out/MyGame.dll"]));

        string response = Directory.EnumerateFiles(app, "*.ilc.rsp", SearchOption.AllDirectories).First();
        if (RuntimeInformation.ProcessArchitecture == Architecture.X64)
        {
            Assert.Contains("--instruction-set:x86", File.ReadAllText(response), StringComparison.Ordinal);
        }
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(p => File.Exists(Path.Combine(p, program)));

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (string sub in Directory.EnumerateDirectories(from).Where(d => Path.GetFileName(d) is not ("bin" or "obj")))
        {
            Copy(sub, Path.Combine(to, Path.GetFileName(sub)));
        }
    }

    // in a copy: another version number would rebuild what the tests that run beside this one have loaded
    private void Pack()
    {
        string source = folder["source"];
        Directory.CreateDirectory(source);
        foreach (string file in new[] { "Directory.Build.props", "Directory.Packages.props", "README.md", "LICENSE" })
        {
            File.Copy(Path.Combine(Paths.Repository, file), Path.Combine(source, file));
        }

        Copy(Path.Combine(Paths.Repository, "src"), Path.Combine(source, "src"));
        foreach (string project in new[] { "Kernels/Kiln.Kernels", "Runtime/Kiln.Runtime", "Package/Kiln" })
        {
            DotNet.Run(source, "pack", "src/" + project + ".csproj", "-c", "Release", "-v", "q", "-o", folder["feed"], "-p:Version=" + version);
        }

        Assert.Equal(
            new[] { "Kiln", "Kiln.Kernels", "Kiln.Runtime" }.Select(n => n + "." + version + ".nupkg"),
            Directory.EnumerateFiles(folder["feed"]).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    private void WriteProject()
    {
        string app = folder["app"];
        Directory.CreateDirectory(app);
        TemporaryProject.StopInheritance(folder.Path);
        Copy(Path.Combine(Paths.Repository, "models", "stories260k"), folder["app/models/stories"]);

        // the machine's sources stay; what they have given before is not fetched again
        string machine = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Directory.CreateDirectory(machine);
        File.WriteAllText(folder["app/nuget.config"], $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{folder["packages"]}" /></config>
              <fallbackPackageFolders><add key="machine" value="{machine}" /></fallbackPackageFolders>
              <packageSources><add key="kiln-test" value="{folder["feed"]}" /></packageSources>
            </configuration>
            """);
        File.WriteAllText(folder["app/MyGame.csproj"], $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>{Framework}</TargetFramework>
                <CheckEolTargetFramework>false</CheckEolTargetFramework>
                <Nullable>enable</Nullable>
                <PublishAot>true</PublishAot>
                <InvariantGlobalization>true</InvariantGlobalization>
                <EmitCompilerGeneratedFiles>true</EmitCompilerGeneratedFiles>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Kiln" Version="{version}" />
                <KilnModel Include="models/stories" Name="Stories" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(folder["app/Program.cs"], """
            using var model = MyGame.Stories.Load();
            using var session = model.CreateSession();
            System.Console.Write("Once upon a time");
            foreach (System.ReadOnlySpan<char> piece in session.Generate("Once upon a time", new() { MaxNewTokens = 40 }))
            {
                System.Console.Out.Write(piece);
            }

            System.Console.WriteLine();
            """);
    }
}
