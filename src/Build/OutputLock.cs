using System;
using System.Diagnostics;
using System.IO;
using System.Threading;

namespace Kiln.Build;

/// <summary>
/// Lets one build at a time work on a model's outputs: the builds of a project's frameworks run at once, and so may two builds of one
/// project. The file stays, since removing a lock file that another process waits for is a race of its own.
/// </summary>
internal sealed class OutputLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    // longer than packing the largest model takes: then it is no other build that keeps the file from being opened
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private readonly FileStream file;

    private OutputLock(FileStream file) => this.file = file;

    /// <summary>Waits for the lock.</summary>
    /// <exception cref="OperationCanceledException">The build was stopped.</exception>
    /// <exception cref="IOException">Half an hour has passed, or the file cannot be created.</exception>
    public static OutputLock Take(string path, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var waited = Stopwatch.StartNew();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return new OutputLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (File.Exists(path) && waited.Elapsed < Patience)
            {
                cancellation.WaitHandle.WaitOne(Pause);
            }
        }
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose() => file.Dispose();
}
