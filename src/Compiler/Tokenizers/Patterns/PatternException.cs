using System;

namespace Kiln.Compiler.Tokenizers.Patterns;

/// <summary>A pattern that is wrong, or that Kiln cannot compile.</summary>
internal sealed class PatternException(string message) : Exception(message);
