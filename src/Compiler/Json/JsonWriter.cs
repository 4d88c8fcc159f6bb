using System.Globalization;
using System.Text;

namespace Kiln.Compiler.Json;

/// <summary>Writes the small JSON files that Kiln keeps in <c>obj/</c>: the same text for the same content, under any culture.</summary>
public static class JsonWriter
{
    /// <summary>A JSON string literal, ASCII only.</summary>
    public static string Quote(string value)
    {
        var text = new StringBuilder(value.Length + 2);
        text.Append('"');
        foreach (char c in value)
        {
            if (c is '"' or '\\')
            {
                text.Append('\\').Append(c);
            }
            else if (c is < ' ' or > '~')
            {
                text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            }
            else
            {
                text.Append(c);
            }
        }

        return text.Append('"').ToString();
    }
}
