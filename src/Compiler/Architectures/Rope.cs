using System;
using System.Globalization;
using Kiln.Compiler.Graph;

namespace Kiln.Compiler.Architectures;

/// <summary>
/// Rotary embeddings and their scalings, as transformers' <c>modeling_rope_utils.py</c> computes them: in float32, so that the
/// tables equal those that the reference builds when it loads a model.
/// </summary>
internal static class Rope
{
    /// <summary>Reads <c>rope_theta</c> and <c>rope_scaling</c>.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="headDim">Features of a head; all are rotated.</param>
    /// <param name="maxPositions"><c>max_position_embeddings</c>.</param>
    public static RotaryParameters Read(ConfigReader config, int headDim, int maxPositions)
    {
        if (headDim % 2 != 0)
        {
            throw config.Unsupported("head_dim", "an even number (rotary embeddings turn pairs)", headDim);
        }

        config.Only("partial_rotary_factor", "1", "1.0");
        double theta = config.Number("rope_theta", 10000, above: 0);
        // transformers 5 keeps both in one object
        ConfigReader? scaling = config.Object("rope_scaling");
        if (config.Object("rope_parameters") is { } parameters)
        {
            scaling = parameters;
            theta = parameters.Number("rope_theta", theta, above: 0);
        }

        string? oldType = scaling?.OptionalString("type");
        string type = scaling?.OptionalString("rope_type") ?? oldType ?? (scaling is null ? "default" : throw scaling.Invalid("rope_type", "a string", null));
        RotaryParameters rotary = type switch
        {
            "default" => new RotaryParameters(type, Default(theta, headDim), 1, theta),
            "linear" => Linear(theta, headDim, scaling!),
            "dynamic" => Dynamic(theta, headDim, maxPositions, scaling!),
            "llama3" => Llama3(theta, headDim, scaling!),
            "yarn" => Yarn(theta, headDim, maxPositions, scaling!),
            _ => throw scaling!.Unsupported("rope_type", "default, linear, dynamic, llama3 or yarn", type),
        };
        // what another type would read
        scaling?.Harmless("original_max_position_embeddings", "factor");
        scaling?.ReportUnknown();
        return rotary;
    }

    private static float[] Default(double theta, int dim)
    {
        var frequencies = new float[dim / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = 1f / Power(theta, 2 * i, dim);
        }

        return frequencies;
    }

    private static RotaryParameters Linear(double theta, int dim, ConfigReader scaling)
    {
        float factor = (float)Factor(scaling);
        float[] frequencies = Default(theta, dim);
        for (int i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] /= factor;
        }

        return new RotaryParameters("linear by " + Text(factor), frequencies, 1, theta);
    }

    private static RotaryParameters Dynamic(double theta, int dim, int maxPositions, ConfigReader scaling)
    {
        float factor = (float)Factor(scaling);
        return dim == 2
            ? throw scaling.Unsupported("rope_type", "another type for a head of two features", "dynamic")
            : new RotaryParameters("dynamic by " + Text(factor), Default(theta, dim), 1, theta, factor, maxPositions);
    }

    private static RotaryParameters Llama3(double theta, int dim, ConfigReader scaling)
    {
        float factor = (float)Factor(scaling);
        float low = (float)Required(scaling, "low_freq_factor");
        float high = (float)Required(scaling, "high_freq_factor");
        float original = (float)Required(scaling, "original_max_position_embeddings");
        if (high <= low)
        {
            throw scaling.Invalid("high_freq_factor", "more than low_freq_factor " + Text(low), Text(high));
        }

        float[] frequencies = Default(theta, dim);
        for (int i = 0; i < frequencies.Length; i++)
        {
            float wavelength = (float)(2 * Math.PI) / frequencies[i];
            if (wavelength > original / low)
            {
                frequencies[i] /= factor;
            }
            else if (wavelength >= original / high)
            {
                float smooth = ((original / wavelength) - low) / (high - low);
                frequencies[i] = ((1 - smooth) * frequencies[i] / factor) + (smooth * frequencies[i]);
            }
        }

        return new RotaryParameters("llama3 by " + Text(factor), frequencies, 1, theta);
    }

    private static RotaryParameters Yarn(double theta, int dim, int maxPositions, ConfigReader scaling)
    {
        double factor = Factor(scaling);
        double? mscale = scaling.OptionalNumber("mscale");
        double? mscaleAllDim = scaling.OptionalNumber("mscale_all_dim");
        double attention = scaling.OptionalNumber("attention_factor")
            ?? (mscale is { } m and not 0 && mscaleAllDim is { } all and not 0 ? Mscale(factor, m) / Mscale(factor, all) : Mscale(factor, 1));
        double original = scaling.OptionalNumber("original_max_position_embeddings", above: 0) ?? maxPositions;
        double fast = scaling.OptionalNumber("beta_fast") is { } f and not 0 ? f : 32;
        double slow = scaling.OptionalNumber("beta_slow") is { } s and not 0 ? s : 1;
        bool truncate = scaling.Bool("truncate", true);
        if (theta == 1)
        {
            throw scaling.Unsupported("rope_theta", "another base than 1", theta);
        }

        double low = CorrectionDimension(fast);
        double high = CorrectionDimension(slow);
        if (truncate)
        {
            low = Math.Floor(low);
            high = Math.Ceiling(high);
        }

        float min = (float)Math.Max(low, 0);
        float max = (float)Math.Min(high, dim - 1);
        if (min == max)
        {
            max += 0.001f;
        }

        var frequencies = new float[dim / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            float power = Power(theta, 2 * i, dim);
            float extrapolation = 1f / power;
            float interpolation = 1f / ((float)factor * power);
            float ramp = Math.Min(Math.Max((i - min) / (max - min), 0), 1);
            float keep = 1 - ramp;
            frequencies[i] = (interpolation * (1 - keep)) + (extrapolation * keep);
        }

        return new RotaryParameters("yarn by " + Text(factor), frequencies, (float)attention, theta);

        // the pair that turns so many times within the original length
        double CorrectionDimension(double rotations) => dim * Math.Log(original / (rotations * 2 * Math.PI)) / (2 * Math.Log(theta));

        static double Mscale(double scale, double mscale) => scale <= 1 ? 1 : (0.1 * mscale * Math.Log(scale)) + 1;
    }

    private static float Power(double theta, int numerator, int dim) => (float)Math.Pow(theta, (float)numerator / dim);

    private static double Factor(ConfigReader scaling) => Required(scaling, "factor");

    private static double Required(ConfigReader scaling, string name) =>
        scaling.OptionalNumber(name, above: 0) ?? throw scaling.Invalid(name, "a number above 0", null);

    private static string Text(double value) => value.ToString("G9", CultureInfo.InvariantCulture);
}
