using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using Kiln;
using Kiln.AotProbe;
using Kiln.Tests.Recording;

// Whole-program checks of a published binary: a line "pass <name> <figure>" or "fail <name> <why>" each, exit code 1 if one fails.
// Published ahead of time by tests/Aot; each check is what a user's program would do.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const string Prompt = "Once upon a time";
int failures = 0;

// first, before anything else has used memory
Check("story", () =>
{
    using Stories model = Stories.Load();
    using TextSession session = model.CreateSession();
    var text = new StringBuilder(Prompt);
    foreach (ReadOnlySpan<char> piece in session.Generate(Prompt, new() { MaxNewTokens = 60 }))
    {
        text.Append(piece);
    }

    return Expect(
        text.ToString().StartsWith("Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball.", StringComparison.Ordinal),
        text.ToString());
});
Check("peak resident memory", () =>
{
    if (!File.Exists("/proc/self/status"))
    {
        return "not measured on this system";
    }

    string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
    long kilobytes = long.Parse(new string(line.Where(char.IsAsciiDigit).ToArray()));
    return Expect(kilobytes <= 20_000, $"{kilobytes} kB");
});
Check("no garbage, text", () => NoGarbage(session =>
{
    int pieces = 0;
    foreach (ReadOnlySpan<char> piece in session.Generate(Prompt, new() { MaxNewTokens = 100 }))
    {
        Mark(++pieces);
    }
}));
Check("no garbage, UTF-8 with sampling", () => NoGarbage(session =>
{
    int pieces = 0;
    var options = new GenerationOptions
    {
        MaxNewTokens = 100, DoSample = true, Temperature = 0.8f, TopK = 40, TopP = 0.9f, MinP = 0.01f, RepetitionPenalty = 1.1f, Seed = 7, StopStrings = ["\u0001never"],
    };
    foreach (ReadOnlySpan<byte> piece in session.GenerateUtf8(Prompt, options))
    {
        Mark(++pieces);
    }
}));
Check("no garbage, one step over several sessions", () =>
{
    using Stories model = Stories.Load();
    Session[] sessions = [model.CreateSession(64), model.CreateSession(64), model.CreateSession(64)];
    using Batch batch = model.CreateBatch(16);
    long before = 0;
    for (int step = 0; step < 20; step++)
    {
        if (step == 2)
        {
            before = GC.GetTotalAllocatedBytes(precise: true);
        }

        batch.Clear();
        foreach (Session session in sessions)
        {
            batch.Add(session, [step + 3]);
        }

        batch.Run();
    }

    long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
    Array.ForEach(sessions, s => s.Dispose());
    return Expect(allocated == 0, $"{allocated} bytes in 18 steps");
});
Check("several threads, one model", () =>
{
    using Stories model = Stories.Load();
    string expected = model.Generate(Prompt, new() { MaxNewTokens = 50 });
    string[] results = new string[4];
    Thread[] threads = Enumerable.Range(0, results.Length).Select(i => new Thread(() => results[i] = model.Generate(Prompt, new() { MaxNewTokens = 50 }))).ToArray();
    Array.ForEach(threads, t => t.Start());
    Array.ForEach(threads, t => t.Join());
    return Expect(results.All(r => r == expected), string.Join('|', results));
});
Check("side file", () =>
{
    using StoriesBeside beside = StoriesBeside.Load();
    string text = beside.Generate(Prompt, new() { MaxNewTokens = 20 });
    beside.Verify();
    return Expect(text.Contains("there was a little girl", StringComparison.Ordinal), text);
});
Check("wrong side files", () =>
{
    string folder = Directory.CreateTempSubdirectory("kiln").FullName;
    try
    {
        byte[] good = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "StoriesBeside.kiln.safetensors"));
        List<string> refusals = [];
        foreach ((string name, byte[] bytes) in new (string, byte[])[]
        {
            ("truncated", good[..^100]),
            ("empty", []),
            ("longer", [.. good, 0]),
            ("other header", [.. good[..60], (byte)(good[60] ^ 1), .. good[61..]]),
            ("zeros", new byte[good.Length]),
        })
        {
            string path = Path.Combine(folder, name);
            File.WriteAllBytes(path, bytes);
            try
            {
                using StoriesBeside model = StoriesBeside.Load(path);
                return Expect(false, name + " was loaded");
            }
            catch (InvalidDataException e) when (e.Message.Contains(path, StringComparison.Ordinal))
            {
                refusals.Add(name);
            }
        }

        try
        {
            using StoriesBeside model = StoriesBeside.Load(Path.Combine(folder, "nothing here"));
            return Expect(false, "a missing file was loaded");
        }
        catch (FileNotFoundException)
        {
            refusals.Add("missing");
        }

        return string.Join(", ", refusals);
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
});
Check("weights by name", () =>
{
    using Stories model = Stories.Load();
    WeightHandle key = model.Weights.model.layers[3].self_attn.k_proj.weight;
    float[] values = new float[key.Count];
    key.Read(values);
    return Expect(key.Name == "model.layers.3.self_attn.k_proj.weight" && key.Rows == 32 && key.Columns == 64 && values.All(float.IsFinite) && values.Any(v => v != 0), $"{key.Name} [{key.Rows}, {key.Columns}]");
});
Check("the reference backend agrees", () =>
{
    using Stories model = Stories.Load();
    int[] ids = model.Tokenizer.Encode(Prompt);
    ForwardResult fast = model.Forward(ids);
    ForwardResult exact = model.Forward(ids, Executor.Reference);
    float worst = 0;
    for (int row = 0; row < ids.Length; row++)
    {
        for (int i = 0; i < Stories.VocabularySize; i++)
        {
            worst = Math.Max(worst, Math.Abs(fast.LogitsOf(row)[i] - exact.LogitsOf(row)[i]));
        }
    }

    return Expect(worst < 1e-4f, $"largest difference {worst}");
});
Check("one recording of a step serves other rows, positions and sessions", () => string.Join(", ", Replay(Stories.Load()), Replay(TinyGpt2.Load()), Replay(TinyLlama.Load())));
return failures == 0 ? 0 : 1;

