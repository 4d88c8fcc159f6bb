using System.Globalization;
using System.Text;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Passes;

/// <summary>Writes the safetensors header of a packed file.</summary>
internal static class PackedHeader
{
    /// <summary>Stands for a hash that is not known yet; of the same length.</summary>
    public static readonly string NoHash = new('0', 64);

    /// <summary>Header text, padded with blanks so that 8 + length is a multiple of 64.</summary>
    public static string Write(PackingPlan plan, string dataHash)
    {
        var text = new StringBuilder();
        text.Append("{\"__metadata__\":{\"kiln.content\":\"").Append(plan.ContentHash)
            .Append("\",\"kiln.plan\":\"").Append(plan.PlanHash)
            .Append("\",\"kiln.data\":\"").Append(dataHash).Append("\"}");
        long end = 0;
        foreach (PackedTensor tensor in plan.Tensors)
        {
            // the format allows no holes, so what aligns the next tensor is a tensor too
            if (tensor.Offset > end)
            {
                Entry(text, "kiln.padding." + end.ToString(CultureInfo.InvariantCulture), "U8", (tensor.Offset - end).ToString(CultureInfo.InvariantCulture), end, tensor.Offset);
            }

            end = tensor.Offset + tensor.Length;
            Entry(text, tensor.Name, tensor.Format.ToString(), Shape(tensor), tensor.Offset, end);
        }

        text.Append('}');
        text.Append(' ', 63 - ((8 + text.Length + 63) % 64));
        return text.ToString();
    }

    private static string Shape(PackedTensor tensor) => tensor.Layout switch
    {
        PackedLayout.Vector => string.Format(CultureInfo.InvariantCulture, "{0}", (tensor.Columns + 15) / 16 * 16),
        PackedLayout.Panels => string.Format(CultureInfo.InvariantCulture, "{0},{1},16", (tensor.Rows + 15) / 16, tensor.Columns),
        _ => string.Format(CultureInfo.InvariantCulture, "{0},{1}", tensor.Rows, tensor.Columns),
    };

    private static void Entry(StringBuilder text, string name, string type, string shape, long begin, long end) =>
        text.Append(',').Append(JsonWriter.Quote(name)).Append(":{\"dtype\":\"").Append(type).Append("\",\"shape\":[").Append(shape)
            .AppendFormat(CultureInfo.InvariantCulture, "],\"data_offsets\":[{0},{1}]}}", begin, end);
}
