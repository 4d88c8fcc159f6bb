using System;
using System.Collections.Generic;
using System.Linq;

namespace Kiln.Kernels.Checks;

/// <summary>All checks by name. Each returns a hash of the CPU backend's results.</summary>
internal static class CheckList
{
    /// <summary>The checks.</summary>
    public static IReadOnlyList<(string Name, Func<ulong> Check)> All { get; } =
    [
        .. NumberChecks.All,
        .. FunctionChecks.All,
        .. OpChecks.All,
        .. LinearChecks.All,
        .. AttentionChecks.All,
        .. SameBitsChecks.All,
        .. AllocationChecks.All,
    ];

    /// <summary>The check of that name.</summary>
    public static Func<ulong> Find(string name) => All.Single(check => check.Name == name).Check;
}
