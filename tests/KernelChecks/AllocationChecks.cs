using System;
using System.Collections.Generic;
using Kiln.Kernels.Threading;

namespace Kiln.Kernels.Checks;

/// <summary>No op allocates once it has run. Holds only where nothing else runs in the process: the tests run it in a child.</summary>
internal static unsafe class AllocationChecks
{
    public static IEnumerable<(string Name, Func<ulong> Check)> All =>
    [
        ("allocation/one-thread", () => Measure(Pools.One)),
        ("allocation/three-threads", () => Measure(Pools.Three)),
    ];

    private static ulong Measure(WorkerPool pool)
    {
        using TinyModel model = new(WeightFormat.BF16);
        using Workspace workspace = model.Scene.NewWorkspace();
        IBackend backend = model.Scene.Backend(workspace, pool);
        float** blocks = model.Scene.Blocks(256);
        int[] ids = new int[200];
        for (int i = 0; i < 3; i++)
        {
            Step(model, workspace, backend, blocks, ids);
        }

        long thread = GC.GetAllocatedBytesForCurrentThread();
        long total = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < 20; i++)
        {
            Step(model, workspace, backend, blocks, ids);
        }

        long totalAfter = GC.GetTotalAllocatedBytes(precise: true);
        long threadAfter = GC.GetAllocatedBytesForCurrentThread();
        if (threadAfter != thread || totalAfter != total)
        {
            throw new CheckException($"{threadAfter - thread} bytes on this thread, {totalAfter - total} in all");
        }

        return 0;
    }

    private static void Step(TinyModel model, Workspace workspace, IBackend backend, float** blocks, int[] ids)
    {
        workspace.Clear();
        workspace.Add(ids, 0, 200, blocks, 1);
        model.Forward(backend);
        for (int position = 200; position < 203; position++)
        {
            workspace.Clear();
            workspace.Add(ids.AsSpan(0, 1), position, position + 1, blocks, 1);
            model.Forward(backend);
        }
    }
}
