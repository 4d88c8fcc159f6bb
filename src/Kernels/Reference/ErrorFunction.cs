using System;

namespace Kiln.Kernels.Reference;

/// <summary>The complementary error function in double.</summary>
internal static class ErrorFunction
{
    /// <summary><c>1 - erf(x)</c>, within about 1e-14 of its own size for x up to 6 and of 1 elsewhere.</summary>
    public static double OneMinusErf(double x)
    {
        if (x < 0)
        {
            return 2 - OneMinusErf(-x);
        }

        if (x > 27)
        {
            return 0;
        }

        if (x < 2.5)
        {
            // erf(x) = 2 / sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!: all terms positive (DLMF 7.6.2)
            double term = x;
            double sum = x;
            for (int n = 1; term > sum * 1e-17; n++)
            {
                term *= 2 * x * x / ((2 * n) + 1);
                sum += term;
            }

            return 1 - (2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum);
        }

        // continued fraction x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...))) (DLMF 7.9.1)
        double fraction = x;
        for (int n = 120; n > 0; n--)
        {
            fraction = x + (n / 2.0 / fraction);
        }

        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * fraction);
    }
}
