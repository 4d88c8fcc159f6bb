using Kiln.Kernels.Threading;

namespace Kiln.Kernels.Checks;

/// <summary>Pools of several sizes, whatever the machine has.</summary>
internal static class Pools
{
    public static WorkerPool One { get; } = new(1);

    public static WorkerPool Two { get; } = new(2);

    public static WorkerPool Three { get; } = new(3);
}
