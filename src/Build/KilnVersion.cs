using System.Globalization;
using System.Reflection;
using Kiln.Compiler;

namespace Kiln.Build;

/// <summary>Which Kiln is at work.</summary>
internal static class KilnVersion
{
    /// <summary>The release, as the manifest names it.</summary>
    public static string Release { get; } = Read();

    /// <summary>
    /// The release and the very code: outputs made by other code of the same version number, as between two commits, do not count as
    /// up to date.
    /// </summary>
    public static string Exact { get; } = string.Format(
        CultureInfo.InvariantCulture, "{0} {1:N} {2:N}", Release, typeof(ModelCompiler).Module.ModuleVersionId, typeof(KilnVersion).Module.ModuleVersionId);

    private static string Read()
    {
        string version = typeof(KilnVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        int plus = version.IndexOf('+');
        return plus < 0 ? version : version.Substring(0, plus);
    }
}
