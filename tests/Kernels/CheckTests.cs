using System;
using System.Linq;
using Kiln.Kernels.Checks;
using Xunit;

namespace Kiln.Kernels.Tests;

/// <summary>Each check under the instruction set that this machine has, by name.</summary>
public sealed class CheckTests
{
    public static TheoryData<string> Names
    {
        get
        {
            // allocations of other tests would be counted: those run in a child process only
            string[] names = [.. CheckList.All.Select(check => check.Name).Where(name => !name.StartsWith("allocation/", StringComparison.Ordinal))];
            return new TheoryData<string>(names);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Holds(string name) => CheckList.Find(name)();
}
