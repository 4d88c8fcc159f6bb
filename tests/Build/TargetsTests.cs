using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Kiln.Build.Tests;

/// <summary>A project with one framework: resources, the side file, errors, cleaning.</summary>
public sealed class BuildTests
{
    private const string Item = """<ItemGroup><KilnModel Include="tiny" Name="Tiny" /></ItemGroup>""";

    [Fact]
    public void EmbedsBuildsOnceAndCleans()
    {
        using var project = new TemporaryProject(Item);
        project.Run("build", "-v", "q");
        string assembly = project["bin/Debug/net10.0/Game.dll"];
        string packed = project["obj/kiln/Tiny.kiln.safetensors"];
        byte[] embedded = Resource(assembly, "Kiln.My.Game.Tiny.weights");
        Assert.Equal(File.ReadAllBytes(packed), embedded);
        Assert.False(File.Exists(project["bin/Debug/net10.0/Tiny.kiln.safetensors"]));

        DateTime before = File.GetLastWriteTimeUtc(packed);
        DateTime built = File.GetLastWriteTimeUtc(assembly);
        project.Run("build", "-v", "q", "--no-restore");
        Assert.Equal(before, File.GetLastWriteTimeUtc(packed));
        Assert.Equal(built, File.GetLastWriteTimeUtc(assembly));

        // other weights under the same header end in the assembly
        Checkpoint.WriteLlama(project["tiny"], seed: 1);
        Checkpoint.Age(project["tiny/model.safetensors"], 500);
        project.Run("build", "-v", "q", "--no-restore");
        Assert.NotEqual(embedded, Resource(assembly, "Kiln.My.Game.Tiny.weights"));

        project.Run("clean", "-v", "q");
        Assert.DoesNotContain(Directory.EnumerateFiles(project.Folder, "*", SearchOption.AllDirectories), f => f.Contains("Tiny.", StringComparison.Ordinal));
        Assert.False(Directory.Exists(project["obj/kiln"]));
    }

    [Fact]
    public void CopiesASideFileBesideTheProgramThatReferencesIt()
    {
        using var project = new TemporaryProject(Item.Replace(" />", " Embed=\"false\" />", StringComparison.Ordinal));
        Directory.CreateDirectory(project["app"]);
        File.WriteAllText(project["app/App.csproj"], """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType></PropertyGroup>
              <ItemGroup><ProjectReference Include="../Game.csproj" /></ItemGroup>
            </Project>
            """);
        File.WriteAllText(project["app/Program.cs"], "System.Console.WriteLine();");
        File.WriteAllText(project["Game.csproj"], File.ReadAllText(project["Game.csproj"]).Replace(
            "</PropertyGroup>", "<DefaultItemExcludes>$(DefaultItemExcludes);app/**</DefaultItemExcludes></PropertyGroup>", StringComparison.Ordinal));
        project.Run("publish", "app", "-v", "q");
        byte[] expected = File.ReadAllBytes(project["obj/kiln/Tiny.kiln.safetensors"]);
        Assert.Equal(expected, File.ReadAllBytes(project["bin/Release/net10.0/Tiny.kiln.safetensors"]));
        Assert.Equal(expected, File.ReadAllBytes(project["app/bin/Release/net10.0/Tiny.kiln.safetensors"]));
        Assert.Equal(expected, File.ReadAllBytes(project["app/bin/Release/net10.0/publish/Tiny.kiln.safetensors"]));
        project.Run("clean", "-v", "q", "-c", "Release");
        Assert.False(File.Exists(project["bin/Release/net10.0/Tiny.kiln.safetensors"]));
    }

    [Fact]
    public void ErrorsAreReportedAtTheProjectFile()
    {
        using var project = new TemporaryProject("""
            <ItemGroup>
              <KilnModel Include="none" Name="First" />
              <KilnModel Include="tiny" Name="Second" Weights="int3" />
            </ItemGroup>
            """);
        (int exitCode, string output) = project.Try("build", "-v", "q", "-clp:NoSummary");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("Game.csproj : error KILN0001: First: ", output, StringComparison.Ordinal);
        Assert.Contains("Game.csproj : error KILN0002: Second: Weights: expected stored, f32, bf16, found 'int3'", output, StringComparison.Ordinal);
        Assert.DoesNotContain("error CS", output, StringComparison.Ordinal);
        Assert.DoesNotContain("error MSB", output, StringComparison.Ordinal);
    }

