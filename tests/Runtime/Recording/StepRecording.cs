using System;
using System.Collections.Generic;
using Kiln.Kernels;

namespace Kiln.Tests.Recording;

/// <summary>A model's step as a flat list of commands, recorded once without a workspace, to be replayed on any other.</summary>
public sealed class StepRecording(IReadOnlyList<Command> commands)
{
    public IReadOnlyList<Command> Commands { get; } = commands;

    /// <summary>Records a model's step.</summary>
    public static StepRecording Of(CausalLanguageModel model)
    {
        List<Command> commands = [];
        RecordingBackend backend = new(commands);
        model.Forward(ref backend);
        return new StepRecording(commands);
    }

    /// <summary>Issues the recorded ops to a backend, whatever rows its workspace holds.</summary>
    public void Replay<TBackend>(ref TBackend k)
        where TBackend : struct, IBackend
    {
        foreach (Command c in Commands)
        {
            Issue(ref k, c);
        }
    }

    private static void Issue<TBackend>(ref TBackend k, Command c)
        where TBackend : struct, IBackend
    {
        switch (c.Op)
        {
            case OpCode.Embedding:
                k.Embedding(c.Weight, c.Output);
                break;
            case OpCode.PositionEmbedding:
                k.PositionEmbedding(c.Weight, c.Output);
                break;
            case OpCode.RmsNorm:
                k.RmsNorm(c.X, c.Weight, c.Number, c.Output);
                break;
            case OpCode.LayerNorm:
                k.LayerNorm(c.X, c.Weight, c.Bias, c.Number, c.Output);
                break;
            case OpCode.Linear:
                k.Linear(c.X, c.Weight, c.Output, c.Bias, c.Activation, c.Epilogue);
                break;
            case OpCode.RotaryTable:
                k.RotaryTable(c.Rotary!, c.Output);
                break;
            case OpCode.Rotary:
                k.Rotary(c.Output, c.HeadDim, c.Y);
                break;
            case OpCode.StoreKeyValues:
                k.StoreKeyValues(c.X, c.Y, c.Cache);
                break;
            case OpCode.Attention:
                k.Attention(c.X, c.Cache, c.Number, c.Output);
                break;
            case OpCode.Activate:
                k.Activate(c.X, c.Activation, c.Output);
                break;
            case OpCode.Gate:
                k.Gate(c.X, c.Y, c.Activation, c.Output);
                break;
            case OpCode.Add:
                k.Add(c.Output, c.Y);
                break;
            case OpCode.Copy:
                k.Copy(c.X, c.Output);
                break;
            case OpCode.SelectOutputs:
                k.SelectOutputs(c.X, c.Output);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(c), c.Op, null);
        }
    }
}
