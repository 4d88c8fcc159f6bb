using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;

namespace Kiln.Conformance;

/// <summary>Compiles every checkpoint of a folder through the real build, runs it, and compares with what the folder expects.</summary>
internal static class Program
{
    private const int Failed = 1;
    private const int WrongUsage = 2;

    private static int Main(string[] arguments)
    {
        // checkpoints may be named in any script
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        if (Options.Parse(arguments, out string problem) is not { } options)
        {
            Console.Error.WriteLine(problem);
            Console.Error.WriteLine(Options.Usage);
            return WrongUsage;
        }

        var watch = Stopwatch.StartNew();
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            stop.Cancel();
        };
        try
        {
            var report = new Report(Console.Out);
            new Conformance(options, report, stop.Token).Run();
            if (options.Json is { } path)
            {
                report.WriteJson(path);
            }

            Console.Error.WriteLine($"{watch.Elapsed.TotalSeconds:0} s");
            report.WriteTotal();
            return report.Failed > 0 ? Failed : 0;
        }
        catch (UsageException e)
        {
            Console.Error.WriteLine(e.Message);
            return WrongUsage;
        }
        catch (Exception e) when (e is ToolException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            // neither a result nor a checkpoint's fault: say so, and never look like a success
            Console.Error.WriteLine(e.Message);
            return Failed;
        }
    }
}
