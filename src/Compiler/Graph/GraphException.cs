using System;

namespace Kiln.Compiler.Graph;

/// <summary>A graph that breaks a rule: a mistake in an architecture or a pass, never the checkpoint's fault.</summary>
internal sealed class GraphException : Exception
{
    public GraphException(string message)
        : base(message)
    {
    }
}
