using System;
using System.Collections.Generic;
using System.Globalization;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Json;

namespace Kiln.Compiler.Checkpoints;

/// <summary>
/// Reads the header of a safetensors file: 8 bytes of length (little-endian), that many bytes of JSON, then the tensors' data.
/// Refuses what the reference library refuses (huggingface/safetensors, <c>safetensors/src/tensor.rs</c>, <c>read_metadata</c> and
/// <c>validate</c>), and names that stand twice, of which it would silently keep one.
/// </summary>
public static class SafetensorsHeader
{
    /// <summary>Bytes of the length field before the header.</summary>
    public const int LengthSize = 8;

    /// <summary>Longest header that the reference library accepts.</summary>
    public const int MaxLength = 100_000_000;

    // the reference's JSON parser stops at 128 containers within one another
    private const int MaxContainers = 127;

    /// <summary>Reads and checks the header's length.</summary>
    /// <param name="start">The first bytes of the file, 8 or fewer if it is shorter.</param>
    /// <param name="fileLength">Bytes of the file.</param>
    /// <param name="fileName">For messages.</param>
    /// <param name="diagnostics">Takes a KILN0104.</param>
    /// <returns>Bytes of the header, or -1 if there is an error.</returns>
    public static int ReadLength(byte[] start, long fileLength, string fileName, DiagnosticBag diagnostics)
    {
        if (start.Length < LengthSize || fileLength < LengthSize)
        {
            diagnostics.Report(Descriptors.InvalidSafetensors, fileName + ": expected at least 8 bytes (the header's length), found " + Text(fileLength));
            return -1;
        }

        ulong length = 0;
        for (int i = LengthSize - 1; i >= 0; i--)
        {
            length = (length << 8) | start[i];
        }

        if (length > MaxLength)
        {
            diagnostics.Report(
                Descriptors.InvalidSafetensors,
                fileName + ": expected a header of at most " + Text(MaxLength) + " bytes, found a length of " + length.ToString(CultureInfo.InvariantCulture));
            return -1;
        }

        if ((long)length > fileLength - LengthSize)
        {
            diagnostics.Report(
                Descriptors.InvalidSafetensors,
                fileName + ": expected a header of " + Text((long)length) + " bytes, found " + Text(fileLength - LengthSize) + " until the end of the file");
            return -1;
        }

        return (int)length;
    }

