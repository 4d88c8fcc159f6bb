using System;
using System.Globalization;
using Kiln.Kernels.Cpu;
using Kiln.Kernels.Threading;

namespace Kiln.Kernels.Benchmarks;

/// <summary>
/// Prints what the kernels reach beside what the machine can do, measured in the same run: <c>kernels-bench [--threads n]
/// [--seconds s] [--rows m] [--megabytes n] [gemm|gemv|ops ...]</c>.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        int threads = 1;
        double seconds = 0.3;
        int rows = 128;
        int megabytes = 270;
        string only = string.Empty;
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--threads":
                    threads = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
                    break;
                case "--seconds":
                    seconds = double.Parse(arguments[++i], CultureInfo.InvariantCulture);
                    break;
                case "--rows":
                    rows = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
                    break;
                case "--megabytes":
                    megabytes = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
                    break;
                case "gemm" or "gemv" or "ops":
                    only += arguments[i];
                    break;
                default:
                    Console.Error.WriteLine($"unknown argument '{arguments[i]}'");
                    return 2;
            }
        }

        using WorkerPool pool = new(threads);
        Console.WriteLine($"{CpuBackend.InstructionSet}, {threads} thread(s), .NET {Environment.Version}, best of several runs of {seconds} s");
        bool Wanted(string name) => only.Length == 0 || only.Contains(name, StringComparison.Ordinal);
        if (Wanted("gemm"))
        {
            LinearBenchmarks.Gemm(pool, rows, seconds);
        }

        if (Wanted("gemv"))
        {
            LinearBenchmarks.Gemv(pool, megabytes, seconds);
        }

        if (Wanted("ops"))
        {
            OpBenchmarks.Run(pool, rows, seconds);
        }

        return 0;
    }
}
