using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Reflection;
using System.Security.Cryptography;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace Kiln;

/// <summary>
/// A model's packed weights where they lie: in an embedded resource or a read-only mapping of a side file. Nothing is copied and
/// nothing is parsed; pages are read when they are first used.
/// </summary>
/// <remarks>
/// Steps hold the weights while they run, so that disposing a model under a running step frees them only after it.
/// </remarks>
public sealed unsafe class PackedWeights : IDisposable
{
    private const int HashLength = 64;

    private readonly string modelName;
    private readonly long dataLength;
    private readonly byte* file;
    private readonly byte* data;
    private readonly UnmanagedMemoryStream? resource;
    private readonly MemoryMappedFile? mapping;
    private readonly MemoryMappedViewAccessor? view;

    // the owner counts as one holder
    private int holders = 1;
    private int disposed;

    private PackedWeights(ModelDescription model, string source, byte* file, UnmanagedMemoryStream? resource, MemoryMappedFile? mapping, MemoryMappedViewAccessor? view)
    {
        modelName = model.Name;
        Source = source;
        this.file = file;
        this.resource = resource;
        this.mapping = mapping;
        this.view = view;
        dataLength = model.PackedFile.DataLength;
        data = file + 8 + model.PackedFile.HeaderLength;
    }

    /// <summary>Unmaps the file if <see cref="Dispose"/> was forgotten.</summary>
    ~PackedWeights()
    {
        // the handle is finalized after this, and only without a pointer in use does it unmap
        if (view is not null && holders > 0)
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    /// <summary>Where the weights come from: a path, or the name of an embedded resource.</summary>
    public string Source { get; }

    /// <summary>
    /// Opens the embedded resource that the description names; if it names none, the side file in the program's folder
    /// (<see cref="AppContext.BaseDirectory"/>).
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="assembly">The assembly of the generated class.</param>
    /// <exception cref="FileNotFoundException">There is no such resource or file.</exception>
    /// <exception cref="InvalidDataException">The weights are not those that the class was compiled for.</exception>
    public static PackedWeights OpenDefault(ModelDescription model, Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(assembly);
        if (model.WeightsResource is null)
        {
            return OpenFile(model, Path.Combine(AppContext.BaseDirectory, model.PackedFile.Name));
        }

        UnmanagedMemoryStream stream = OpenResource(model, assembly, model.WeightsResource);
        string source = "resource " + model.WeightsResource;
        Check(model.PackedFile, source, stream.PositionPointer, stream.Length);
        return new PackedWeights(model, source, stream.PositionPointer, stream, null, null);
    }

    /// <summary>Maps a side file.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not the one that the class was compiled for.</exception>
    public static PackedWeights OpenFile(ModelDescription model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"The weights of {model.Name} are not there: {path}", path);
        }

        using SafeFileHandle handle = File.OpenHandle(path);
        long length = RandomAccess.GetLength(handle);

        // before mapping: a file that is cut off is told by its length, an empty one cannot be mapped
        CheckLength(model.PackedFile, path, length);
        MemoryMappedFile mapping = MemoryMappedFile.CreateFromFile(
            handle, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        MemoryMappedViewAccessor? view = null;
        byte* start = null;
        try
        {
            view = mapping.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            start += view.PointerOffset;
            Check(model.PackedFile, path, start, length);
            return new PackedWeights(model, path, start, null, mapping, view);
        }
        catch
        {
            Unmap(mapping, view, start != null);
            throw;
        }
    }

