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
    private const string GenerationWarning = "KILN0205";

    /// <summary>Builds; candidates that were refused are reported and taken from the list.</summary>
    /// <returns>The program, or null if no candidate is left.</returns>
    /// <exception cref="ToolException">The build fails without any candidate too.</exception>
    public string? Run(List<Candidate> candidates)
    {
        while (candidates.Count > 0)
        {
            List<BuildError> errors = project.Build(candidates, out List<BuildError> warnings);
            foreach (BuildError warning in warnings.Where(static w => w.Code == GenerationWarning))
            {
                if (Find(candidates, warning, out BuildError own) is { } candidate)
                {
                    candidate.GenerationWarning = $"{own.Code} {own.Text}";
                }
            }

            if (errors.Count == 0)
            {
                return project.ProgramPath;
            }

            // errors that name none may be gone without those that are named: a class that is missing, say
            Dictionary<Candidate, List<BuildError>> named = Sort(candidates, errors);
            if (named.Count == 0)
            {
                named = Blame(candidates);
            }

            foreach (Candidate candidate in candidates.Where(named.ContainsKey).ToList())
            {
                Refuse(candidate, named[candidate]);
                candidates.Remove(candidate);
            }
        }

        return null;
    }

    private static Dictionary<Candidate, List<BuildError>> Sort(List<Candidate> candidates, List<BuildError> errors)
    {
        var named = new Dictionary<Candidate, List<BuildError>>();
        foreach (BuildError error in errors)
        {
            if (Find(candidates, error, out BuildError own) is { } candidate)
            {
                named.TryAdd(candidate, []);
                named[candidate].Add(own);
            }
        }

        return named;
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

    // a checkpoint that takes the whole build with it, so that its name is not told: found by halves
    private Dictionary<Candidate, List<BuildError>> Blame(List<Candidate> candidates)
    {
        if (project.Build([], out _) is { Count: > 0 } without)
        {
            throw new ToolException("the throw-away project does not build, not even without a checkpoint:\n"
                + string.Join('\n', without.Take(20).Select(static e => $"{e.File}: {e.Code}: {e.Text}")));
        }

        var blamed = new Dictionary<Candidate, List<BuildError>>();
        var parts = new Stack<List<Candidate>>([candidates]);
        while (parts.TryPop(out List<Candidate>? part))
        {
            List<BuildError> errors = project.Build(part, out _);
            if (errors.Count == 0)
            {
                continue;
            }

            if (part.Count == 1)
            {
                blamed.Add(part[0], errors);
                continue;
            }

            parts.Push(part[..(part.Count / 2)]);
            parts.Push(part[(part.Count / 2)..]);
        }

        return blamed.Count > 0 ? blamed : throw new ToolException("the throw-away project does not build with all checkpoints, but with each of them alone");
    }

    private void Refuse(Candidate candidate, List<BuildError> errors)
    {
        BuildError first = errors.Find(static e => !IsRefusal(e)) ?? errors[0];
        string more = errors.Count > 1 ? $" (and {errors.Count - 1} more)" : "";
        report.Add(
            IsRefusal(first) ? Outcome.Unsupported : Outcome.Fail, candidate.Entry.Name, first.Code.Length > 0 ? first.Code : "build", first.Text + more);
    }

    private static bool IsRefusal(BuildError error) => error.Code.StartsWith("KILN", StringComparison.Ordinal) && error.Code != InternalError;
}
