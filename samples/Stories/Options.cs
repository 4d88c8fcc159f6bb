using System;
using System.Globalization;

namespace Kiln.Samples;

/// <summary>
/// The command line. Read by hand: a parser package would cost more than the model's own code in a binary of a few megabytes.
/// </summary>
internal sealed class Options
{
    public const string Usage =
        """
        Stories [prompt] [options]      continues a story (default: "Once upon a time")
          --max-new-tokens <n>          length of the continuation (200)
          --temperature <t>             draw at random; without it the likeliest token is taken
          --top-k <k>, --top-p <p>      draw only from the k likeliest tokens, or from those that reach p together
          --seed <n>                    the same story again
        """;

    public string Prompt { get; private set; } = "Once upon a time";

    public int MaxNewTokens { get; private set; } = 200;

    public float? Temperature { get; private set; }

    public int? TopK { get; private set; }

    public float? TopP { get; private set; }

    public ulong? Seed { get; private set; }

    /// <summary>Reads the arguments; null if they are not understood.</summary>
    public static Options? Parse(string[] arguments)
    {
        var options = new Options();
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            if (!name.StartsWith("--", StringComparison.Ordinal))
            {
                options.Prompt = name;
            }
            else if (i + 1 == arguments.Length || !options.Set(name, arguments[++i]))
            {
                return null;
            }
        }

        return options;
    }

    private bool Set(string name, string text)
    {
        bool whole = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number);
        bool real = float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value);
        switch (name)
        {
            case "--max-new-tokens" when whole && number is >= 1 and <= int.MaxValue:
                MaxNewTokens = (int)number;
                return true;
            case "--temperature" when real && value > 0:
                Temperature = value;
                return true;
            case "--top-k" when whole && number <= int.MaxValue:
                TopK = (int)number;
                return true;
            case "--top-p" when real && value is > 0 and <= 1:
                TopP = value;
                return true;
            case "--seed" when whole:
                Seed = number;
                return true;
            default:
                return false;
        }
    }
}