    /// <summary>Reads the header's JSON and checks every tensor in it.</summary>
    /// <param name="headerBytes">The header without the length before it.</param>
    /// <param name="fileLength">Bytes of the whole file.</param>
    /// <param name="fileName">For messages.</param>
    /// <param name="fileIndex">What the tensors' <see cref="ManifestTensor.File"/> becomes.</param>
    /// <param name="diagnostics">Takes a KILN0104 for each thing wrong with it.</param>
    /// <returns>The tensors by offset, or null if there is an error.</returns>
    public static IReadOnlyList<ManifestTensor>? Parse(byte[] headerBytes, long fileLength, string fileName, int fileIndex, DiagnosticBag diagnostics)
    {
        var problems = new Problems(fileName, diagnostics);
        if (headerBytes.Length == 0 || headerBytes[0] != '{')
        {
            problems.Add("expected a header that starts with '{', found " + (headerBytes.Length == 0 ? "none" : "byte 0x" + headerBytes[0].ToString("x2", CultureInfo.InvariantCulture)));
            return null;
        }

        JsonValue header;
        try
        {
            header = JsonReader.Parse(headerBytes, uniqueNames: true);
        }
        catch (JsonException e)
        {
            problems.Add("expected a header of JSON, found: " + e.Message);
            return null;
        }

        if (Containers(header) > MaxContainers)
        {
            problems.Add("the header is nested deeper than " + Text(MaxContainers));
            return null;
        }

        long dataStart = LengthSize + (long)headerBytes.Length;
        var tensors = new List<ManifestTensor>(header.Members.Count);
        foreach (KeyValuePair<string, JsonValue> member in header.Members)
        {
            if (member.Key == "__metadata__")
            {
                CheckMetadata(member.Value, problems);
            }
            else if (ReadTensor(member.Key, member.Value, fileIndex, dataStart, fileLength - dataStart, problems) is { } tensor)
            {
                tensors.Add(tensor);
            }
        }

        if (problems.Found)
        {
            return null;
        }

        tensors.Sort(static (a, b) =>
            a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset)
            : a.Length != b.Length ? a.Length.CompareTo(b.Length)
            : string.CompareOrdinal(a.Name, b.Name));
        CheckCoverage(tensors, dataStart, fileLength, problems);
        return problems.Found ? null : tensors;
    }

    /// <summary>Bytes of one number.</summary>
    public static int ElementSize(TensorEncoding encoding) => encoding switch
    {
        TensorEncoding.BOOL or TensorEncoding.U8 or TensorEncoding.I8 or TensorEncoding.F8_E5M2 or TensorEncoding.F8_E4M3 => 1,
        TensorEncoding.I16 or TensorEncoding.U16 or TensorEncoding.F16 or TensorEncoding.BF16 => 2,
        TensorEncoding.I32 or TensorEncoding.U32 or TensorEncoding.F32 => 4,
        _ => 8,
    };

    private static void CheckMetadata(JsonValue metadata, Problems problems)
    {
        if (metadata.IsNull)
        {
            return;
        }

        if (metadata.Kind != JsonKind.Object)
        {
            problems.Add("__metadata__: expected an object, found " + Short(metadata));
            return;
        }

        foreach (KeyValuePair<string, JsonValue> entry in metadata.Members)
        {
            if (entry.Value.Kind != JsonKind.String)
            {
                problems.Add("__metadata__: " + JsonWriter.Quote(entry.Key) + ": expected a string, found " + Short(entry.Value));
            }
        }
    }

    private static ManifestTensor? ReadTensor(string name, JsonValue info, int fileIndex, long dataStart, long dataLength, Problems problems)
    {
        try
        {
            if (!IsWellFormed(name))
            {
                throw new JsonException("expected a name of Unicode text, found a lone surrogate");
            }

            if (info.Kind != JsonKind.Object)
            {
                throw new JsonException("expected an object with dtype, shape and data_offsets, found " + Short(info));
            }

            if (!TryReadEncoding(Member(info, "dtype"), out TensorEncoding encoding))
            {
                throw new JsonException("expected a dtype of " + string.Join(", ", Enum.GetNames(typeof(TensorEncoding))) + ", found " + Short(Member(info, "dtype")));
            }

            long[] shape = ReadSizes(Member(info, "shape"), "shape");
            long[] range = ReadSizes(Member(info, "data_offsets"), "data_offsets");
            if (range.Length != 2)
            {
                throw new JsonException("data_offsets: expected two numbers, found " + Text(range.Length));
            }

            if (range[1] < range[0] || range[1] > dataLength)
            {
                throw new JsonException(
                    "data_offsets: expected a range within the " + Text(dataLength) + " bytes of data, found [" + Text(range[0]) + ", " + Text(range[1]) + "]");
            }

            long bytes;
            try
            {
                bytes = ElementSize(encoding);
                // in the reference's order, where an overflow counts even if a zero follows
                long numbers = 1;
                foreach (long size in shape)
                {
                    numbers = checked(numbers * size);
                }

                bytes = checked(numbers * bytes);
            }
            catch (OverflowException)
            {
                throw new JsonException("the size of shape [" + string.Join(", ", shape) + "] in " + encoding + " overflows 64 bits");
            }

            return bytes == range[1] - range[0]
                ? new ManifestTensor(name, encoding, shape, fileIndex, dataStart + range[0], bytes)
                : throw new JsonException(
                    "expected " + Text(bytes) + " bytes for [" + string.Join(", ", shape) + "] in " + encoding + ", found data_offsets of " + Text(range[1] - range[0]));
        }
        catch (JsonException e)
        {
            problems.Add(Printable(name) + ": " + e.Message);
            return null;
        }
    }

    private static void CheckCoverage(List<ManifestTensor> tensors, long dataStart, long fileLength, Problems problems)
    {
        long end = dataStart;
        foreach (ManifestTensor tensor in tensors)
        {
            if (tensor.Offset != end)
            {
                problems.Add(
                    Printable(tensor.Name) + ": expected its data at " + Text(end - dataStart) + " behind the tensor before it, found " + Text(tensor.Offset - dataStart)
                    + (tensor.Offset > end ? " (a hole)" : " (an overlap)"));
                return;
            }

            end += tensor.Length;
        }

        if (end != fileLength)
        {
            problems.Add("expected the file to end behind its last tensor at byte " + Text(end) + ", found " + Text(fileLength - end) + " trailing bytes");
        }
    }

    private static JsonValue Member(JsonValue info, string name) => info[name] ?? throw new JsonException("'" + name + "' is missing");

    private static bool TryReadEncoding(JsonValue value, out TensorEncoding encoding)
    {
        encoding = default;
        // Enum.TryParse would take numbers and lists too
        return value.Kind == JsonKind.String && Enum.IsDefined(typeof(TensorEncoding), value.String) && Enum.TryParse(value.String, out encoding);
    }

    private static long[] ReadSizes(JsonValue value, string what)
    {
        if (value.Kind != JsonKind.Array)
        {
            throw new JsonException(what + ": expected a list, found " + Short(value));
        }

        var sizes = new long[value.Items.Count];
        for (int i = 0; i < sizes.Length; i++)
        {
            JsonValue item = value.Items[i];
            bool isSize = item.Kind == JsonKind.Number
                && long.TryParse(item.NumberText, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out sizes[i])
                && sizes[i] >= 0 && item.NumberText[0] != '-';
            if (!isSize)
            {
                throw new JsonException(what + ": expected whole numbers from 0 to 2^63 - 1, found " + Short(item));
            }
        }

        return sizes;
    }

    private static bool IsWellFormed(string name)
    {
        for (int i = 0; i < name.Length; i++)
        {
            if (char.IsHighSurrogate(name[i]) && i + 1 < name.Length && char.IsLowSurrogate(name[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(name[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static int Containers(JsonValue value)
    {
        int deepest = 0;
        if (value.Kind == JsonKind.Array)
        {
            foreach (JsonValue item in value.Items)
            {
                deepest = Math.Max(deepest, Containers(item));
            }

            return deepest + 1;
        }

        if (value.Kind == JsonKind.Object)
        {
            foreach (KeyValuePair<string, JsonValue> member in value.Members)
            {
                deepest = Math.Max(deepest, Containers(member.Value));
            }

            return deepest + 1;
        }

        return 0;
    }

    // a name comes from the file: in a message it must not break lines
    private static string Printable(string name)
    {
        string quoted = JsonWriter.Quote(name.Length > 200 ? name.Substring(0, 200) + "..." : name);
        return quoted.IndexOf('\\') >= 0 ? quoted : quoted.Substring(1, quoted.Length - 2);
    }

    private static string Short(JsonValue value)
    {
        string text = value.Kind switch { JsonKind.Array => "a list", JsonKind.Object => "an object", _ => value.ToString() };
        return text.Length > 60 ? text.Substring(0, 60) + "..." : text;
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private sealed class Problems(string fileName, DiagnosticBag diagnostics)
    {
        public bool Found { get; private set; }

        public void Add(string message)
        {
            Found = true;
            diagnostics.Report(Descriptors.InvalidSafetensors, fileName + ": " + message);
        }
    }
}
