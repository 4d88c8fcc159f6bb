using System;
using System.Globalization;
using Kiln;
using Kiln.Samples;

if (Options.Parse(args) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 2;
}

using Stories model = Stories.Load();
using TextSession session = model.CreateSession();
Console.Out.Write(options.Prompt);

var generation = new GenerationOptions
{
    MaxNewTokens = options.MaxNewTokens,
    DoSample = options.Temperature is not null || options.TopK is not null || options.TopP is not null,
    Temperature = options.Temperature,
    TopK = options.TopK,
    TopP = options.TopP,
    Seed = options.Seed,
};
long before = 0;
foreach (ReadOnlySpan<char> piece in session.Generate(options.Prompt, generation))
{
    Console.Out.Write(piece);
    if (before == 0)
    {
        // from here on everything is warm: what is still allocated, is allocated for each token
        before = GC.GetTotalAllocatedBytes(precise: true);
    }
}

long allocated = before == 0 ? 0 : GC.GetTotalAllocatedBytes(precise: true) - before;
GenerationMetrics metrics = session.Metrics;

// each token reads every weight once
double gigabytes = metrics.TokensPerSecond * model.Description.PackedFile.DataLength / 1e9;
Console.Out.WriteLine();
Console.Out.WriteLine();
Console.Out.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{metrics.GeneratedTokens} tokens, {metrics.TokensPerSecond:F0} tokens/s, {gigabytes:F2} GB/s of weights, {metrics.TimeToFirstToken.TotalMilliseconds:F2} ms to the first token, {allocated} bytes allocated while generating"));
return 0;
