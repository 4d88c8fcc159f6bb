using System.Collections.Generic;
using System.Linq;
using Kiln.Compiler.Checkpoints;

namespace Kiln.Compiler.Graph;

/// <summary>What a weight is used as; decides how it is packed.</summary>
internal enum WeightUse
{
    /// <summary>Norm weight or bias.</summary>
    Vector,

    /// <summary>A table that is looked up.</summary>
    Table,

    /// <summary>The matrix of a product.</summary>
    Matrix,
}

/// <summary>One checkpoint tensor of a weight.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Rows">Output features; of a vector, its length.</param>
/// <param name="Transposed">Stored <c>[in, out]</c>.</param>
internal sealed record WeightPart(ManifestTensor Tensor, int Rows, bool Transposed);

/// <summary>A weight of the graph, <c>[Rows, Columns]</c> = [out, in], made of one checkpoint tensor or of several, one below the other.</summary>
internal sealed class GraphWeight
{
    public GraphWeight(string path, WeightUse use, int rows, int columns, IReadOnlyList<WeightPart> parts)
    {
        Path = path;
        Use = use;
        Rows = rows;
        Columns = columns;
        Parts = parts;
    }

    /// <summary>
    /// Path within its block, as generated code has it: <c>self_attn.q_proj</c> for <c>self_attn.q_proj.weight</c>, and
    /// <c>self_attn.q_proj_bias</c> for the bias.
    /// </summary>
    public string Path { get; }

    /// <summary>What it is used as.</summary>
    public WeightUse Use { get; }

    /// <summary>Output features, or table entries; 1 for a vector.</summary>
    public int Rows { get; }

    /// <summary>Input features, or a vector's length.</summary>
    public int Columns { get; }

    /// <summary>Checkpoint tensors in the order of rows.</summary>
    public IReadOnlyList<WeightPart> Parts { get; }

    /// <summary>Last segment of the path.</summary>
    public string Name => Path.Substring(Path.LastIndexOf('.') + 1);

    /// <summary>What must agree for two layers to share code.</summary>
    public string Signature => Path + " " + Use + " [" + Rows + ", " + Columns + "] "
        + string.Join("+", Parts.Select(p => p.Tensor.Encoding + (p.Transposed ? "^T" : "") + "*" + p.Rows));

    /// <summary>Several weights of one input as one, rows one below the other.</summary>
    public static GraphWeight Concat(IReadOnlyList<GraphWeight> weights)
    {
        GraphWeight first = weights[0];
        int dot = first.Path.LastIndexOf('.');
        string path = first.Path.Substring(0, dot + 1) + FusedName(weights.Select(w => w.Name).ToList());
        List<WeightPart> parts = weights.SelectMany(w => w.Parts).ToList();
        return first.Use == WeightUse.Vector
            ? new GraphWeight(path, first.Use, 1, weights.Sum(w => w.Columns), parts)
            : new GraphWeight(path, first.Use, weights.Sum(w => w.Rows), first.Columns, parts);
    }

    /// <summary><c>q_proj, k_proj, v_proj</c> -> <c>qkv_proj</c>; <c>gate_proj, up_proj</c> -> <c>gate_up_proj</c>.</summary>
    private static string FusedName(List<string> names)
    {
        int underscore = names[0].IndexOf('_');
        string suffix = underscore > 0 ? names[0].Substring(underscore) : "";
        if (!names.TrueForAll(n => n.EndsWith(suffix, System.StringComparison.Ordinal) && n.Length > suffix.Length))
        {
            suffix = "";
        }

        List<string> heads = names.ConvertAll(n => n.Substring(0, n.Length - suffix.Length));
        return string.Join(heads.TrueForAll(h => h.Length == 1) ? "" : "_", heads) + suffix;
    }
}
