using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security;
using System.Text;
using System.Threading;

namespace Kiln.Conformance;

/// <summary>
/// A project outside the repository that has every checkpoint as a <c>KilnModel</c> item, and the runner's sources. It uses the tasks,
/// generator and runtime that were built with this tool.
/// </summary>
internal sealed class ThrowAwayProject(string folder, bool aot, CancellationToken stop)
{
    // Kiln.Runtime lets this name see its sampler's scores
    private const string Program = "Kiln.Conformance.Runner";
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(30);

    private readonly string project = Path.Combine(folder, "Kiln.Conformance.Runner.csproj");
    private readonly string errorLog = Path.Combine(folder, "errors.log");
    private readonly string warningLog = Path.Combine(folder, "warnings.log");

    /// <summary>The program that a successful build leaves.</summary>
    public string ProgramPath => aot
        ? Path.Combine(folder, "publish", OperatingSystem.IsWindows() ? Program + ".exe" : Program)
        : Path.Combine(folder, "out", Program + ".dll");

    /// <summary>Builds, or publishes ahead of time, a program of some candidates.</summary>
    /// <param name="candidates">What goes into it.</param>
    /// <param name="warnings">What the build warned of.</param>
    /// <returns>The errors; empty if the build succeeded.</returns>
    public List<BuildError> Build(IReadOnlyList<Candidate> candidates, out List<BuildError> warnings)
    {
        Write(candidates);
        File.Delete(errorLog);
        File.Delete(warningLog);
        List<string> arguments = aot ? ["publish", project, "-r", RuntimeInformation.RuntimeIdentifier] : ["build", project];
        arguments.AddRange(
        [
            "-c", Metadata("Configuration"), "-nologo", "-v:q", "-nodeReuse:false", "-clp:NoSummary",
            "-flp1:ErrorsOnly;NoSummary;Encoding=UTF-8;LogFile=" + errorLog, "-flp2:WarningsOnly;NoSummary;Encoding=UTF-8;LogFile=" + warningLog,
        ]);
        ChildResult result = ChildProcess.Run(ChildProcess.DotNet, arguments, folder, TimeLimit, stop);
        List<BuildError> errors = Read(errorLog);
        warnings = Read(warningLog);
        if (result.ExitCode != 0 && errors.Count == 0)
        {
            errors.Add(new BuildError("", "", $"the build {(result.TimedOut ? "was silent for too long" : $"ended with {result.ExitCode}")} and named no error: {result.Output}"));
        }

        return errors;
    }

    private List<BuildError> Read(string log) => File.Exists(log) ? BuildError.Parse(File.ReadAllLines(log), project) : [];

