using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using Kiln.Kernels;

namespace Kiln.Runtime.Tests;

/// <summary>Packs weights into a file as the build does: a safetensors file with Kiln's metadata first.</summary>
internal sealed class PackedFileBuilder
{
    private readonly MemoryStream data = new();
    private readonly StringBuilder entries = new();

    public string ContentHash { get; init; } = new('c', 64);

    public string PlanHash { get; init; } = new('a', 64);

    /// <summary>What was packed, unpacked: by weight, row-major.</summary>
    public Dictionary<Weight, float[]> Values { get; } = new();

    /// <summary>Packs <c>[rows, columns]</c>.</summary>
    public Weight Add(string name, float[] values, int rows, int columns, WeightFormat format, WeightLayout layout)
    {
        while (data.Length % 64 != 0)
        {
            data.WriteByte(0);
        }

        Weight weight = new(data.Length, rows, columns, format, layout);
        byte[] bytes = new byte[weight.ByteLength];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                long index = layout == WeightLayout.Panels ? ((((row / 16) * columns) + column) * 16) + (row % 16) : (row * columns) + column;
                float value = values[(row * columns) + column];
                int at = (int)index * weight.ElementSize;
                switch (format)
                {
                    case WeightFormat.F32:
                        BitConverter.TryWriteBytes(bytes.AsSpan(at), value);
                        break;
                    case WeightFormat.F16:
                        BitConverter.TryWriteBytes(bytes.AsSpan(at), (Half)value);
                        break;
                    default:
                        BitConverter.TryWriteBytes(bytes.AsSpan(at), (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
                        break;
                }
            }
        }

        entries.Append($",\"{name}\":{{\"dtype\":\"U8\",\"shape\":[{bytes.Length}],\"data_offsets\":[{data.Length},{data.Length + bytes.Length}]}}");
        data.Write(bytes);
        Values.Add(weight, values);
        return weight;
    }

    public byte[] ToArray()
    {
        byte[] packed = data.ToArray();
        StringBuilder header = new();
        header.Append($"{{\"__metadata__\":{{\"kiln.content\":\"{ContentHash}\",\"kiln.plan\":\"{PlanHash}\",\"kiln.data\":\"{Convert.ToHexStringLower(SHA256.HashData(packed))}\"}}");
        header.Append(entries).Append('}');
        header.Append(' ', 63 - ((8 + header.Length + 63) % 64));
        MemoryStream file = new();
        file.Write(BitConverter.GetBytes((ulong)header.Length));
        file.Write(Encoding.ASCII.GetBytes(header.ToString()));
        file.Write(packed);
        return file.ToArray();
    }

    public PackedFile Describe(string name)
    {
        byte[] file = ToArray();
        long headerLength = BitConverter.ToInt64(file);
        return new PackedFile(name, PlanHash, ContentHash, headerLength, file.Length - 8 - headerLength);
    }
}
