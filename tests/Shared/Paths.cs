using System;
using System.IO;
using System.Runtime.CompilerServices;

namespace Kiln.Tests;

/// <summary>Where tests find their data.</summary>
internal static class Paths
{
    /// <summary>The repository.</summary>
    public static string Repository { get; } = Path.GetFullPath(Path.Combine(Here(), "..", ".."));

    /// <summary>The oracle's selection that is kept in the repository.</summary>
    public static string Fixtures { get; } = Path.Combine(Repository, "tests", "Fixtures");

    /// <summary>The folder with the whole oracle, beside the checkout, or null.</summary>
    public static string? SharedOracle { get; } =
        Path.GetFullPath(Path.Combine(Repository, "..", "shared", "oracle")) is var path && Directory.Exists(path) ? path : null;

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
