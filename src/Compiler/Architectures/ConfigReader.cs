using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Architectures;

/// <summary>
/// Reads <c>config.json</c> by the names and defaults of the family's configuration class in transformers, and keeps account: a
/// field that was read or is listed as harmless is fine, any other is reported.
/// </summary>
internal sealed class ConfigReader
{
    /// <summary>Largest dimension that a config may claim. Far above any model, low enough that products fit 64 bits.</summary>
    public const int MaxDimension = 1 << 24;

    private readonly JsonValue config;
    private readonly string file;
    private readonly DiagnosticBag diagnostics;
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    public ConfigReader(JsonValue config, DiagnosticBag diagnostics, string file = "config.json", string path = "")
    {
        this.config = config;
        this.diagnostics = diagnostics;
        this.file = file;
        Prefix = path.Length == 0 ? "" : path + ".";
    }

    private string Prefix { get; }

    /// <summary>A whole number; <paramref name="fallback"/> if the field is absent, an error if it is null.</summary>
    public int Int(string name, int fallback, int min = 1, int max = MaxDimension) => OptionalInt(name, min, max, nullable: false) ?? fallback;

    /// <summary>A whole number, or null if the field is absent or null.</summary>
    public int? OptionalInt(string name, int min = 1, int max = MaxDimension) => OptionalInt(name, min, max, nullable: true);

    /// <summary>A finite number over <paramref name="above"/>.</summary>
    public double Number(string name, double fallback, double above = double.NegativeInfinity) => OptionalNumber(name, above) ?? fallback;

    /// <summary>A finite number over <paramref name="above"/>, or null if the field is absent or null.</summary>
    public double? OptionalNumber(string name, double above = double.NegativeInfinity)
    {
        if (Field(name) is not { } value)
        {
            return null;
        }

        double number = value.Kind == JsonKind.Number && value.NumberText.IndexOf('n') < 0 ? value.Double : double.NaN;
        return number > above && !double.IsInfinity(number)
            ? number
            : throw Invalid(name, double.IsInfinity(above) ? "a number" : "a number above " + above.ToString("G9", CultureInfo.InvariantCulture), value);
    }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public bool Bool(string name, bool fallback) => Field(name) is not { } value
        ? fallback
        : value.Kind == JsonKind.Boolean ? value.Boolean : throw Invalid(name, "true or false", value);

    /// <summary>A string.</summary>
    public string String(string name, string fallback) => OptionalString(name) ?? fallback;

    /// <summary>A string, or null if the field is absent or null.</summary>
    public string? OptionalString(string name) => Field(name) is not { } value
        ? null
        : value.Kind == JsonKind.String ? value.String : throw Invalid(name, "a string", value);

    /// <summary>An object as a reader of its own, or null if the field is absent or null.</summary>
    public ConfigReader? Object(string name) => Field(name) is not { } value
        ? null
        : value.Kind == JsonKind.Object ? new ConfigReader(value, diagnostics, file, Prefix + name) : throw Invalid(name, "an object", value);

    /// <summary>An activation by its name in transformers' <c>ACT2FN</c>; the result is its name in the runtime.</summary>
    public string Activation(string name, string fallback)
    {
        string function = String(name, fallback);
        return function switch
        {
            "silu" or "swish" => "Silu",
            "gelu" or "gelu_python" => "Gelu",
            "gelu_new" or "gelu_fast" or "gelu_pytorch_tanh" or "gelu_python_tanh" or "gelu_accurate" => "GeluTanh",
            "quick_gelu" => "QuickGelu",
            "relu" => "Relu",
            "relu2" => "Relu2",
            "relu6" => "Relu6",
            "tanh" => "Tanh",
            "sigmoid" => "Sigmoid",
            "mish" => "Mish",
            "linear" => "None",
            _ => throw Unsupported(name, "one of silu, gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, relu, relu2, relu6, tanh, sigmoid, mish, linear", function),
        };
    }

    /// <summary>Refuses every value of a known field but the one that Kiln supports; absent and null are fine.</summary>
    public void Only(string name, params string[] supported)
    {
        if (Field(name) is { } value && !supported.Contains(value.Kind == JsonKind.String ? value.String : value.ToString()))
        {
            throw Unsupported(name, supported.Length == 0 ? "no such field" : string.Join(" or ", supported), value.ToString());
        }
    }

    /// <summary>Fields that change nothing in a forward pass.</summary>
    public void Harmless(params string[] names) => known.UnionWith(names);

    /// <summary>An error about a field whose value does not fit.</summary>
    public ModelException Invalid(string name, string expected, object? found) => new(
        Descriptors.InvalidConfigValue, $"{file}: {Prefix}{name}: expected {expected}, found {Shorten(found)}");

    /// <summary>An error about a field whose value Kiln cannot run.</summary>
    public ModelException Unsupported(string name, string supported, object? found) => new(
        Descriptors.UnsupportedConfigValue, $"{file}: {Prefix}{name}: {Shorten(found)} is not supported; expected {supported}");

    /// <summary>Reports the fields that nobody asked for.</summary>
    public void ReportUnknown()
    {
        foreach (string name in config.Members.Select(m => m.Key).Distinct(StringComparer.Ordinal).Where(n => !known.Contains(n)))
        {
            diagnostics.Report(
                Descriptors.UnknownConfigField,
                $"{file}: {Prefix}{name}: this field is not known; if it changes what the model computes, the results will differ (found {Shorten(config[name])})");
        }
    }

    private static string Shorten(object? value)
    {
        string text = value?.ToString() ?? "nothing";
        return text.Length > 80 ? text.Substring(0, 80) + "..." : text;
    }

    private JsonValue? Field(string name)
    {
        known.Add(name);
        return config.Get(name);
    }

    private int? OptionalInt(string name, int min, int max, bool nullable)
    {
        known.Add(name);
        if (config[name] is not { } value || (nullable && value.IsNull))
        {
            return null;
        }

        bool whole = value.Kind == JsonKind.Number && long.TryParse(value.NumberText, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
        return whole && value.Int64 >= min && value.Int64 <= max
            ? (int)value.Int64
            : throw Invalid(name, string.Format(CultureInfo.InvariantCulture, "a whole number from {0} to {1}", min, max), value);
    }
}
