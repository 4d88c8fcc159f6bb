using System;
using System.Runtime.InteropServices;

namespace Kiln.Kernels.Checks;

/// <summary>An order-dependent hash of float bits (FNV-1a over words).</summary>
internal struct Bits()
{
    /// <summary>The hash so far.</summary>
    public ulong Hash { get; private set; } = 14695981039346656037;

    /// <summary>Takes numbers in.</summary>
    public void Add(ReadOnlySpan<float> numbers)
    {
        foreach (uint word in MemoryMarshal.Cast<float, uint>(numbers))
        {
            Hash = (Hash ^ word) * 1099511628211;
        }
    }
}
