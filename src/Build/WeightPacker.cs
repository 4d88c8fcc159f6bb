using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Passes;
using Kiln.Kernels.Packing;

namespace Kiln.Build;

/// <summary>
/// Executes a packing plan: reads the checkpoint's tensors through mapped files and writes the packed file from front to back, in
/// pieces, so that memory does not grow with the model. The header, which holds the data's hash, comes last.
/// </summary>
internal sealed unsafe class WeightPacker : IDisposable
{
    private const int PieceBytes = 8 << 20;

    private readonly PackingPlan plan;
    private readonly List<MappedFile> files = [];
    private readonly SHA256 sha = SHA256.Create();
    private byte[] piece = [];
    private long written;

    private WeightPacker(string folder, Manifest manifest, PackingPlan plan)
    {
        this.plan = plan;
        try
        {
            foreach (ManifestFile file in manifest.Files)
            {
                files.Add(new MappedFile(Path.Combine(folder, file.Name), file));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Writes a packed file.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <param name="manifest">What is in it.</param>
    /// <param name="plan">What to write.</param>
    /// <param name="path">The file; whatever it holds is lost.</param>
    /// <param name="cancellation">Stops between two pieces.</param>
    /// <exception cref="ModelException">A file has changed since the manifest was made.</exception>
    public static void Write(string folder, Manifest manifest, PackingPlan plan, string path, CancellationToken cancellation)
    {
        using var packer = new WeightPacker(folder, manifest, plan);
        using var output = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        long dataStart = SafetensorsHeader.LengthSize + plan.HeaderLength;
        output.Position = dataStart;
        foreach (PackedTensor tensor in plan.Tensors)
        {
            packer.Pad(output, tensor.Offset);
            packer.WriteTensor(output, tensor, cancellation);
            if (packer.written != tensor.Offset + tensor.Length)
            {
                throw new InvalidOperationException(string.Format(
                    CultureInfo.InvariantCulture, "{0}: {1} bytes planned, {2} written", tensor.Name, tensor.Length, packer.written - tensor.Offset));
            }
        }

        packer.Pad(output, plan.DataLength);
        packer.sha.TransformFinalBlock([], 0, 0);
        byte[] header = Encoding.ASCII.GetBytes(plan.Header(AtomicFile.Hex(packer.sha.Hash)));
        if (header.Length != plan.HeaderLength)
        {
            throw new InvalidOperationException(string.Format(CultureInfo.InvariantCulture, "a header of {0} bytes planned, {1} written", plan.HeaderLength, header.Length));
        }

        output.Position = 0;
        for (int i = 0; i < SafetensorsHeader.LengthSize; i++)
        {
            output.WriteByte((byte)((long)header.Length >> (8 * i)));
        }

        output.Write(header, 0, header.Length);
    }

    /// <summary>Whether a file is what executing the plan would give, by its header and length.</summary>
    public static bool IsUpToDate(string path, PackingPlan plan)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length != SafetensorsHeader.LengthSize + plan.HeaderLength + plan.DataLength)
        {
            return false;
        }

        byte[] start = new byte[SafetensorsHeader.LengthSize + plan.HeaderLength];
        if (CheckpointFolder.ReadFully(stream, start, start.Length) != start.Length)
        {
            return false;
        }

        const string Before = "\"kiln.data\":\"";
        string header = Encoding.ASCII.GetString(start, SafetensorsHeader.LengthSize, plan.HeaderLength);
        int hash = header.IndexOf(Before, StringComparison.Ordinal) + Before.Length;
        return hash >= Before.Length && header.Length >= hash + 64 && header == plan.Header(header.Substring(hash, 64));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (MappedFile file in files)
        {
            file.Dispose();
        }

        sha.Dispose();
    }

    private static NumberFormat Format(TensorEncoding encoding) => encoding switch
    {
        TensorEncoding.F32 => NumberFormat.F32,
        TensorEncoding.F16 => NumberFormat.F16,
        TensorEncoding.BF16 => NumberFormat.BF16,
        _ => throw new InvalidOperationException("a tensor in " + encoding + " cannot be packed"),
    };

    private void WriteTensor(Stream output, PackedTensor tensor, CancellationToken cancellation)
    {
        // what is packed in one piece: whole panels, rows, or the one vector
        int unit = tensor.Layout == PackedLayout.Panels ? Panels.Width : 1;
        int columns = tensor.Layout == PackedLayout.Vector ? (tensor.Columns + 15) / 16 * 16 : tensor.Columns;
        long unitBytes = checked((long)unit * columns * Numbers.Size((NumberFormat)tensor.Format));
        int units = (int)Math.Max(1, PieceBytes / Math.Max(1, unitBytes));
        int rows = tensor.Layout == PackedLayout.Vector ? 1 : tensor.Rows;
        for (long row = 0; row < rows; row += (long)units * unit)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = (int)Math.Min((long)units * unit, rows - row);
            int bytes = checked((int)((count + unit - 1) / unit * unitBytes));
            if (piece.Length < bytes)
            {
                piece = new byte[bytes];
            }

            Array.Clear(piece, 0, bytes);
            fixed (byte* target = piece)
            {
                foreach (PackedPart part in tensor.Parts)
                {
                    if (tensor.Layout == PackedLayout.Vector)
                    {
                        Check(part, part.Rows);
                        NumberFormat from = Format(part.Tensor.Encoding);
                        Numbers.Convert(Source(part), from, target + ((long)part.FirstRow * Numbers.Size((NumberFormat)tensor.Format)), (NumberFormat)tensor.Format, part.Rows);
                    }
                    else
                    {
                        WritePart(part, tensor, target, row, count);
                    }
                }
            }

            Append(output, bytes);
        }
    }

