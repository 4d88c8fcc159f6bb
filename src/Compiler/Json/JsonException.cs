using System;

namespace Kiln.Compiler.Json;

/// <summary>Text that is not JSON, or JSON that is not of the expected form.</summary>
public sealed class JsonException : Exception
{
    /// <summary>Says what is wrong, and where.</summary>
    public JsonException(string message)
        : base(message)
    {
    }
}
