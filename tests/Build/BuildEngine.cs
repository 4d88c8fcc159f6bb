using System.Collections;
using System.Collections.Generic;
using System.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Kiln.Build.Tests;

/// <summary>An MSBuild that only listens.</summary>
internal sealed class BuildEngine : IBuildEngine
{
    public List<BuildErrorEventArgs> Errors { get; } = [];

    public List<BuildWarningEventArgs> Warnings { get; } = [];

    public bool ContinueOnError => false;

    public int LineNumberOfTaskNode => 0;

    public int ColumnNumberOfTaskNode => 0;

    public string ProjectFileOfTaskNode => "Kiln.targets";

    public bool BuildProjectFile(string projectFileName, string[] targetNames, IDictionary globalProperties, IDictionary targetOutputs) => false;

    public void LogCustomEvent(CustomBuildEventArgs e)
    {
    }

    public void LogErrorEvent(BuildErrorEventArgs e) => Errors.Add(e);

    public void LogMessageEvent(BuildMessageEventArgs e)
    {
    }

    public void LogWarningEvent(BuildWarningEventArgs e) => Warnings.Add(e);
}

/// <summary>What the two tasks did for some items.</summary>
internal sealed record BuildResult(bool Succeeded, BuildEngine Engine, IReadOnlyList<ITaskItem> Manifests, int Packed)
{
    /// <summary>The one error, as <c>KILN0000 message</c>.</summary>
    public IReadOnlyList<string> Errors => Engine.Errors.Select(e => e.Code + " " + e.Message).ToList();

    public IReadOnlyList<string> Warnings => Engine.Warnings.Select(e => e.Code + " " + e.Message).ToList();
}

/// <summary>Runs the tasks as the targets do, in this process.</summary>
internal static class TaskRunner
{
    public static ITaskItem Model(string folder, string name = "Tiny", params (string Name, string Value)[] metadata)
    {
        var item = new TaskItem(folder);
        item.SetMetadata("Name", name);
        foreach ((string key, string value) in metadata)
        {
            item.SetMetadata(key, value);
        }

        return item;
    }

    public static BuildResult Build(string output, params ITaskItem[] models) => Build(output, "", null, models);

    public static BuildResult Build(string output, string version, CompileModel? compiler, params ITaskItem[] models)
    {
        var engine = new BuildEngine();
        using var create = new CreateKilnManifests
        {
            BuildEngine = engine,
            Models = models,
            OutputFolder = output,
            ProjectFile = "/game/Game.csproj",
            RootNamespace = "My.Game",
            Version = version,
        };
        create.Compiler = compiler ?? create.Compiler;
        bool succeeded = create.Execute();
        using var pack = new PackKilnWeights { BuildEngine = engine, Manifests = create.Manifests, ProjectFile = "/game/Game.csproj" };
        pack.Compiler = compiler ?? pack.Compiler;
        succeeded = succeeded && pack.Execute();
        return new BuildResult(succeeded, engine, create.Manifests, pack.Packed);
    }
}
