namespace Kiln.Compiler.Graph;

/// <summary>The row spaces of a step; those of the runtime's <c>Kiln.Kernels.RowSpace</c>.</summary>
internal enum RowSpace
{
    /// <summary>One row a token.</summary>
    Tokens,

    /// <summary>One row for each token whose logits are wanted.</summary>
    Outputs,
}

/// <summary>
/// A value of the graph, <c>[rows of Space, Width]</c>: assigned once, by one op. It has storage of its own, or is some columns of
/// another value, or takes over the storage of an input of its op.
/// </summary>
internal sealed class GraphValue
{
    private GraphValue(string name, RowSpace space, int width, int count)
    {
        Name = name;
        Space = space;
        Width = width;
        Count = count;
    }

    /// <summary>Name for people; not unique.</summary>
    public string Name { get; set; }

    /// <summary>Row space.</summary>
    public RowSpace Space { get; }

    /// <summary>Features a row.</summary>
    public int Width { get; }

    /// <summary>Values of this shape in a row, for the hidden states of all layers; otherwise 1.</summary>
    public int Count { get; }

    /// <summary>The value that this one is columns of, from <see cref="Column"/>; or null.</summary>
    public GraphValue? Parent { get; private set; }

    /// <summary>First column in <see cref="Parent"/>.</summary>
    public int Column { get; private set; }

    /// <summary>The input of its op whose place this value takes, or null.</summary>
    public GraphValue? InPlaceOf { get; private set; }

    /// <summary>A value with storage of its own.</summary>
    public static GraphValue New(string name, RowSpace space, int width, int count = 1) => new(name, space, width, count);

    /// <summary>Some columns of this value, in place.</summary>
    public GraphValue Columns(string name, int start, int width) => new(name, Space, width, 1) { Parent = this, Column = start };

    /// <summary>The result of an op that overwrites this value.</summary>
    public GraphValue Overwritten() => new(Name, Space, Width, 1) { InPlaceOf = this };

    /// <summary>Turns a value with storage of its own into columns of another; for fusion.</summary>
    public void BecomeColumns(GraphValue parent, int start)
    {
        Parent = parent;
        Column = start;
    }

    /// <summary>The value that has the storage.</summary>
    public GraphValue Root
    {
        get
        {
            GraphValue value = this;
            while ((value.InPlaceOf ?? value.Parent) is { } next)
            {
                value = next;
            }

            return value;
        }
    }

    /// <summary>This value, or the one before it whose handle serves for it too: an overwritten value keeps its handle.</summary>
    public GraphValue Place
    {
        get
        {
            GraphValue value = this;
            while (value.InPlaceOf is { } next)
            {
                value = next;
            }

            return value;
        }
    }

    /// <summary><c>x [tokens, 64]</c>.</summary>
    public string TypedName => Name + " [" + (Space == RowSpace.Tokens ? "tokens" : "outputs") + ", " + Width + "]";
}
