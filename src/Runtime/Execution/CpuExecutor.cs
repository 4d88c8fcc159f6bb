using System;
using Kiln.Kernels;
using Kiln.Kernels.Cpu;
using Kiln.Kernels.Threading;

namespace Kiln;

/// <summary>Runs steps on the processor. A step takes the pool's threads whole; while it has them, a step of another thread runs on its own.</summary>
/// <param name="pool">The threads.</param>
public sealed unsafe class CpuExecutor(WorkerPool pool) : Executor
{
    private static CpuExecutor? shared;

    internal static CpuExecutor Shared => shared ??= new CpuExecutor(WorkerPool.Shared);

    /// <inheritdoc/>
    public override void Run(CausalLanguageModel model, byte* weights, Workspace workspace)
    {
        ArgumentNullException.ThrowIfNull(model);
        bool taken = pool.TryTake();
        try
        {
            CpuBackend backend = new(weights, workspace, pool);
            model.Forward(ref backend);
        }
        finally
        {
            if (taken)
            {
                pool.Release();
            }
        }
    }
}
