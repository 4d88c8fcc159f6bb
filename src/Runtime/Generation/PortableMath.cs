using System;

namespace Kiln;

/// <summary>Functions made of additions and products only, so that a seed draws the same tokens whatever the C library.</summary>
internal static class PortableMath
{
    private const double C2 = 1.0 / 2;
    private const double C3 = 1.0 / 6;
    private const double C4 = 1.0 / 24;
    private const double C5 = 1.0 / 120;
    private const double C6 = 1.0 / 720;
    private const double C7 = 1.0 / 5040;
    private const double C8 = 1.0 / 40320;
    private const double C9 = 1.0 / 362880;
    private const double C10 = 1.0 / 3628800;
    private const double C11 = 1.0 / 39916800;
    private const double C12 = 1.0 / 479001600;
    private const double C13 = 1.0 / 6227020800;

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

        // the Taylor polynomial of degree 13 in pairs, so that its products do not wait for each other
        double r2 = r * r;
        double r4 = r2 * r2;
        double low = (1 + r) + (r2 * (C2 + (r * C3)));
        double middle = (C4 + (r * C5)) + (r2 * (C6 + (r * C7)));
        double high = (C8 + (r * C9)) + (r2 * (C10 + (r * C11)));
        double top = C12 + (r * C13);
        double sum = low + (r4 * (middle + (r4 * (high + (r4 * top)))));
        return sum * BitConverter.Int64BitsToDouble(((long)k + 1023) << 52);
    }
}