    /// <summary>Reads all data and compares their SHA-256 with the one in the header. It takes as long as reading the file does.</summary>
    /// <exception cref="InvalidDataException">The data were changed after they were packed.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public void Verify()
    {
        byte* start = Hold();
        try
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            const int Part = 1 << 24;
            for (long at = 0; at < dataLength; at += Part)
            {
                hash.AppendData(new ReadOnlySpan<byte>(start + at, (int)Math.Min(Part, dataLength - at)));
            }

            Span<byte> result = stackalloc byte[32];
            hash.GetHashAndReset(result);
            string actual = Convert.ToHexStringLower(result);
            string expected = Text(new ReadOnlySpan<byte>(file + 8 + PrefixLength, HashLength));
            if (actual != expected)
            {
                throw new InvalidDataException($"{Source}: the weights are damaged: the SHA-256 of the data is {actual}, the header says {expected}.");
            }
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Gives the weights up; they are unmapped as soon as no step uses them.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            Release();
        }
    }

    /// <summary>A resource in place.</summary>
    internal static UnmanagedMemoryStream OpenResource(ModelDescription model, Assembly assembly, string name) =>
        assembly.GetManifestResourceStream(name) switch
        {
            UnmanagedMemoryStream stream => stream,
            null => throw new FileNotFoundException($"{model.Name}: the resource {name} is not in the assembly {assembly.GetName().Name}.", name),
            _ => throw new InvalidDataException($"{model.Name}: the resource {name} is not in memory."),
        };

    /// <summary>Start of the data, kept alive until <see cref="Release"/>.</summary>
    internal byte* Hold()
    {
        int count = Volatile.Read(ref holders);
        while (true)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref disposed) != 0 || count == 0, modelName);
            int before = Interlocked.CompareExchange(ref holders, count + 1, count);
            if (before == count)
            {
                return data;
            }

            count = before;
        }
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref holders) == 0)
        {
            GC.SuppressFinalize(this);
            resource?.Dispose();
            if (mapping is not null)
            {
                Unmap(mapping, view, acquired: true);
            }
        }
    }

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref disposed) != 0, modelName);

    private static void Unmap(MemoryMappedFile mapping, MemoryMappedViewAccessor? view, bool acquired)
    {
        if (acquired)
        {
            view!.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        view?.Dispose();
        mapping.Dispose();
    }

    private static void CheckLength(PackedFile expected, string source, long length)
    {
        if (length < expected.Length)
        {
            throw new InvalidDataException(
                $"{source}: the file of weights is cut off, or made for another model: it has {length} bytes, this program was compiled for {expected.Length}.");
        }

        if (length > expected.Length)
        {
            throw new InvalidDataException(
                $"{source}: wrong weights for this program: the file has {length} bytes, this program was compiled for {expected.Length}.");
        }
    }

    private static void Check(PackedFile expected, string source, byte* start, long length)
    {
        CheckLength(expected, source, length);
        ReadOnlySpan<byte> header = new(start + 8, (int)Math.Min(expected.HeaderLength, PrefixLength + HashLength + 2));
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(start, 8));
        if (headerLength != (ulong)expected.HeaderLength)
        {
            throw new InvalidDataException(
                $"{source}: wrong weights for this program: the header has {headerLength} bytes, this program was compiled for {expected.HeaderLength}.");
        }

        CheckField(ref header, source, "{\"__metadata__\":{\"kiln.content\":\""u8, expected.ContentHash, "it holds another checkpoint (kiln.content)");
        CheckField(ref header, source, "\",\"kiln.plan\":\""u8, expected.PlanHash, "it is packed in another way (kiln.plan)");
        if (!header.StartsWith("\",\"kiln.data\":\""u8))
        {
            throw new InvalidDataException($"{source}: not a Kiln file of weights: the header has no kiln.data.");
        }
    }

    private static void CheckField(ref ReadOnlySpan<byte> header, string source, ReadOnlySpan<byte> key, string value, string difference)
    {
        if (!header.StartsWith(key) || header.Length < key.Length + value.Length)
        {
            throw new InvalidDataException($"{source}: not a Kiln file of weights: the header does not begin with kiln.content and kiln.plan.");
        }

        ReadOnlySpan<byte> found = header.Slice(key.Length, value.Length);
        for (int i = 0; i < value.Length; i++)
        {
            if (found[i] != value[i])
            {
                throw new InvalidDataException(
                    $"{source}: wrong weights for this program: {difference}: expected {value}, found {Text(found)}. Use the file that was written by the same build.");
            }
        }

        header = header[(key.Length + value.Length)..];
    }

    private static int PrefixLength =>
        "{\"__metadata__\":{\"kiln.content\":\""u8.Length + "\",\"kiln.plan\":\""u8.Length + "\",\"kiln.data\":\""u8.Length + (2 * HashLength);

    // whatever a foreign file holds, the message stays printable
    private static string Text(ReadOnlySpan<byte> ascii)
    {
        Span<char> text = stackalloc char[ascii.Length];
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = ascii[i] is > 0x20 and < 0x7f ? (char)ascii[i] : '?';
        }

        return new string(text);
    }
}
