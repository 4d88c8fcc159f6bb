using System;
using Kiln.Kernels;
using Kiln.Kernels.Reference;

namespace Kiln;

/// <summary>Runs steps in plain scalar loops.</summary>
internal sealed unsafe class ReferenceExecutor : Executor
{
    private static ReferenceExecutor? shared;

    internal static ReferenceExecutor Shared => shared ??= new ReferenceExecutor();

    /// <inheritdoc/>
    public override void Run(CausalLanguageModel model, byte* weights, Workspace workspace)
    {
        ArgumentNullException.ThrowIfNull(model);
        ReferenceBackend backend = new(weights, workspace);
        model.Forward(ref backend);
    }
}