    internal static byte[] Resource(string assembly, string name)
    {
        // read, not loaded: a loaded file cannot be built again
        using var stream = new MemoryStream(File.ReadAllBytes(assembly));
        using var reader = new PEReader(stream);
        MetadataReader metadata = reader.GetMetadataReader();
        PEMemoryBlock resources = reader.GetSectionData(reader.PEHeaders.CorHeader!.ResourcesDirectory.RelativeVirtualAddress);
        foreach (ManifestResourceHandle handle in metadata.ManifestResources)
        {
            ManifestResource resource = metadata.GetManifestResource(handle);
            if (metadata.GetString(resource.Name) == name)
            {
                int length = resources.GetReader((int)resource.Offset, sizeof(int)).ReadInt32();
                return resources.GetReader((int)resource.Offset + sizeof(int), length).ReadBytes(length);
            }
        }

        throw new InvalidOperationException("no resource " + name);
    }
}

/// <summary>Two frameworks, and two builds at once.</summary>
public sealed class ConcurrentBuildTests
{
    private const string Item = """<ItemGroup><KilnModel Include="tiny" Name="Tiny" /></ItemGroup>""";

    [Fact]
    public void ATwoFrameworkProjectPacksOnce()
    {
        using var project = new TemporaryProject(Item, "net9.0;net10.0");
        string output = project.Run("build", "-m", "-v", "n");
        Assert.Single(output.Split("Kiln packed "), s => s.StartsWith(project.Folder, StringComparison.Ordinal));
        byte[] packed = File.ReadAllBytes(project["obj/kiln/Tiny.kiln.safetensors"]);
        Assert.Equal(packed, BuildTests.Resource(project["bin/Debug/net9.0/Game.dll"], "Kiln.My.Game.Tiny.weights"));
        Assert.Equal(packed, BuildTests.Resource(project["bin/Debug/net10.0/Game.dll"], "Kiln.My.Game.Tiny.weights"));
        project.Run("clean", "-m", "-v", "q");
        Assert.False(Directory.Exists(project["obj/kiln"]));
    }

    [Fact]
    public async Task TwoBuildsAtOncePackOnce()
    {
        using var project = new TemporaryProject(Item);
        Task<string>[] builds = [Pack(), Pack()];
        string[] outputs = await Task.WhenAll(builds);
        Assert.Equal(1, outputs.Sum(o => o.Split("Kiln packed ").Length - 1));

        // the C# compiler's own outputs are not made for two builds at once: Kiln's targets alone
        Task<string> Pack() => Task.Run(() => project.Run("msbuild", "-nologo", "-v:n", "-t:KilnPack"));
    }
}

/// <summary>What an editor asks before anything was built.</summary>
public sealed class DesignTimeTests
{
    [Fact]
    public void HandsManifestAndMetadataToTheCompiler()
    {
        using var project = new TemporaryProject("""<ItemGroup><KilnModel Include="tiny" Name="Tiny" /></ItemGroup>""");
        project.Run("restore", "-v", "q");
        string manifest = project["obj/kiln/Tiny.checkpoint.json"];
        string json = project.Run(
            "msbuild", "-nologo", "-t:Compile", "-p:DesignTimeBuild=true", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true", "-getItem:CscCommandLineArgs");
        List<string> arguments = JsonDocument.Parse(json).RootElement.GetProperty("Items").GetProperty("CscCommandLineArgs").EnumerateArray()
            .Select(a => a.GetProperty("Identity").GetString()!).ToList();
        Assert.Contains("/additionalfile:" + manifest, arguments);
        string config = Assert.Single(arguments, a => a.StartsWith("/analyzerconfig:", StringComparison.Ordinal) && a.Contains("GeneratedMSBuildEditorConfig", StringComparison.Ordinal));
        string[] lines = File.ReadAllLines(Path.Combine(project.Folder, config["/analyzerconfig:".Length..]));
        int section = Array.IndexOf(lines, "[" + manifest + "]");
        Assert.True(section >= 0, string.Join('\n', lines));
        Assert.Equal("build_metadata.AdditionalFiles.KilnManifest = true", lines[section + 1]);
        Assert.True(File.Exists(manifest));
        Assert.False(File.Exists(project["obj/kiln/Tiny.kiln.safetensors"]));
        Assert.False(File.Exists(project["obj/Debug/net10.0/Game.dll"]));
    }

    [Fact]
    public void ABadCheckpointLeavesTheEditorItsProject()
    {
        using var project = new TemporaryProject("""<ItemGroup><KilnModel Include="tiny" Name="Tiny" /></ItemGroup>""");
        File.WriteAllText(project["tiny/config.json"], "{");
        project.Run("restore", "-v", "q");
        string json = project.Run(
            "msbuild", "-nologo", "-t:Compile", "-p:DesignTimeBuild=true", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true", "-getItem:AdditionalFiles");
        Assert.Contains("Tiny.checkpoint.json", json, StringComparison.Ordinal);
        Assert.Contains("\"refused\": true", File.ReadAllText(project["obj/kiln/Tiny.checkpoint.json"]), StringComparison.Ordinal);
    }
}
