using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;

namespace Kiln.Conformance;

/// <summary>
/// Runs the compiled program, which checks one entry after the other and tells each result in a line. Where an entry takes the whole
/// process with it, that is its result, and a new process goes on with the next.
/// </summary>
internal sealed class RunnerProcess(string program, Report report, CancellationToken stop)
{
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(10);

    /// <summary>Checks all candidates, which are those that the program was built from, in the same order.</summary>
    public void Run(IReadOnlyList<Candidate> candidates)
    {
        int next = 0;
        while (next < candidates.Count)
        {
            int running = next - 1;
            int finished = next;
            var foreign = new List<string>();
            void Read(string line)
            {
                string[] fields = line.Split('\t');
                switch (fields)
                {
                    case ["@begin", var index]:
                        running = int.Parse(index, CultureInfo.InvariantCulture);
                        break;
                    case ["@end", var index]:
                        finished = int.Parse(index, CultureInfo.InvariantCulture) + 1;
                        break;
                    case ["@check", var outcome, var check, var figure]:
                        Add(candidates[running], Enum.Parse<Outcome>(outcome), check, figure);
                        break;
                    default:
                        foreign.Add(line);
                        break;
                }
            }

            bool managed = program.EndsWith(".dll", StringComparison.Ordinal);
            string start = next.ToString(CultureInfo.InvariantCulture);
            ChildResult result = ChildProcess.Run(
                managed ? ChildProcess.DotNet : program, managed ? [program, start] : [start], Path.GetDirectoryName(program)!, SilenceLimit, stop, Read);
            if (result.ExitCode == 0 && finished == candidates.Count)
            {
                return;
            }

            string said = (string.Join(' ', foreign) + " " + result.Output).Trim();
            string how = result.TimedOut ? $"silent for {SilenceLimit.TotalMinutes:0} minutes" : $"the process ended with {result.ExitCode}";
            if (running < finished)
            {
                throw new ToolException($"the runner failed outside any check: {how}\n{said}");
            }

            report.Add(Outcome.Fail, candidates[running].Entry.Name, "run", said.Length == 0 ? how : $"{how}: {said[^Math.Min(said.Length, 400)..]}");
            next = running + 1;
        }
    }

    // where the checkpoint asks for something that Kiln does not have, and said so in the build, other tokens are no surprise
    private void Add(Candidate candidate, Outcome outcome, string check, string figure)
    {
        bool generates = check.StartsWith("generate.", StringComparison.Ordinal) || check.StartsWith("pipeline.", StringComparison.Ordinal);
        if (outcome == Outcome.Fail && generates && candidate.GenerationWarning is { } warning)
        {
            report.Add(Outcome.Unsupported, candidate.Entry.Name, check, $"{warning} ({figure})");
        }
        else
        {
            report.Add(outcome, candidate.Entry.Name, check, figure);
        }
    }
}
