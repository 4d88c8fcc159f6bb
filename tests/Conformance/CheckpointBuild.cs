using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Kiln.Conformance;

/// <summary>Builds all candidates at once, puts those aside that have errors, and builds again until the rest is good.</summary>
internal sealed class CheckpointBuild(ThrowAwayProject project, Report report)
{
    // what says that Kiln itself is at fault, not the checkpoint
    private const string InternalError = "KILN0009";

    /// <summary>Builds; candidates that were refused are reported and taken from the list.</summary>
    /// <returns>The program, or null if no candidate is left.</returns>
    /// <exception cref="ToolException">The build has an error that belongs to no candidate.</exception>
    public string? Run(List<Candidate> candidates)
    {
        while (candidates.Count > 0)
        {
            List<BuildError> errors = project.Build(candidates);
            if (errors.Count == 0)
            {
                return project.ProgramPath;
            }

            var byCandidate = new Dictionary<Candidate, List<BuildError>>();
            var strays = new List<BuildError>();
            foreach (BuildError error in errors)
            {
                if (Find(candidates, error, out BuildError own) is { } candidate)
                {
                    byCandidate.TryAdd(candidate, []);
                    byCandidate[candidate].Add(own);
                }
                else
                {
                    strays.Add(error);
                }
            }

            // without the refused ones the strays may be gone: a class that is missing, an analyser that saw none
            if (byCandidate.Count == 0)
            {
                throw new ToolException("the throw-away project does not build, and no checkpoint is named:\n"
                    + string.Join('\n', strays.Take(20).Select(static e => $"{e.File}: {e.Code}: {e.Text}")));
            }

            foreach (Candidate candidate in candidates.Where(byCandidate.ContainsKey).ToList())
            {
                Refuse(candidate, byCandidate[candidate]);
                candidates.Remove(candidate);
            }
        }

        return null;
    }

    private static Candidate? Find(List<Candidate> candidates, BuildError error, out BuildError own)
    {
        own = error;
        foreach (Candidate candidate in candidates)
        {
            string prefix = candidate.ClassName + ": ";
            if (error.Code.StartsWith("KILN", StringComparison.Ordinal) && error.Text.StartsWith(prefix, StringComparison.Ordinal))
            {
                own = error with { Text = error.Text[prefix.Length..] };
                return candidate;
            }
        }

        // the compiler does not take what the generator wrote for this one
        string file = Path.GetFileName(error.File);
        string? name = file.EndsWith(".g.cs", StringComparison.Ordinal) ? file[..^5].Split('.')[^1] : null;
        return candidates.Find(c => c.ClassName == name);
    }

    private void Refuse(Candidate candidate, List<BuildError> errors)
    {
        BuildError first = errors.Find(static e => !IsRefusal(e)) ?? errors[0];
        string more = errors.Count > 1 ? $" (and {errors.Count - 1} more)" : "";
        report.Add(IsRefusal(first) ? Outcome.Unsupported : Outcome.Fail, candidate.Entry.Name, first.Code, first.Text + more);
    }

    private static bool IsRefusal(BuildError error) => error.Code.StartsWith("KILN", StringComparison.Ordinal) && error.Code != InternalError;
}
