using System;

namespace Kiln;

/// <summary>Functions made of additions and products only, so that a seed draws the same tokens whatever the C library.</summary>
internal static class PortableMath
{
    /// <summary>e^x for x at most 0, within 2 units in the last place; 0 below -708.</summary>
    public static double Exp(double x)
    {
        if (!(x > -708))
        {
            return 0;
        }

        // x = k ln 2 + r, |r| <= ln 2 / 2; ln 2 in two parts, the upper one exact when multiplied by k
        double k = Math.Round(x * 1.4426950408889634);
        double r = x - (k * 0.693147180369123816490) - (k * 1.90821492927058770002e-10);
        double sum = 1;
        for (int i = 14; i > 0; i--)
        {
            sum = 1 + (sum * r / i);
        }

        return sum * BitConverter.Int64BitsToDouble(((long)k + 1023) << 52);
    }
}
