using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Kiln.Benchmarks.MakeCheckpoint;

/// <summary>
/// Writes a checkpoint with the shape of a known model and random weights (normal, standard deviation 0.02; norms near 1), in the layout
/// of transformers' <c>save_pretrained</c>. Speed does not depend on the weights' values.
/// </summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        bool sparse = args.Contains("--sparse");
        string[] positional = args.Where(a => !a.StartsWith("--", StringComparison.Ordinal)).ToArray();
        if (positional.Length is < 2 or > 3 || !Shape.Known.TryGetValue(positional[0], out Shape? shape) || (positional.ElementAtOrDefault(2) ?? "bf16") is not ("bf16" or "f16" or "f32"))
        {
            Console.Error.WriteLine($"usage: MakeCheckpoint <{string.Join('|', Shape.Known.Keys)}> <folder> [bf16|f16|f32] [--sparse]");
            Console.Error.WriteLine("--sparse: of every matrix only the last row is not zero, the rest of the file is a hole");
            return 2;
        }

        Write(shape, positional[1], positional.ElementAtOrDefault(2) ?? "bf16", sparse);
        return 0;
    }

    private static void Write(Shape shape, string folder, string type, bool sparse)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), shape.Config(type switch { "bf16" => "bfloat16", "f16" => "float16", _ => "float32" }));
        int size = type == "f32" ? 4 : 2;
        List<(string Name, long[] Shape, long Offset, long Count)> tensors = [];
        long offset = 0;
        foreach ((string name, long[] dimensions) in shape.Tensors())
        {
            long count = dimensions.Aggregate(1L, (a, b) => a * b);
            tensors.Add((name, dimensions, offset, count));
            offset += count * size;
        }

        var header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        foreach ((string name, long[] dimensions, long start, long count) in tensors)
        {
            header.Append($",\"{name}\":{{\"dtype\":\"{type.ToUpperInvariant()}\",\"shape\":[{string.Join(',', dimensions)}],\"data_offsets\":[{start},{start + (count * size)}]}}");
        }

        header.Append('}');
        header.Append(' ', (8 - (header.Length % 8)) % 8);
        using FileStream file = File.Create(Path.Combine(folder, "model.safetensors"), 1 << 20);
        file.Write(BitConverter.GetBytes((long)header.Length));
        file.Write(Encoding.ASCII.GetBytes(header.ToString()));
        long data = file.Position;
        file.SetLength(data + offset);
        var random = new Normal(42);
        foreach ((string name, long[] dimensions, long start, long count) in tensors)
        {
            bool norm = dimensions.Length == 1;
            long from = !sparse || norm ? 0 : count - dimensions[^1];
            file.Position = data + start + (from * size);
            for (long i = from; i < count; i++)
            {
                float value = norm ? 1 + (0.1f * random.Next()) : 0.02f * random.Next();
                if (size == 4)
                {
                    file.Write(BitConverter.GetBytes(value));
                }
                else
                {
                    file.Write(BitConverter.GetBytes(type == "f16" ? BitConverter.HalfToUInt16Bits((Half)value) : (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)));
                }
            }
        }
    }

    /// <summary>Normal numbers from a small fast generator: the sum of four uniform ones.</summary>
    private sealed class Normal(ulong seed)
    {
        private ulong state = seed;

        public float Next()
        {
            state = (state * 6364136223846793005) + 1442695040888963407;
            ulong x = state ^ (state >> 29);
            int sum = (int)(x & 0xffff) + (int)((x >> 16) & 0xffff) + (int)((x >> 32) & 0xffff) + (int)(x >> 48) - (2 * 65535);
            return sum * (1.732f / 65535f);
        }
    }
}
