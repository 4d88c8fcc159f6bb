using System;
using Kiln.Kernels;

namespace Kiln;

/// <summary>
/// Runs a model's steps on a backend. Sessions and batches take one when they are created; what no program names is not linked.
/// </summary>
public abstract unsafe class Executor
{
    /// <summary>The processor, with its vector instructions and <c>WorkerPool.Shared</c>: the default.</summary>
    public static Executor Cpu => CpuExecutor.Shared;

    /// <summary>Plain scalar loops in double: slow, to compare with.</summary>
    public static Executor Reference => ReferenceExecutor.Shared;

    /// <summary>Runs one step: <c>model.Forward</c> on this executor's backend.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">Start of its packed weights.</param>
    /// <param name="workspace">Holds the step's rows and takes its results; no other thread uses it now.</param>
    public abstract void Run(CausalLanguageModel model, byte* weights, Workspace workspace);

    /// <summary>One row of a result of the last step, without its padding; valid until the next step.</summary>
    /// <param name="workspace">The step's workspace.</param>
    /// <param name="value">The result.</param>
    /// <param name="row">Row in the value's space.</param>
    public virtual ReadOnlySpan<float> Download(Workspace workspace, Value value, int row)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        return workspace.Row(value, row);
    }
}
