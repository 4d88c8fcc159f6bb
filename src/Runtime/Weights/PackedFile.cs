namespace Kiln;

/// <summary>
/// Identity of a file of packed weights: a safetensors file whose header begins
/// <c>{"__metadata__":{"kiln.content":"...","kiln.plan":"..."</c>. Loading compares these and parses nothing.
/// </summary>
/// <param name="name">File name of the side file, without a folder.</param>
/// <param name="planHash">SHA-256 of the packing plan, 64 lower-case hexadecimal digits.</param>
/// <param name="contentHash">SHA-256 of the checkpoint's content, 64 lower-case hexadecimal digits.</param>
/// <param name="headerLength">Bytes of the JSON header; the data start 8 bytes further.</param>
/// <param name="dataLength">Bytes of the data.</param>
public sealed class PackedFile(string name, string planHash, string contentHash, long headerLength, long dataLength)
{
    /// <summary>File name of the side file, without a folder.</summary>
    public string Name { get; } = name;

    /// <summary>SHA-256 of the packing plan, 64 lower-case hexadecimal digits.</summary>
    public string PlanHash { get; } = planHash;

    /// <summary>SHA-256 of the checkpoint's content, 64 lower-case hexadecimal digits.</summary>
    public string ContentHash { get; } = contentHash;

    /// <summary>Bytes of the JSON header; the data start 8 bytes further.</summary>
    public long HeaderLength { get; } = headerLength;

    /// <summary>Bytes of the data.</summary>
    public long DataLength { get; } = dataLength;

    /// <summary>Bytes of the whole file.</summary>
    public long Length => 8 + HeaderLength + DataLength;
}
