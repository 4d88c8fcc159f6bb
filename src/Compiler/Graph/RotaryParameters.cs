using System.Collections.Generic;
using System.Globalization;
using Kiln.Compiler.Emit;

namespace Kiln.Compiler.Graph;

/// <summary>Rotary embeddings with any <c>rope_scaling</c> folded in; see the runtime's <c>Kiln.Kernels.Rotary</c>.</summary>
/// <param name="Type">The <c>rope_type</c>, for people.</param>
/// <param name="InverseFrequencies">Angle per position for each pair, as float32 rounded.</param>
/// <param name="AttentionFactor">Factor of cosines and sines.</param>
/// <param name="Base"><c>rope_theta</c>.</param>
/// <param name="DynamicFactor">Factor of dynamic scaling, or 0.</param>
/// <param name="DynamicMaxPositions">Longest length that dynamic scaling leaves alone.</param>
internal sealed record RotaryParameters(
    string Type,
    IReadOnlyList<float> InverseFrequencies,
    float AttentionFactor,
    double Base,
    float DynamicFactor = 0,
    int DynamicMaxPositions = 0)
{
    /// <summary>For the printed graph.</summary>
    public string Text => string.Format(CultureInfo.InvariantCulture, "{0}, base {1}", Type, Base.ToString("G9", CultureInfo.InvariantCulture));

    /// <summary>C# that makes the runtime's object.</summary>
    public string Expression
    {
        get
        {
            var numbers = new List<string>(InverseFrequencies.Count);
            foreach (float f in InverseFrequencies)
            {
                numbers.Add(Literal.Of(f));
            }

            string text = "new Rotary(new float[] { " + string.Join(", ", numbers) + " }, " + Literal.Of(AttentionFactor) + ")";
            return DynamicFactor == 0
                ? text
                : text + $" {{ DynamicFactor = {Literal.Of(DynamicFactor)}, DynamicMaxPositions = {Literal.Of(DynamicMaxPositions)}, Base = {Literal.Of(Base)} }}";
        }
    }
}
