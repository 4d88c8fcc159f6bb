using System;
using System.Collections.Generic;
using System.Linq;
using Kiln.Kernels;
using Kiln.Tests.Recording;
using Xunit;

namespace Kiln.Runtime.Tests.Recording;

public class RecordingTests
{
    private static readonly int[] Prompt = Enumerable.Range(0, 50).Select(i => (i * 23) % TinyModel.VocabularySize).ToArray();
    private static readonly Weight weight = new(0, 16, 16, WeightFormat.F32, WeightLayout.Panels);

    [Fact]
    public void A_model_gives_the_same_list_every_time()
    {
        using TinyModel model = TinyModel.Load();
        Assert.Equal(StepRecording.Of(model).Commands, StepRecording.Of(model).Commands);
        Assert.Equal(2 + (12 * TinyModel.NumHiddenLayers) + 3, StepRecording.Of(model).Commands.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_recording_serves_other_rows_positions_sessions_and_caches(bool reference)
    {
        using TinyModel model = TinyModel.Load(dynamicRotary: true);
        ReplayExecutor replay = new(StepRecording.Of(model), reference);
        Executor direct = reference ? Executor.Reference : Executor.Cpu;
        using Session a = model.CreateSession(chunkLength: 13, executor: replay);
        using Session expected = model.CreateSession(executor: direct);
        Assert.Equal(expected.Prefill(Prompt).ToArray(), a.Prefill(Prompt).ToArray());
        Assert.Equal(expected.Decode(3).ToArray(), a.Decode(3).ToArray());

        using Session b = model.CreateSession(maxTokens: 70);
        using Session alone = model.CreateSession(executor: direct);
        using Batch batch = model.CreateBatch(20, executor: replay);
        int first = batch.Add(b, Prompt.AsSpan(5, 11), outputs: 3);
        int second = batch.Add(a, [9]);
        batch.Run();
        ForwardResult result = model.Forward(Prompt.AsSpan(5, 11), direct);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(result.LogitsOf(8 + i).ToArray(), batch.Logits(first + i).ToArray());
        }

        Assert.Equal(expected.Decode(9).ToArray(), batch.Logits(second).ToArray());
        Assert.Equal(result.HiddenState(1, 10).ToArray(), batch.HiddenState(1, 10).ToArray());
        Assert.Equal(6, replay.Steps);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Between_barriers_the_order_is_free(int seed)
    {
        using TinyModel model = TinyModel.Load();
        IReadOnlyList<Command> commands = StepRecording.Of(model).Commands;
        IReadOnlyList<Barrier> barriers = Barriers.Of(commands);
        List<Command> shuffled = [];
        Random random = new(seed);
        int start = 0;
        foreach (int end in barriers.Select(b => b.Before).Append(commands.Count))
        {
            shuffled.AddRange(commands.Skip(start).Take(end - start).OrderBy(_ => random.Next()));
            start = end;
        }

        Assert.NotEqual(commands, shuffled);
        using Session session = model.CreateSession(executor: new ReplayExecutor(new StepRecording(shuffled)));
        using Session expected = model.CreateSession();
        Assert.Equal(expected.Prefill(Prompt).ToArray(), session.Prefill(Prompt).ToArray());
        Assert.Equal(expected.Decode(3).ToArray(), session.Decode(3).ToArray());
    }

    [Fact]
    public void A_recorded_step_has_no_data() =>
        Assert.Throws<InvalidOperationException>(() => new RecordingBackend([]).Download(new Value(RowSpace.Tokens, 0, 1), 0));

    [Fact]
    public void Reading_what_was_written_needs_a_barrier()
    {
        Value x = new(RowSpace.Tokens, 0, 16), h = new(RowSpace.Tokens, 16, 16), y = new(RowSpace.Tokens, 32, 16), z = new(RowSpace.Tokens, 48, 16);
        Assert.Equal(
            [new Barrier(1, Hazards.ReadAfterWrite)],
            BarriersOf((ref RecordingBackend k) =>
            {
                k.RmsNorm(x, weight, 1, h);
                k.Linear(h, weight, y);
                k.Linear(h, weight, z);
            }));
    }

    [Fact]
    public void Writing_what_is_read_or_written_needs_a_barrier()
    {
        Value x = new(RowSpace.Tokens, 0, 16), h = new(RowSpace.Tokens, 16, 16), y = new(RowSpace.Tokens, 32, 16);
        Assert.Equal(
            [new Barrier(1, Hazards.WriteAfterRead), new Barrier(3, Hazards.WriteAfterWrite)],
            BarriersOf((ref RecordingBackend k) =>
            {
                k.Linear(x, weight, h);
                k.Embedding(weight, x);
                k.Embedding(weight, y);
                k.Embedding(weight, y);
            }));
    }

    [Fact]
    public void Adding_reads_its_output()
    {
        Value x = new(RowSpace.Tokens, 0, 16), h = new(RowSpace.Tokens, 16, 16), y = new(RowSpace.Tokens, 32, 16);
        const Hazards All = Hazards.ReadAfterWrite | Hazards.WriteAfterRead | Hazards.WriteAfterWrite;
        Assert.Equal(
            [new Barrier(1, All), new Barrier(2, All), new Barrier(3, Hazards.ReadAfterWrite | Hazards.WriteAfterRead | Hazards.WriteAfterWrite)],
            BarriersOf((ref RecordingBackend k) =>
            {
                k.Linear(h, weight, x, epilogue: Epilogue.Add);
                k.Linear(y, weight, x, epilogue: Epilogue.Add);
                k.Add(x, y);
                k.PositionEmbedding(weight, x);
            }));
    }

    [Fact]
    public void Other_columns_other_spaces_other_layers_and_weights_are_no_hazard()
    {
        Value qkv = new(RowSpace.Tokens, 0, 40), x = new(RowSpace.Tokens, 48, 16), y = new(RowSpace.Outputs, 0, 16), z = new(RowSpace.Outputs, 48, 16);
        CacheLayer first = new(0, 1, 8), second = new(first.Floats, 1, 8);
        Assert.Empty(BarriersOf((ref RecordingBackend k) =>
        {
            k.Linear(x, weight, qkv.Columns(0, 16));
            k.Linear(x, weight, qkv.Columns(16, 8));
            k.Linear(x, weight, qkv.Columns(24, 16));
            k.Linear(z, weight, y);
        }));
        Assert.Empty(BarriersOf((ref RecordingBackend k) =>
        {
            k.StoreKeyValues(qkv.Columns(16, 8), qkv.Columns(24, 8), first);
            k.Attention(qkv.Columns(0, 16), second, 1, x);
        }));
    }

    [Fact]
    public void Overlapping_columns_layers_and_reused_memory_are()
    {
        Value qkv = new(RowSpace.Tokens, 0, 40), x = new(RowSpace.Tokens, 48, 16), reused = new(RowSpace.Tokens, 32, 16), table = new(RowSpace.Tokens, 80, 8);
        CacheLayer cache = new(0, 1, 8);
        Assert.Equal(
            [new Barrier(1, Hazards.ReadAfterWrite | Hazards.WriteAfterWrite | Hazards.WriteAfterRead), new Barrier(2, Hazards.ReadAfterWrite), new Barrier(3, Hazards.ReadAfterWrite), new Barrier(4, Hazards.WriteAfterRead)],
            BarriersOf((ref RecordingBackend k) =>
            {
                k.Rotary(qkv.Columns(8, 8), 8, table);
                k.Rotary(qkv.Columns(0, 16), 8, table);
                k.StoreKeyValues(qkv.Columns(8, 8), qkv.Columns(24, 8), cache);
                k.Attention(qkv.Columns(32, 8), cache, 1, x);
                k.Embedding(weight, reused);
            }));
    }

    [Fact]
    public void Outputs_are_selected_after_the_tokens_are_done()
    {
        Value x = new(RowSpace.Tokens, 0, 16), h = new(RowSpace.Tokens, 16, 16), y = new(RowSpace.Outputs, 0, 16), z = new(RowSpace.Outputs, 16, 16);
        Assert.Equal(
            [new Barrier(1, Hazards.ReadAfterWrite), new Barrier(2, Hazards.ReadAfterWrite)],
            BarriersOf((ref RecordingBackend k) =>
            {
                k.Copy(x, h);
                k.SelectOutputs(h, y);
                k.Linear(y, weight, z);
            }));
    }

    private delegate void Ops(ref RecordingBackend k);

    private static IReadOnlyList<Barrier> BarriersOf(Ops ops)
    {
        List<Command> commands = [];
        RecordingBackend backend = new(commands);
        ops(ref backend);
        return Barriers.Of(commands);
    }
}
