using System.Collections.Generic;

namespace Kiln.Compiler.Diagnostics;

/// <summary>How serious a diagnostic is.</summary>
public enum DiagnosticSeverity
{
    /// <summary>The build goes on; an error where the item says <c>Strict="true"</c>.</summary>
    Warning,

    /// <summary>The model is refused.</summary>
    Error,
}

/// <summary>A kind of diagnostic: its id never changes its meaning, and <c>docs/diagnostics.md</c> has an entry for it.</summary>
/// <param name="Id"><c>KILNxxxx</c>.</param>
/// <param name="Title">What it is about, in a few words.</param>
/// <param name="Severity">Default severity.</param>
public sealed record DiagnosticDescriptor(string Id, string Title, DiagnosticSeverity Severity);

/// <summary>One thing wrong with a model.</summary>
/// <param name="Descriptor">The kind.</param>
/// <param name="Message">File, tensor or field, what was expected, what was found.</param>
public sealed record Diagnostic(DiagnosticDescriptor Descriptor, string Message)
{
    /// <summary>The kind's id.</summary>
    public string Id => Descriptor.Id;
}

/// <summary>Collects the diagnostics of one model.</summary>
public sealed class DiagnosticBag
{
    private readonly List<Diagnostic> items = new();

    /// <summary>Everything reported so far, in order.</summary>
    public IReadOnlyList<Diagnostic> Items => items;

    /// <summary>Whether one of them is an error.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>Adds a diagnostic.</summary>
    public void Report(DiagnosticDescriptor descriptor, string message) => Add(new Diagnostic(descriptor, message));

    /// <summary>Adds a diagnostic.</summary>
    public void Add(Diagnostic diagnostic)
    {
        items.Add(diagnostic);
        HasErrors |= diagnostic.Descriptor.Severity == DiagnosticSeverity.Error;
    }
}
