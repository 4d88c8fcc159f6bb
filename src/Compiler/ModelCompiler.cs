using System;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Passes;

namespace Kiln.Compiler;

/// <summary>What the compiler makes of a manifest.</summary>
/// <param name="Source">C# of the model's class.</param>
/// <param name="Plan">How to pack the weights.</param>
/// <param name="GraphText">The graph after all passes, for people.</param>
public sealed record CompiledModel(string Source, PackingPlan Plan, string GraphText);

/// <summary>The compiler: a pure function from a manifest to code and packing plan.</summary>
public static class ModelCompiler
{
    /// <summary>Compiles a model.</summary>
    /// <param name="manifest">The checkpoint and the item's metadata.</param>
    /// <param name="diagnostics">Takes what is wrong with it; with <c>Strict</c> warnings come as errors.</param>
    /// <returns>The compiled model, or null if there are errors.</returns>
    public static CompiledModel? Compile(Manifest manifest, DiagnosticBag diagnostics) => throw new NotImplementedException();

    /// <summary>An empty class of the model's name, for a model that was refused.</summary>
    public static string EmptyClass(ModelOptions options) => throw new NotImplementedException();
}
