using System;
using System.Text;

namespace Kiln.Compiler.Emit;

/// <summary>Text of C#, indented. Lines end in LF on every system.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder text = new();
    private int depth;

    /// <summary>Appends a line; of an empty one no blanks.</summary>
    public void Line(string line = "")
    {
        if (line.Length > 0)
        {
            text.Append(' ', 4 * depth).Append(line);
        }

        text.Append('\n');
    }

    /// <summary>Appends an XML summary.</summary>
    public void Summary(string summary) => Line("/// <summary>" + summary + "</summary>");

    /// <summary>Appends a line and the braces around what <paramref name="body"/> appends.</summary>
    public void Block(string line, Action body)
    {
        Line(line);
        Line("{");
        depth++;
        body();
        depth--;
        Line("}");
    }

    /// <summary>Appends lines one level deeper.</summary>
    public void Indented(Action body)
    {
        depth++;
        body();
        depth--;
    }

    /// <inheritdoc/>
    public override string ToString() => text.ToString();
}
