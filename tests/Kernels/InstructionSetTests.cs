using System;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Xunit;

namespace Kiln.Kernels.Tests;

/// <summary>All checks again in child processes with parts of the instruction set switched off.</summary>
public sealed class InstructionSetTests
{
    [Fact]
    public void AllChecksHoldWithEverythingOn()
    {
        CheckRun run = CheckRun.Start([]);
        run.AssertAllPassed();
        Assert.Contains(run.Results, result => result.Key.StartsWith("allocation/", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void WithoutAvx512TheBitsAreTheSame()
    {
        Skip.IfNot(Avx512F.IsSupported, "needs a processor with AVX-512");
        CheckRun run = CheckRun.Start(["EnableAVX512", "EnableAVX512F"]);
        Assert.Equal("AVX2", run.Uses);
        Assert.Contains("Avx512F=False Avx2=True Fma=True", run.Supported, StringComparison.Ordinal);
        run.AssertAllPassed();
        run.AssertSameBits(CheckRun.Start([]));
    }

    [SkippableFact]
    public void WithoutAvx2AllChecksHold()
    {
        Skip.IfNot(Avx2.IsSupported, "needs a processor with AVX2");
        CheckRun run = CheckRun.Start(["EnableAVX2"]);
        Assert.Equal("Vector128", run.Uses);
        Assert.Contains("Avx2=False", run.Supported, StringComparison.Ordinal);
        run.AssertAllPassed();
    }

    [SkippableFact]
    public void WithoutFmaAllChecksHold()
    {
        // one switch for both: .NET 10 knows AVX2 and FMA as one level
        Skip.IfNot(Fma.IsSupported, "needs a processor with FMA");
        CheckRun run = CheckRun.Start(["EnableFMA", "EnableAVX2"]);
        Assert.Equal("Vector128", run.Uses);
        Assert.Contains("Fma=False", run.Supported, StringComparison.Ordinal);
        run.AssertAllPassed();
    }

    [SkippableFact]
    public void WithoutAnyIntrinsicsTheOpsHold()
    {
        // no supported processor is like this; the ops say that nothing depends on more, and the rest would take a minute
        Skip.If(AdvSimd.IsSupported, "AdvSimd cannot be switched off");
        CheckRun run = CheckRun.Start(["EnableHWIntrinsic"], "ops/");
        Assert.Equal("software", run.Uses);
        Assert.Contains("Vector128=False", run.Supported, StringComparison.Ordinal);
        run.AssertAllPassed();
    }
}