    // the rows of a part that fall into the packed rows [first, first + count)
    private void WritePart(PackedPart part, PackedTensor tensor, byte* target, long first, int count)
    {
        long begin = Math.Max(first, part.FirstRow);
        long end = Math.Min(first + count, (long)part.FirstRow + part.Rows);
        if (begin >= end)
        {
            return;
        }

        Check(part, checked((long)part.Rows * tensor.Columns));
        NumberFormat from = Format(part.Tensor.Encoding);
        var to = (NumberFormat)tensor.Format;
        long rowStride = part.Transposed ? 1 : tensor.Columns;
        long columnStride = part.Transposed ? part.Rows : 1;
        byte* source = Source(part) + ((begin - part.FirstRow) * rowStride * Numbers.Size(from));
        if (tensor.Layout == PackedLayout.Panels)
        {
            Panels.Pack(source, from, rowStride, columnStride, end - begin, tensor.Columns, target, to, tensor.Columns, begin - first);
            return;
        }

        for (long row = begin; row < end; row++, source += rowStride * Numbers.Size(from))
        {
            byte* to0 = target + ((row - first) * tensor.Columns * Numbers.Size(to));
            if (columnStride == 1)
            {
                Numbers.Convert(source, from, to0, to, tensor.Columns);
                continue;
            }

            for (long k = 0; k < tensor.Columns; k++)
            {
                Numbers.Write(to0, to, k, Numbers.Read(source, from, k * columnStride));
            }
        }
    }

    private byte* Source(PackedPart part) => files[part.Tensor.File].Start + part.Tensor.Offset;

    // the plan comes from a compiler that has checked all shapes; reading beyond a mapping would end the process
    private void Check(PackedPart part, long numbers)
    {
        ManifestTensor tensor = part.Tensor;
        if (tensor.Length != numbers * SafetensorsHeader.ElementSize(tensor.Encoding) || tensor.Offset + tensor.Length > files[tensor.File].Length)
        {
            throw new InvalidOperationException(tensor.Name + ": the plan does not fit the tensor " + tensor.ShapeText);
        }
    }

    private void Pad(Stream output, long offset)
    {
        while (written < offset)
        {
            int bytes = (int)Math.Min(PieceBytes, offset - written);
            if (piece.Length < bytes)
            {
                piece = new byte[bytes];
            }

            Array.Clear(piece, 0, bytes);
            Append(output, bytes);
        }
    }

    private void Append(Stream output, int bytes)
    {
        sha.TransformBlock(piece, 0, bytes, null, 0);
        output.Write(piece, 0, bytes);
        written += bytes;
    }

    private sealed class MappedFile : IDisposable
    {
        private readonly MemoryMappedFile? map;
        private readonly MemoryMappedViewAccessor? view;

        public MappedFile(string path, ManifestFile expected)
        {
            try
            {
                using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
                Length = stream.Length;
                if (Length != expected.Length)
                {
                    throw new ModelException(Descriptors.FileUnreadable, string.Format(
                        CultureInfo.InvariantCulture, "{0}: expected {1} bytes, found {2}: the file has changed during the build", expected.Name, expected.Length, Length));
                }

                map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
                view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
                byte* start = null;
                view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
                Start = start + view.PointerOffset;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Dispose();
                throw new ModelException(Descriptors.FileUnreadable, expected.Name + ": " + e.Message);
            }
        }

        public byte* Start { get; }

        public long Length { get; }

        public void Dispose()
        {
            if (view is not null && Start != null)
            {
                view.SafeMemoryMappedViewHandle.ReleasePointer();
            }

            view?.Dispose();
            map?.Dispose();
        }
    }
}