void Check(string name, Func<string> check)
{
    try
    {
        Console.WriteLine($"pass {name}: {check()}");
    }
    catch (Exception e)
    {
        failures++;
        Console.WriteLine($"fail {name}: {e.GetType().Name}: {e.Message}");
    }
}

// every number of a chunked prompt, of single steps and of a step over two sessions, through one recording and directly
static string Replay(CausalLanguageModel model)
{
    using CausalLanguageModel owned = model;
    var replay = new ReplayExecutor(StepRecording.Of(model));
    int[] prompt = Enumerable.Range(0, 17).Select(i => (i * 23) % 90).ToArray();
    using Session replayed = model.CreateSession(30, chunkLength: 5, executor: replay);
    using Session direct = model.CreateSession(30);
    bool equal = direct.Prefill(prompt).SequenceEqual(replayed.Prefill(prompt)) && direct.Decode(3).SequenceEqual(replayed.Decode(3));
    using Session second = model.CreateSession(30);
    using Batch batch = model.CreateBatch(20, executor: replay);
    int first = batch.Add(second, prompt.AsSpan(4, 9), outputs: 2);
    int last = batch.Add(replayed, [7]);
    batch.Run();
    ForwardResult alone = model.Forward(prompt.AsSpan(4, 9));
    equal &= alone.LogitsOf(7).SequenceEqual(batch.Logits(first)) && alone.LogitsOf(8).SequenceEqual(batch.Logits(first + 1));
    equal &= direct.Decode(7).SequenceEqual(batch.Logits(last));
    return Expect(equal && replay.Steps == 6, $"{model.Description.Name}: {replay.Steps} steps");
}

static string Expect(bool condition, string figure) => condition ? figure : throw new InvalidOperationException(figure);

// allocated bytes of all threads from the second piece on
static string NoGarbage(Action<TextSession> generate)
{
    using Stories model = Stories.Load();
    using TextSession session = model.CreateSession();
    Marks.Before = 0;
    generate(session);
    long allocated = GC.GetTotalAllocatedBytes(precise: true) - Marks.Before;
    return Expect(Marks.Before > 0 && allocated == 0, $"{allocated} bytes allocated from the second piece on");
}

static void Mark(int piece)
{
    if (piece == 2)
    {
        Marks.Before = GC.GetTotalAllocatedBytes(precise: true);
    }
}

internal static class Marks
{
    public static long Before { get; set; }
}
