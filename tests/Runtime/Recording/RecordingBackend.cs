using System;
using System.Collections.Generic;
using Kiln.Kernels;

namespace Kiln.Tests.Recording;

/// <summary>Computes nothing and writes down what is asked of it.</summary>
public readonly struct RecordingBackend(List<Command> commands) : IBackend
{
    public void Embedding(Weight table, Value output) => commands.Add(new(OpCode.Embedding) { Weight = table, Output = output });

    public void PositionEmbedding(Weight table, Value x) => commands.Add(new(OpCode.PositionEmbedding) { Weight = table, Output = x });

    public void RmsNorm(Value x, Weight weight, float eps, Value output) =>
        commands.Add(new(OpCode.RmsNorm) { X = x, Weight = weight, Number = eps, Output = output });

    public void LayerNorm(Value x, Weight weight, Weight bias, float eps, Value output) =>
        commands.Add(new(OpCode.LayerNorm) { X = x, Weight = weight, Bias = bias, Number = eps, Output = output });

    public void Linear(Value x, Weight weight, Value output, Weight bias = default, Activation activation = Activation.None, Epilogue epilogue = Epilogue.Store) =>
        commands.Add(new(OpCode.Linear) { X = x, Weight = weight, Output = output, Bias = bias, Activation = activation, Epilogue = epilogue });

    public void RotaryTable(Rotary rotary, Value table) => commands.Add(new(OpCode.RotaryTable) { Rotary = rotary, Output = table });

    public void Rotary(Value x, int headDim, Value table) => commands.Add(new(OpCode.Rotary) { Output = x, HeadDim = headDim, Y = table });

    public void StoreKeyValues(Value key, Value value, CacheLayer cache) => commands.Add(new(OpCode.StoreKeyValues) { X = key, Y = value, Cache = cache });

    public void Attention(Value query, CacheLayer cache, float scale, Value output) =>
        commands.Add(new(OpCode.Attention) { X = query, Cache = cache, Number = scale, Output = output });

    public void Activate(Value x, Activation activation, Value output) => commands.Add(new(OpCode.Activate) { X = x, Activation = activation, Output = output });

    public void Gate(Value gate, Value up, Activation activation, Value output) =>
        commands.Add(new(OpCode.Gate) { X = gate, Y = up, Activation = activation, Output = output });

    public void Add(Value x, Value y) => commands.Add(new(OpCode.Add) { Output = x, Y = y });

    public void Copy(Value x, Value output) => commands.Add(new(OpCode.Copy) { X = x, Output = output });

    public void SelectOutputs(Value tokens, Value outputs) => commands.Add(new(OpCode.SelectOutputs) { X = tokens, Output = outputs });

    public ReadOnlySpan<float> Download(Value value, int row) => throw new InvalidOperationException("A step that is recorded has no data to look at.");
}
