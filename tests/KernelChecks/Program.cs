using System;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Kiln.Kernels.Cpu;

namespace Kiln.Kernels.Checks;

/// <summary>
/// Runs all checks and prints <c>pass|fail name bits</c> for each, where bits is a hash of every result of the CPU backend: equal
/// hashes under two instruction sets mean equal bits.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        Console.WriteLine($"uses {CpuBackend.InstructionSet}");
        Console.WriteLine(
            $"supported Avx512F={Avx512F.IsSupported} Avx2={Avx2.IsSupported} Fma={Fma.IsSupported} AdvSimd={AdvSimd.IsSupported} "
            + $"Vector128={Vector128.IsHardwareAccelerated}");
        int failed = 0;
        foreach ((string name, Func<ulong> check) in CheckList.All)
        {
            if (arguments.Length > 0 && !name.Contains(arguments[0], StringComparison.Ordinal))
            {
                continue;
            }

            try
            {
                Console.WriteLine($"pass {name} {check():x16}");
            }
            catch (CheckException exception)
            {
                failed++;
                Console.WriteLine($"fail {name} {exception.Message}");
            }
        }

        return failed == 0 ? 0 : 1;
    }
}
