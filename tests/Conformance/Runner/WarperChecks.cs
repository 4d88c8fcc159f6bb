using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary><c>warpers.json.gz</c>: what the processors leave of given logits.</summary>
internal static class WarperChecks
{
    /// <summary>Says why they are not run: the runtime applies its filters inside a session, and gives no processed scores out.</summary>
    public static void Run(string path, Checks checks)
    {
        using JsonDocument document = Expected.Read(path);
        checks.Unsupported("warpers", $"{document.RootElement.GetProperty("cases").GetArrayLength()} cases: the runtime gives no processed scores out");
    }
}
