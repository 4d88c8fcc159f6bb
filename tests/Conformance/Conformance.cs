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
        List<Entry> entries = OracleFolder.Read(options.Folder, options.Filter);
        if (entries.Count == 0)
        {
            return;
        }

        string folder = Directory.CreateTempSubdirectory("kiln-conformance-").FullName;
        try
        {
            List<Candidate> candidates = Candidate.Of(entries);
            CompileTokenizers(candidates, folder);
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

    private void CompileTokenizers(List<Candidate> candidates, string folder)
    {
        foreach (Candidate candidate in candidates.Where(static c => c.Entry.IsTokenizer).ToList())
        {
            if (TokenizerTable.Compile(candidate.Entry.Path, Path.Combine(folder, candidate.ClassName + ".tokenizer"), out string id, out string text) is { } table)
            {
                candidate.TokenizerTable = table;
            }
            else
            {
                report.Add(id == TokenizerTable.InternalError ? Outcome.Fail : Outcome.Unsupported, candidate.Entry.Name, id, text);
                candidates.Remove(candidate);
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
