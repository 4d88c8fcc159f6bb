using System;
using System.IO;
using Kiln.Tests;

namespace Kiln.Conformance.Tests;

/// <summary>A folder laid out as the oracle, to put checkpoints into.</summary>
internal sealed class Scratch : IDisposable
{
    /// <summary>The folder.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("kiln-conformance-tests-").FullName;

    /// <summary>Copies a fixture.</summary>
    /// <param name="fixture">Its name below <c>models</c>.</param>
    /// <param name="name">Its new name.</param>
    /// <param name="change">What to do to the copy.</param>
    /// <returns>The copy.</returns>
    public string Copy(string fixture, string name, Action<string>? change = null)
    {
        string from = Path.Combine(Paths.Fixtures, "models", fixture);
        string to = Path.Combine(Folder, "models", name);
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, File.ReadAllBytes(file));
        }

        change?.Invoke(to);
        return to;
    }

    /// <summary>Replaces a text in a file.</summary>
    public static void Replace(string file, string old, string text)
    {
        string before = File.ReadAllText(file);
        string after = before.Replace(old, text, StringComparison.Ordinal);
        if (after == before)
        {
            throw new InvalidOperationException($"{file} has no {old}");
        }

        File.WriteAllText(file, after);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (string file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            File.SetAttributes(file, FileAttributes.Normal);
        }

        Directory.Delete(Folder, recursive: true);
    }
}
