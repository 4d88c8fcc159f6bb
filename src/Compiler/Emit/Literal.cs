using System.Globalization;

namespace Kiln.Compiler.Emit;

/// <summary>C# literals: the same text under every culture and runtime.</summary>
internal static class Literal
{
    /// <summary>The shortest decimal that reads back as the same float, with suffix.</summary>
    public static string Of(float value)
    {
        if (float.IsNaN(value))
        {
            return "float.NaN";
        }

        if (float.IsInfinity(value))
        {
            return value > 0 ? "float.PositiveInfinity" : "float.NegativeInfinity";
        }

        foreach (string format in (string[])["G6", "G7", "G8"])
        {
            string text = value.ToString(format, CultureInfo.InvariantCulture);
            if (float.Parse(text, CultureInfo.InvariantCulture) == value)
            {
                return text.Replace("E", "e") + "f";
            }
        }

        return value.ToString("G9", CultureInfo.InvariantCulture).Replace("E", "e") + "f";
    }

    /// <summary>The shortest decimal that reads back as the same double, with suffix.</summary>
    public static string Of(double value)
    {
        foreach (string format in (string[])["G15", "G16"])
        {
            string text = value.ToString(format, CultureInfo.InvariantCulture);
            if (double.Parse(text, CultureInfo.InvariantCulture) == value)
            {
                return text.Replace("E", "e") + "d";
            }
        }

        return value.ToString("G17", CultureInfo.InvariantCulture).Replace("E", "e") + "d";
    }

    /// <summary>A whole number.</summary>
    public static string Of(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A string literal: JSON's is one of C#'s.</summary>
    public static string Of(string value) => Json.JsonWriter.Quote(value);
}
