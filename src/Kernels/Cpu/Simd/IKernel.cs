using System;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Kiln.Kernels.Threading;

namespace Kiln.Kernels.Cpu.Simd;

/// <summary>A kernel: a struct of blittable arguments with a function that does a part of the work.</summary>
internal unsafe interface IKernel
{
    /// <summary>Does the part <c>[begin, end)</c> of the kernel's range.</summary>
    /// <typeparam name="V">The processor's vectors.</typeparam>
    /// <param name="arguments">Points at the implementing struct.</param>
    /// <param name="begin">First unit of work.</param>
    /// <param name="end">The unit after the last.</param>
    static abstract void Run<V>(void* arguments, int begin, int end)
        where V : unmanaged, ILanes<V>;
}

/// <summary>Starts kernels with the widest vectors of this processor.</summary>
internal static unsafe class Launcher
{
    // a part of less work than this takes no longer than handing it to another thread
    private const long MinMultiplyAdds = 64 * 1024;

    /// <summary>Whether AVX-512 is there and worth using; a constant once compiled.</summary>
    public static bool Has512 => Vector512.IsHardwareAccelerated && Avx512F.IsSupported;

    /// <summary>Whether AVX2 and fused multiply-add are there; a constant once compiled.</summary>
    public static bool Has256 => Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported;

    /// <summary>Name of the vectors in use.</summary>
    public static string Name => Has512 ? "AVX-512" : Has256 ? "AVX2" : Vector128.IsHardwareAccelerated ? "Vector128" : "software";

    /// <summary>Runs a kernel over <c>[0, count)</c>.</summary>
    /// <param name="pool">Whose threads to use.</param>
    /// <param name="arguments">The kernel's arguments.</param>
    /// <param name="count">Units of work.</param>
    /// <param name="multiplyAdds">The whole work, in scalar multiply-adds that take as long: decides on the number of threads.</param>
    public static void Run<TKernel>(WorkerPool pool, ref TKernel arguments, int count, long multiplyAdds)
        where TKernel : unmanaged, IKernel
    {
        delegate*<void*, int, int, void> kernel = Has512 ? &Invoke<TKernel, Lanes512> : Has256 ? &Invoke<TKernel, Lanes256> : &Invoke<TKernel, Lanes128>;
        fixed (TKernel* pointer = &arguments)
        {
            pool.Run(kernel, pointer, count, (int)Math.Min(multiplyAdds / MinMultiplyAdds, WorkerPool.MaxThreads));
        }
    }

    private static void Invoke<TKernel, V>(void* arguments, int begin, int end)
        where TKernel : unmanaged, IKernel
        where V : unmanaged, ILanes<V> => TKernel.Run<V>(arguments, begin, end);
}
