using System.Collections.Generic;

namespace Kiln.Compiler.Graph;

/// <summary>
/// A number that may differ from layer to layer although the layers share code: GPT-2 can divide the scores by the layer's
/// number.
/// </summary>
/// <param name="Name">Name of its table in generated code.</param>
/// <param name="Value">This layer's.</param>
internal sealed record PerLayer(string Name, float Value);
