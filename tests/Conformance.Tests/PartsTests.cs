using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Xunit;

namespace Kiln.Conformance.Tests;

/// <summary>Parts of the tool that a whole run does not reach.</summary>
public sealed class PartsTests
{
    [Fact]
    public void EveryFolderHasAClassNameOfItsOwn()
    {
        string[] names = ["models/a-b", "models/a_b", "models/A-B", "models/1", "models/名前", "trained/a-b", "models/class", "models/" + new string('x', 300)];
        List<Candidate> candidates = Candidate.Of(Array.ConvertAll(names, static n => new Entry(n, "/" + n, false)));
        Assert.Equal(["M_a_b", "M_a_b_2", "M_A_B_3", "M_1", "M___", "T_a_b", "M_class", "M_" + new string('x', 78)], candidates.Select(static c => c.ClassName));
    }

    [Fact]
    public void ErrorsOfABuildAreRead()
    {
        List<BuildError> errors = BuildError.Parse(
            [
                "    13:7>/tmp/a [b]/p.csproj : error KILN0302: M_x: model.safetensors: wte.weight: expected [98, 32], found [99, 32] [/tmp/a [b]/p.csproj]",
                "/tmp/obj/M_y.g.cs(3,14): error CS0246: no such type [/tmp/a [b]/p.csproj::TargetFramework=net9.0]",
                "/tmp/obj/M_y.g.cs(3,14): error CS0246: no such type [/tmp/a [b]/p.csproj::TargetFramework=net9.0]",
                "CSC : error CS8785: Generator failed [/tmp/a [b]/p.csproj]",
                "and this is how",
            ],
            "/tmp/a [b]/p.csproj");
        Assert.Equal(
            [
                new BuildError("/tmp/a [b]/p.csproj", "KILN0302", "M_x: model.safetensors: wte.weight: expected [98, 32], found [99, 32]"),
                new BuildError("/tmp/obj/M_y.g.cs", "CS0246", "no such type"),
                new BuildError("CSC", "CS8785", "Generator failed and this is how"),
            ],
            errors);
    }

    [SkippableFact]
    public void ACrashCostsOneEntry()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs a shell");
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string script = Path.GetTempFileName();
        try
        {
            // the first entry passes a check, the second ends the process, the third runs in the next one
            File.WriteAllText(script, """
                #!/bin/sh
                if [ "$1" = 0 ]; then
                  printf '@begin\t0\n@check\tPass\tload\tfine\n@end\t0\n@begin\t1\n@check\tPass\tload\tfine\n'
                  echo "it hurts" >&2
                  kill -9 $$
                fi
                printf '@begin\t2\n@check\tFail\tload\tbad\n@end\t2\n'
                """);
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var output = new StringWriter();
            var report = new Report(output);
            new RunnerProcess(script, report, CancellationToken.None).Run(Candidate.Of([.. new[] { "models/a", "models/b", "models/c" }.Select(static n => new Entry(n, "/" + n, false))]));
            report.WriteTotal();
            Assert.Equal(
                "pass models/a load fine\npass models/b load fine\nfail models/b run the process ended with 137: it hurts\nfail models/c load bad\n2 passed, 2 failed, 0 skipped\n",
                output.ToString().ReplaceLineEndings("\n"));
        }
        finally
        {
            File.Delete(script);
        }
    }
}
