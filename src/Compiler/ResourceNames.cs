namespace Kiln.Compiler;

/// <summary>The names under which a model's data are found at run time: known to the emitter and to the build task.</summary>
public static class ResourceNames
{
    /// <summary>Most bytes of packed weights that <c>Embed="auto"</c> puts into the assembly.</summary>
    public const long MaxEmbeddedBytes = 256L << 20;

    /// <summary>The resource that holds the packed weights, a whole safetensors file: <c>Kiln.Namespace.Name.weights</c>.</summary>
    public static string Weights(ModelOptions options) => Prefix(options) + ".weights";

    /// <summary>The resource that holds the compiled tokenizer: <c>Kiln.Namespace.Name.tokenizer</c>.</summary>
    public static string Tokenizer(ModelOptions options) => Prefix(options) + ".tokenizer";

    /// <summary>The file beside the program that holds the packed weights where they are not embedded.</summary>
    public static string SideFile(ModelOptions options) => options.Name + ".kiln.safetensors";

    private static string Prefix(ModelOptions options) => options.Namespace.Length == 0 ? "Kiln." + options.Name : "Kiln." + options.Namespace + "." + options.Name;
}
