using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary>A sequence of a batch without its padding.</summary>
/// <param name="Ids">Its tokens.</param>
/// <param name="Places">For each token, its place in the flattened <c>[batch, sequence]</c>.</param>
internal sealed record Row(int[] Ids, int[] Places);

/// <summary>One <c>expected/forward*.safetensors</c> and the JSON beside it.</summary>
internal sealed class ForwardCase
{
    private static readonly string[] Inputs = ["input_ids", "attention_mask", "position_ids"];

    private ForwardCase(SafetensorsFile file, JsonDocument facts, List<Row> rows)
    {
        File = file;
        Facts = facts;
        Rows = rows;
    }

    /// <summary>Inputs and outputs.</summary>
    public SafetensorsFile File { get; }

    /// <summary>Errors of the reference, sizes of the outputs.</summary>
    public JsonDocument Facts { get; }

    /// <summary>The sequences.</summary>
    public List<Row> Rows { get; }

    /// <summary>Names of the outputs.</summary>
    public IEnumerable<string> Outputs => File.Names.Except(Inputs);

    /// <summary>Reads a case.</summary>
    /// <exception cref="NotCheckedException">It has inputs that a session cannot be given.</exception>
    public static ForwardCase Read(string path)
    {
        var file = new SafetensorsFile(path);
        if (!file.Has("input_ids"))
        {
            throw new NotCheckedException("it has no input_ids but " + Expected.List(file.Names));
        }

        return new ForwardCase(file, Expected.Read(Path.ChangeExtension(path, ".json")), ReadRows(file));
    }

    /// <summary>How far a float32 implementation may be off (the oracle's README).</summary>
    public double Tolerance(string output, double[] values)
    {
        JsonElement root = Facts.RootElement;
        double torch = root.Find("torch_f32_max_abs_error")?.Find(output)?.GetDouble() ?? 0;
        double size = root.Find("max_abs")?.Find(output)?.GetDouble() ?? values.Max(Math.Abs);
        return Math.Max(8 * torch, 1e-6 * size);
    }

    private static List<Row> ReadRows(SafetensorsFile file)
    {
        ReadOnlySpan<long> shape = file.Shape("input_ids");
        if (shape.Length != 2)
        {
            throw new NotCheckedException("input_ids are not [batch, sequence]");
        }

        (int batch, int length) = ((int)shape[0], (int)shape[1]);
        int[] ids = file.Integers("input_ids");
        int[]? mask = file.Has("attention_mask") ? file.Integers("attention_mask") : null;
        int[]? positions = file.Has("position_ids") ? file.Integers("position_ids") : null;
        var rows = new List<Row>();
        for (int row = 0; row < batch; row++)
        {
            int[] places = Enumerable.Range(row * length, length).Where(i => mask is null || mask[i] != 0).ToArray();
            for (int i = 0; i < places.Length; i++)
            {
                // position_ids may be one row for all; without them the reference counts from the padding on
                int position = positions is null ? places[i] % length : positions[positions.Length == length ? places[i] % length : places[i]];
                if (position != i)
                {
                    throw new NotCheckedException($"row {row} needs position {position} for its token {i}; a session's positions are 0, 1, 2, ...");
                }
            }

            if (places.Length > 0)
            {
                rows.Add(new Row(Array.ConvertAll(places, p => ids[p]), places));
            }
        }

        return rows;
    }
}
