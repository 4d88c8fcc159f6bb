using System;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Kiln;
using Kiln.Kernels.Benchmarks;
using Kiln.Kernels.Threading;
using Kiln.Model.Benchmarks;

// model-bench load | decode [tokens] | prefill [tokens] | last-row; KILN_THREADS sets the threads
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string mode = args.Length > 0 ? args[0] : "";
int count = args.Length > 1 ? int.Parse(args[1]) : 0;
switch (mode)
{
    case "load":
        Load();
        return 0;
    case "decode":
        Decode(count == 0 ? 64 : count);
        return 0;
    case "prefill":
        Prefill(count == 0 ? 128 : count);
        return 0;
    case "last-row":
        LastRow();
        return 0;
    default:
        Console.Error.WriteLine("usage: model-bench load|decode [tokens]|prefill [tokens]|last-row");
        return 2;
}

// what start-up is measured with: a process that opens the model and could call Forward
static void Load()
{
    using Benched model = Benched.Load();
    using Session session = model.CreateSession(64);
    Console.WriteLine(session.MaxTokens);
    if (System.IO.File.Exists("/proc/self/status"))
    {
        // anonymous pages are the process's own; file pages are those of the program and of the mapped weights
        foreach (string line in System.IO.File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("VmHWM", StringComparison.Ordinal) || line.StartsWith("RssAnon", StringComparison.Ordinal) || line.StartsWith("RssFile", StringComparison.Ordinal))
            {
                Console.WriteLine("memory " + line.Replace("\t", " "));
            }
        }
    }
}

// GB/s of weights that a step streams, beside plain reads of a buffer of that size, in turn
static unsafe void Decode(int tokens)
{
    using Benched model = Benched.Load();
    long bytes = model.Description.PackedFile.DataLength; // tied: a step reads all of it
    using Session session = model.CreateSession(512);
    session.Prefill([1, 2, 3, 4]);
    byte* buffer = (byte*)NativeMemory.AlignedAlloc((nuint)bytes + 4096, 4096);
    new Span<byte>(buffer, (int)Math.Min(bytes, int.MaxValue)).Fill(1);
    double best = double.MaxValue;
    double read = 0;
    for (int round = 0; round < 5; round++)
    {
        read = Math.Max(read, Machine.ReadBandwidth(WorkerPool.Shared, buffer, bytes, 0.3));
        session.Truncate(4);
        for (int i = 0; i < tokens; i++)
        {
            long start = Stopwatch.GetTimestamp();
            session.Decode(i % 50);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }

    double rate = bytes / best / 1e9;
    Console.WriteLine($"decode: {1 / best:F1} tokens/s, {rate:F1} GB/s of weights ({bytes / 1e6:F0} MB), plain read {read:F1} GB/s, {rate / read:P1} of it; threads {WorkerPool.Shared.Threads}");
    NativeMemory.AlignedFree(buffer);
}

// GFLOPS of a prompt, beside the peak of fused multiply-adds, in turn
static void Prefill(int tokens)
{
    using Benched model = Benched.Load();
    using Session session = model.CreateSession(tokens, chunkLength: tokens);
    int[] ids = new int[tokens];
    for (int i = 0; i < tokens; i++)
    {
        ids[i] = (i * 7919) % Benched.VocabularySize;
    }

    double best = double.MaxValue;
    double peak = 0;
    for (int round = 0; round < 8; round++)
    {
        peak = Math.Max(peak, Machine.PeakGflops(WorkerPool.Shared, 0.2));
        session.Reset();
        long start = Stopwatch.GetTimestamp();
        session.Prefill(ids);
        best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    // multiply-adds of the layers' matrices for each token, of the head for the last one; half of the attention square
    const long QuerySize = (long)Benched.NumAttentionHeads * Benched.HeadDim;
    const long Layer = Benched.HiddenSize * (QuerySize + (2L * Benched.NumKeyValueHeads * Benched.HeadDim)) + (QuerySize * Benched.HiddenSize)
        + (3L * Benched.HiddenSize * Benched.IntermediateSize);
    double flops = (2.0 * tokens * Layer * Benched.NumHiddenLayers) + (2.0 * tokens * tokens * QuerySize * Benched.NumHiddenLayers)
        + (2.0 * Benched.HiddenSize * Benched.VocabularySize);
    double rate = flops / best / 1e9;
    Console.WriteLine($"prefill: {tokens / best:F0} tokens/s, {rate:F1} GFLOPS, peak {peak:F1}, {rate / peak:P1} of it; threads {WorkerPool.Shared.Threads}");
}

// the last row of the last tensor: beyond 2^31 bytes in a huge checkpoint
static void LastRow()
{
    using Benched model = Benched.Load();
    float[] row = new float[Benched.HiddenSize];
    model.Weights.model.embed_tokens.weight.ReadRow(Benched.VocabularySize - 1, row);
    Console.WriteLine($"embedding of the last id: {string.Join(' ', row[..4])}");
    using Session session = model.CreateSession(8);
    ReadOnlySpan<float> logits = session.Prefill([Benched.VocabularySize - 1]);
    Console.WriteLine($"logit of the last id: {logits[^1]}");
}
