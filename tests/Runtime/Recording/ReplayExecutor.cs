using Kiln.Kernels;
using Kiln.Kernels.Cpu;
using Kiln.Kernels.Reference;
using Kiln.Kernels.Threading;

namespace Kiln.Tests.Recording;

/// <summary>Runs sessions and batches from one recording; the model's own <c>Forward</c> is not called.</summary>
public sealed unsafe class ReplayExecutor(StepRecording recording, bool reference = false) : Executor
{
    /// <summary>Steps that were replayed.</summary>
    public int Steps { get; private set; }

    public override void Run(CausalLanguageModel model, byte* weights, Workspace workspace)
    {
        Steps++;
        if (reference)
        {
            ReferenceBackend backend = new(weights, workspace);
            recording.Replay(ref backend);
        }
        else
        {
            CpuBackend backend = new(weights, workspace, WorkerPool.Shared);
            recording.Replay(ref backend);
        }
    }
}
