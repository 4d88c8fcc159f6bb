using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Linq;
using System.Text;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Tokenizers;

namespace Kiln.Tokenizers.Benchmarks;

/// <summary>Makes the benchmark's text and Unigram files, and times tokenizers on it: see run.sh.</summary>
internal static unsafe class Program
{
    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["text", var file]:
                File.WriteAllText(file, BenchmarkText.Make(1_000_000));
                return 0;
            case ["unigram", var size, var template, var folder]:
                // of a longer text than the measured one, so that 250,000 pieces are there
                UnigramFile.Write(BenchmarkText.Make(3_000_000), int.Parse(size, CultureInfo.InvariantCulture), template, folder);
                return 0;
            case ["time", var folder, var text, ..]:
                Time(folder, File.ReadAllText(text), arguments is [_, _, _, var seconds] ? double.Parse(seconds, CultureInfo.InvariantCulture) : 3);
                return 0;
            default:
                Console.Error.WriteLine("usage: text FILE | unigram SIZE TEMPLATE FOLDER | time FOLDER TEXT [SECONDS]");
                return 2;
        }
    }

    private static void Time(string folder, string text, double seconds)
    {
        byte[] table = Compile(folder);
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        Tokenizer tokenizer = Tokenizer.Load(table);
        byte[][] lines = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Encoding.UTF8.GetBytes)];
        int bytes = lines.Sum(static line => line.Length);
        using var encoding = new TokenEncoding();
        var options = new EncodingOptions { AddSpecialTokens = false, OffsetUnit = OffsetUnit.CodePoint };
        long tokens = 0;
        double offsets = Best(seconds, () =>
        {
            tokens = 0;
            foreach (byte[] line in lines)
            {
                tokenizer.Encode(line, encoding, options);
                tokens += encoding.Count;
            }
        });
        int[] ids = new int[lines.Max(static line => line.Length) + 16];
        double alone = Best(seconds, () =>
        {
            foreach (byte[] line in lines)
            {
                tokenizer.TryEncode(line, ids, out _, addSpecialTokens: false);
            }
        });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{{\"tokenizer\": \"{name}\", \"bytes\": {bytes}, \"tokens\": {tokens}, \"cpu_ms\": {offsets:F2}, \"cpu_ms_ids\": {alone:F2}, \"load_us\": {Load(table):F1}, \"table_bytes\": {table.Length}}}"));
    }

    private static byte[] Compile(string folder)
    {
        var files = new TokenizerFiles();
        foreach (string name in TokenizerFiles.KnownNames.Where(name => File.Exists(Path.Combine(folder, name))))
        {
            files.Add(name, File.ReadAllBytes(Path.Combine(folder, name)));
        }

        var diagnostics = new DiagnosticBag();
        return TokenizerCompiler.Compile(files, diagnostics)?.Table
            ?? throw new InvalidDataException(string.Join("\n", diagnostics.Items.Select(static d => d.Id + ": " + d.Message)));
    }

    /// <summary>The least processor time of a run, in milliseconds.</summary>
    private static double Best(double seconds, Action run)
    {
        double best = double.MaxValue;
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < 5 || clock.Elapsed.TotalSeconds < seconds; i++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            run();
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }

        return best;
    }

    /// <summary>From Load() to the first encoded word, the table mapped from a file: the median of 100, in microseconds.</summary>
    private static double Load(byte[] table)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, table);
            double[] times = new double[100];
            int[] ids = new int[16];
            for (int i = -20; i < times.Length; i++)
            {
                using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
                using MemoryMappedViewAccessor view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
                byte* start = null;
                view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
                long before = Stopwatch.GetTimestamp();
                Tokenizer tokenizer = Tokenizer.Load(start, table.Length);
                tokenizer.TryEncode("Hello", ids, out _, addSpecialTokens: false);
                TimeSpan taken = Stopwatch.GetElapsedTime(before);
                view.SafeMemoryMappedViewHandle.ReleasePointer();
                if (i >= 0)
                {
                    times[i] = taken.TotalMicroseconds;
                }
            }

            Array.Sort(times);
            return times[50];
        }
        finally
        {
            File.Delete(path);
        }
    }
}
