using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Xunit;

namespace Kiln.Build.Tests;

/// <summary>What the targets tell the AOT compiler, by evaluation.</summary>
public sealed class InstructionSetTests
{
    [Theory]
    [InlineData("net9.0", "linux-x64", "", "x86-x64-v3")]
    [InlineData("net10.0", "linux-x64", "", "x86-64-v3")]
    [InlineData("net10.0", "win-x64", "", "x86-64-v3")]
    [InlineData("net10.0", "linux-arm64", "", "")]
    [InlineData("net10.0", "", "", "")]
    [InlineData("net9.0", "linux-x64", "KilnInstructionSet=x86-64-v4", "x86-x64-v4")]
    [InlineData("net10.0", "linux-x64", "KilnInstructionSet=x86-x64-v4", "x86-64-v4")]
    [InlineData("net9.0", "linux-x64", "KilnInstructionSet=native", "native")]
    [InlineData("net9.0", "linux-x64", "KilnInstructionSet=none", "")]
    [InlineData("net9.0", "linux-x64", "IlcInstructionSet=avx2", "avx2")]
    [InlineData("net10.0", "linux-arm64", "KilnInstructionSet=native", "")]
    public void IsSetOnX64UnlessTheUserSaysOtherwise(string framework, string runtime, string property, string expected)
    {
        using var project = new TemporaryProject("", framework);
        List<string> arguments = ["msbuild", "-nologo", "-getProperty:IlcInstructionSet", "-p:RuntimeIdentifier=" + runtime, "-p:PublishAot=true"];
        if (property.Length > 0)
        {
            arguments.Add("-p:" + property);
        }

        Assert.Equal(expected, project.Run([.. arguments]).Trim());
    }

    [Theory]
    [InlineData("linux-x64", "none", true)]
    [InlineData("linux-x64", "", false)]
    [InlineData("linux-arm64", "none", false)]
    public void AnAotPublishWithoutOneIsWarned(string runtime, string instructionSet, bool warned)
    {
        using var project = new TemporaryProject("");
        // the check alone: what it stands before needs the AOT packs
        string output = project.Run(
            "msbuild", "-nologo", "-t:KilnCheckInstructionSet", "-p:RuntimeIdentifier=" + runtime, "-p:PublishAot=true", "-p:KilnInstructionSet=" + instructionSet);
        Assert.Equal(warned, output.Contains("Game.csproj : warning KILN0501: Game: expected an instruction set", StringComparison.Ordinal));
    }
}
