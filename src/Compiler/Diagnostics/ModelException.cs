using System;

namespace Kiln.Compiler.Diagnostics;

/// <summary>Ends the compilation of one model at an error after which nothing sensible can be said about the rest.</summary>
public sealed class ModelException : Exception
{
    /// <summary>Wraps the diagnostic.</summary>
    public ModelException(Diagnostic diagnostic)
        : base(diagnostic.Id + ": " + diagnostic.Message) => Diagnostic = diagnostic;

    /// <summary>Makes the diagnostic.</summary>
    public ModelException(DiagnosticDescriptor descriptor, string message)
        : this(new Diagnostic(descriptor, message))
    {
    }

    /// <summary>What is wrong.</summary>
    public Diagnostic Diagnostic { get; }
}