    private static string Metadata(string key) =>
        typeof(ThrowAwayProject).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == key).Value!;

    private void Write(IReadOnlyList<Candidate> candidates)
    {
        // nothing that lies above the temporary folder is to have a say in this project
        File.WriteAllText(Path.Combine(folder, "Directory.Build.props"), "<Project />\n");
        File.WriteAllText(Path.Combine(folder, "Directory.Build.targets"), "<Project />\n");
        File.WriteAllText(Path.Combine(folder, "Directory.Packages.props"), "<Project />\n");
        string root = Metadata("RepositoryRoot");
        File.Copy(Path.Combine(root, "global.json"), Path.Combine(folder, "global.json"), overwrite: true);
        File.WriteAllText(project, ProjectText(candidates, root));
        File.WriteAllText(Path.Combine(folder, "Program.cs"), ProgramText(candidates));
    }

    private string ProjectText(IReadOnlyList<Candidate> candidates, string root)
    {
        var items = new StringBuilder();
        foreach (Candidate candidate in candidates)
        {
            if (candidate.Entry.IsTokenizer)
            {
                items.Append("    <KilnTokenizer Include=\"").Append(Escape(Folder(candidate))).Append("\" Name=\"").Append(candidate.ClassName).Append("\" />\n");
                continue;
            }

            items.Append("    <KilnModel Include=\"").Append(Escape(Folder(candidate))).Append("\" Name=\"").Append(candidate.ClassName)
                .Append("\" HiddenStates=\"true\" />\n");
        }

        string linker = aot && !OperatingSystem.IsWindows() && ChildProcess.Find("clang") is null && ChildProcess.Find("gcc") is not null
            ? "<CppCompilerAndLinker>gcc</CppCompilerAndLinker><LinkerFlavor></LinkerFlavor>"
            : "";
        string here = Path.Combine(root, "tests", "Conformance", "Runner");
        return $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>{Metadata("ExecutableFramework")}</TargetFramework>
                <AssemblyName>{Program}</AssemblyName>
                <!-- not with -o, which would reach the references too -->
                <AppendTargetFrameworkToOutputPath>false</AppendTargetFrameworkToOutputPath>
                <AppendRuntimeIdentifierToOutputPath>false</AppendRuntimeIdentifierToOutputPath>
                <OutputPath>$(MSBuildProjectDirectory)/out/</OutputPath>
                <PublishDir>$(MSBuildProjectDirectory)/publish/</PublishDir>
                <RootNamespace>Checked</RootNamespace>
                <LangVersion>14.0</LangVersion>
                <Nullable>enable</Nullable>
                <AllowUnsafeBlocks>false</AllowUnsafeBlocks>
                <RollForward>Major</RollForward>
                <InvariantGlobalization>true</InvariantGlobalization>
                <CheckEolTargetFramework>false</CheckEolTargetFramework>
                <NuGetAudit>false</NuGetAudit>
                <PublishAot>{(aot ? "true" : "false")}</PublishAot>
                <StripSymbols>false</StripSymbols>
                <BuildProjectReferences>false</BuildProjectReferences>
                <RestoreRecursive>false</RestoreRecursive>
                <!-- a generator that fails is an error -->
                <WarningsAsErrors>$(WarningsAsErrors);CS8785</WarningsAsErrors>
                {linker}
              </PropertyGroup>
              <ItemGroup>
                <Compile Include="{Escape(here)}/*.cs" />
            {items}  </ItemGroup>
              <Import Project="{Escape(Path.Combine(root, "src", "Build"))}/Kiln.InRepository.targets" />
            </Project>

            """;
    }

    // MSBuild takes a backslash for a slash everywhere; on Unix a folder's name may hold one
    private string Folder(Candidate candidate)
    {
        if (OperatingSystem.IsWindows() || !candidate.Entry.Path.Contains('\\', StringComparison.Ordinal))
        {
            return candidate.Entry.Path;
        }

        string link = Path.Combine(folder, "links", candidate.ClassName);
        if (!Directory.Exists(link))
        {
            Directory.CreateDirectory(Path.Combine(folder, "links"));
            Directory.CreateSymbolicLink(link, candidate.Entry.Path);
        }

        return link;
    }

    private static string ProgramText(IReadOnlyList<Candidate> candidates)
    {
        var text = new StringBuilder();
        text.Append("return global::Kiln.Conformance.Runner.RunnerProgram.Run(args,\n[\n");
        foreach (Candidate candidate in candidates)
        {
            Entry entry = candidate.Entry;
            string load = $"static () => global::Checked.{candidate.ClassName}.Load()";
            text.Append($"    new({Literal(entry.ExpectedPath ?? entry.Path)}, {(entry.IsTokenizer ? "null, " + load : load + ", null")}, {Literal(entry.Part)}),\n");
        }

        return text.Append("]);\n").ToString();
    }

    // for MSBuild and for XML: a folder's name may hold ; * ? % $( @( and quotes
    private static string Escape(string path)
    {
        var text = new StringBuilder();
        foreach (char c in path)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '/' or '\\' or ':' or '.' or '-' or '_' || c >= 128)
            {
                text.Append(c);
            }
            else
            {
                text.Append('%').Append(((int)c).ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return SecurityElement.Escape(text.ToString());
    }

    private static string Literal(string value)
    {
        var text = new StringBuilder("\"");
        foreach (char c in value)
        {
            text.Append(c is >= ' ' and < (char)127 && c is not ('"' or '\\') ? c.ToString() : "\\u" + ((int)c).ToString("X4", System.Globalization.CultureInfo.InvariantCulture));
        }

        return text.Append('"').ToString();
    }
}
