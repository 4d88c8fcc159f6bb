namespace Kiln.Kernels.Checks;

/// <summary>The formats of weights.</summary>
internal static class Formats
{
    public static WeightFormat[] All { get; } = [WeightFormat.F32, WeightFormat.F16, WeightFormat.BF16];
}
