using System;
using System.IO;
using System.Threading;
using Kiln.Compiler.Diagnostics;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Kiln.Build;

/// <summary>What Kiln's tasks share: reporting at the project file, cancellation, and no way for an exception to end a build unread.</summary>
public abstract class KilnTask : Task, ICancelableTask, IDisposable
{
    private readonly CancellationTokenSource cancellation = new();

    /// <summary>The project file, where everything is reported.</summary>
    [Required]
    public string ProjectFile { get; set; } = "";

    /// <summary>The build was stopped.</summary>
    protected CancellationToken Cancellation => cancellation.Token;

    /// <inheritdoc/>
    public void Cancel() => cancellation.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        cancellation.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Logs a diagnostic, the item's name first.</summary>
    private protected void Report(string name, Diagnostic diagnostic, bool asError)
    {
        string message = name + ": " + diagnostic.Message;
        if (asError)
        {
            Log.LogError(null, diagnostic.Id, null, ProjectFile, 0, 0, 0, 0, "{0}", message);
        }
        else
        {
            Log.LogWarning(null, diagnostic.Id, null, ProjectFile, 0, 0, 0, 0, "{0}", message);
        }
    }

    /// <summary>Runs an item's work: what it throws becomes an error that names the item.</summary>
    /// <returns>Whether the work ran to its end.</returns>
    private protected bool Guard(string name, Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (ModelException e)
        {
            Report(name, e.Diagnostic, asError: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Report(name, new Diagnostic(Descriptors.FileUnreadable, e.Message), asError: true);
        }
#pragma warning disable CA1031 // whatever it is, the user shall read which model it was
        catch (Exception e)
#pragma warning restore CA1031
        {
            string message = e.GetType().Name + ": " + e.Message.Replace("\r", "").Replace('\n', ' ') + " This is a fault in Kiln " + KilnVersion.Release + ": please report it.";
            Report(name, new Diagnostic(Descriptors.InternalError, message), asError: true);
            Log.LogMessage(MessageImportance.Normal, "{0}", e.ToString());
        }

        return false;
    }
}
