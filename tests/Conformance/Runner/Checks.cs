using System;
using System.Globalization;
using System.IO;

namespace Kiln.Conformance.Runner;

/// <summary>Tells results to the tool, one in a line: <c>@check</c>, outcome, check, figure, with tabs between them.</summary>
internal sealed class Checks(TextWriter output)
{
    /// <summary>As expected.</summary>
    public void Pass(string check, string figure) => Write("Pass", check, figure);

    /// <summary>Not as expected.</summary>
    public void Fail(string check, string figure) => Write("Fail", check, figure);

    /// <summary>Kiln does not have what the check needs.</summary>
    public void Unsupported(string check, string reason) => Write("Unsupported", check, reason);

    /// <summary>Passes if there is no complaint.</summary>
    public void Expect(string check, string? complaint, string figure)
    {
        if (complaint is null)
        {
            Pass(check, figure);
        }
        else
        {
            Fail(check, complaint);
        }
    }

    /// <summary>Passes if an error is within its tolerance; the figure is the quotient.</summary>
    public void Within(string check, double error, double tolerance)
    {
        // an exact expectation (tolerance 0) has no quotient
        double share = error == 0 ? 0 : error / tolerance;
        string figure = string.Create(CultureInfo.InvariantCulture, $"{share:0.###} ({error:0.##E+0} of {tolerance:0.##E+0})");
        if (error <= tolerance)
        {
            Pass(check, figure);
        }
        else
        {
            Fail(check, figure);
        }
    }

    /// <summary>Runs a check: what it throws is its result.</summary>
    public void Guard(string check, Action work)
    {
        try
        {
            work();
        }
        catch (NotCheckedException e)
        {
            Unsupported(check, e.Message);
        }
#pragma warning disable CA1031 // whatever it is, it is this check's result
        catch (Exception e)
#pragma warning restore CA1031
        {
            string at = (e.StackTrace ?? "").Split('\n')[0].Trim();
            Fail(check, $"{e.GetType().Name}: {e.Message} {at}");
        }
    }

    private void Write(string outcome, string check, string figure) =>
        output.WriteLine($"@check\t{outcome}\t{OneField(check)}\t{OneField(figure)}");

    private static string OneField(string text) => text.Replace('\t', ' ').Replace('\r', ' ').Replace('\n', ' ');
}

/// <summary>A check needs something that Kiln does not have; the message says what.</summary>
internal sealed class NotCheckedException(string message) : Exception(message);
