using System;

namespace Kiln.Kernels.Checks;

/// <summary>A check that did not hold.</summary>
internal sealed class CheckException(string message) : Exception(message);
