using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Kiln.Conformance.Runner;

/// <summary>A small safetensors file, read whole: inputs and expected outputs of a forward pass.</summary>
internal sealed class SafetensorsFile
{
    private readonly Dictionary<string, (string Type, long[] Shape, int Start, int Length)> tensors = [];
    private readonly byte[] bytes;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is not what it should be.</exception>
    public SafetensorsFile(string path)
    {
        bytes = File.ReadAllBytes(path);
        if (bytes.Length < 8 || BinaryPrimitives.ReadUInt64LittleEndian(bytes) is var length && length > (ulong)(bytes.Length - 8))
        {
            throw new InvalidDataException($"{Path.GetFileName(path)} is truncated");
        }

        int data = 8 + (int)length;
        using JsonDocument header = JsonDocument.Parse(bytes.AsMemory(8, (int)length));
        foreach (JsonProperty property in header.RootElement.EnumerateObject().Where(static p => p.Name != "__metadata__"))
        {
            JsonElement offsets = property.Value.GetProperty("data_offsets");
            int start = offsets[0].GetInt32();
            int end = offsets[1].GetInt32();
            if (start < 0 || end < start || end > bytes.Length - data)
            {
                throw new InvalidDataException($"{Path.GetFileName(path)}: {property.Name} lies outside the file");
            }

            long[] shape = property.Value.GetProperty("shape").EnumerateArray().Select(static d => d.GetInt64()).ToArray();
            tensors[property.Name] = (property.Value.GetProperty("dtype").GetString()!, shape, data + start, end - start);
        }
    }

    /// <summary>Names of all tensors, in order.</summary>
    public IEnumerable<string> Names => tensors.Keys.Order(StringComparer.Ordinal);

    /// <summary>Whether there is such a tensor.</summary>
    public bool Has(string name) => tensors.ContainsKey(name);

    /// <summary>A tensor's shape.</summary>
    public ReadOnlySpan<long> Shape(string name) => tensors[name].Shape;

    /// <summary>A tensor of integers or flags.</summary>
    public int[] Integers(string name)
    {
        (string type, _, int start, int length) = tensors[name];
        ReadOnlySpan<byte> data = bytes.AsSpan(start, length);
        int size = type switch
        {
            "I64" => 8,
            "I32" => 4,
            "BOOL" or "U8" => 1,
            _ => throw new InvalidDataException($"{name}: expected integers, found {type}"),
        };
        int[] values = new int[length / size];
        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> at = data[(i * size)..];
            values[i] = size switch
            {
                8 => checked((int)BinaryPrimitives.ReadInt64LittleEndian(at)),
                4 => BinaryPrimitives.ReadInt32LittleEndian(at),
                _ => at[0],
            };
        }

        return values;
    }

    /// <summary>A tensor of floating-point numbers.</summary>
    public double[] Numbers(string name)
    {
        (string type, _, int start, int length) = tensors[name];
        ReadOnlySpan<byte> data = bytes.AsSpan(start, length);
        int size = type switch
        {
            "F64" => 8,
            "F32" => 4,
            _ => throw new InvalidDataException($"{name}: expected F32 or F64, found {type}"),
        };
        double[] values = new double[length / size];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = size == 8 ? BinaryPrimitives.ReadDoubleLittleEndian(data[(8 * i)..]) : BinaryPrimitives.ReadSingleLittleEndian(data[(4 * i)..]);
        }

        return values;
    }
}
