using System.Globalization;
using System.Text;

namespace Kiln.Build;

/// <summary>MSBuild's escapes: what a task hands back is unescaped where it is read, so a folder called <c>100%25</c> would be looked for as <c>100%</c>.</summary>
internal static class MSBuildText
{
    private const string Special = "%*?@$();'";

    /// <summary>The text as an item's name or metadata has to be given.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (Special.IndexOf(c) >= 0)
            {
                escaped.Append('%').Append(((int)c).ToString("x2", CultureInfo.InvariantCulture));
            }
            else
            {
                escaped.Append(c);
            }
        }

        return escaped.ToString();
    }
}
