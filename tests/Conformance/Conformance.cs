using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;

namespace Kiln.Conformance;

/// <summary>The whole run: find, compile, run, report.</summary>
internal sealed class Conformance(Options options, Report report, CancellationToken stop)
{
    /// <summary>Runs all checks.</summary>
    public void Run()
    {
        List<Entry> entries = OracleFolder.Read(options.Folder, filter: null);
        string folder = Directory.CreateTempSubdirectory("kiln-conformance-").FullName;
        try
        {
            entries.AddRange(TokenizerEntries.OlderFiles(entries.ToList(), folder));
            entries.AddRange(TokenizerEntries.Components(options.Folder, folder));
            List<Candidate> candidates = Candidate.Of(entries.Where(e => options.Filter is null || options.Filter.IsMatch(e.Name)).ToList());
            var project = new ThrowAwayProject(folder, options.Aot, stop);
            string? program = new CheckpointBuild(project, report).Run(candidates);
            if (program is not null)
            {
                new RunnerProcess(program, report, stop).Run(candidates);
            }
        }
        finally
        {
            if (options.Keep)
            {
                System.Console.Error.WriteLine("kept " + folder);
            }
            else
            {
                Delete(folder);
            }
        }
    }

    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // something still holds a file there; the system clears its temporary folder
        }
    }
}
