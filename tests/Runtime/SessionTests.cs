using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Kiln.Runtime.Tests;

public class SessionTests
{
    private static readonly int[] Prompt = Enumerable.Range(0, 40).Select(i => (i * 29) % TinyModel.VocabularySize).ToArray();

    [Theory]
    [InlineData(1, false)]
    [InlineData(7, false)]
    [InlineData(7, true)]
    [InlineData(1, true)]
    public void Chunks_change_no_bit(int chunkLength, bool dynamicRotary)
    {
        using TinyModel model = TinyModel.Load(dynamicRotary: dynamicRotary);
        using Session whole = model.CreateSession();
        using Session chunked = model.CreateSession(chunkLength: chunkLength);

        Assert.Equal(whole.Prefill(Prompt).ToArray(), chunked.Prefill(Prompt).ToArray());
        Assert.Equal(whole.Decode(5).ToArray(), chunked.Decode(5).ToArray());
        Assert.Equal(41, chunked.Position);
        Assert.Equal([.. Prompt, 5], chunked.Tokens.ToArray());
    }

    [Fact]
    public void Prefill_gives_the_logits_of_the_last_row_of_Forward()
    {
        using TinyModel model = TinyModel.Load();
        ForwardResult result = model.Forward(Prompt);
        using Session session = model.CreateSession();

        for (int row = 0; row < Prompt.Length; row++)
        {
            Assert.Equal(result.LogitsOf(row).ToArray(), session.Decode(Prompt[row]).ToArray());
        }

        Assert.Equal(result.LogitsOf(3)[2], result.Logits[3, 2]);
        Assert.Equal(3, result.HiddenStateCount);
        Assert.Equal(result.HiddenState(2, 5)[7], result.HiddenStates(2)[5, 7]);
        Assert.NotEqual(result.HiddenState(0, 5).ToArray(), result.HiddenState(1, 5).ToArray());
    }

    [Fact]
    public void The_reference_agrees_with_the_processor()
    {
        using TinyModel model = TinyModel.Load();
        ForwardResult cpu = model.Forward(Prompt);
        ForwardResult reference = model.Forward(Prompt, Executor.Reference);
        for (int row = 0; row < Prompt.Length; row++)
        {
            for (int i = 0; i < TinyModel.VocabularySize; i++)
            {
                Assert.Equal(reference.LogitsOf(row)[i], cpu.LogitsOf(row)[i], 1e-4f);
            }
        }
    }

    [Fact]
    public void Reset_and_truncate_go_back()
    {
        using TinyModel model = TinyModel.Load();
        using Session session = model.CreateSession();
        float[] first = session.Prefill(Prompt).ToArray();
        session.Decode(1);
        session.Truncate(Prompt.Length - 10);
        Assert.Equal(Prompt.Length - 10, session.Position);
        Assert.Equal(first, session.Prefill(Prompt.AsSpan(Prompt.Length - 10)).ToArray());
        session.Reset();
        Assert.Equal(0, session.Position);
        Assert.True(session.Tokens.IsEmpty);
        Assert.Equal(first, session.Prefill(Prompt).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Truncate(41));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Truncate(-1));
    }

    [Fact]
    public void Bad_ids_are_named_and_change_nothing()
    {
        using TinyModel model = TinyModel.Load();
        using Session session = model.CreateSession();
        float[] expected = session.Prefill(Prompt).ToArray();
        session.Reset();

        ArgumentOutOfRangeException e = Assert.Throws<ArgumentOutOfRangeException>(() => session.Prefill([1, 2, 67]));
        Assert.Contains("67", e.Message, StringComparison.Ordinal);
        Assert.Contains("index 2", e.Message, StringComparison.Ordinal);
        Assert.Contains("0 to 66", e.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Decode(-1));
        Assert.Throws<ArgumentException>(() => session.Prefill([]));
        Assert.Throws<ArgumentException>(() => session.GenerateTokens([]));
        Assert.Throws<ArgumentException>(() => model.Forward([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Forward([-5]));

        Assert.Equal(0, session.Position);
        Assert.Equal(expected, session.Prefill(Prompt).ToArray());
    }

    [Fact]
    public void A_prompt_longer_than_the_session_is_told_with_numbers()
    {
        using TinyModel model = TinyModel.Load();
        using Session session = model.CreateSession(maxTokens: 39);
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => session.Prefill(Prompt));
        Assert.Contains("39", e.Message, StringComparison.Ordinal);
        Assert.Contains("40", e.Message, StringComparison.Ordinal);
        session.Prefill(Prompt.AsSpan(0, 39));
        Assert.Throws<InvalidOperationException>(() => session.Decode(1));
        session.Reset();
        session.Decode(1);
    }

    [Fact]
    public void A_session_over_the_position_table_is_refused()
    {
        using TinyModel model = TinyModel.Load(positionLimit: 20);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreateSession(21));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreateSession(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Forward(Prompt));
        using Session session = model.CreateSession(20);
        session.Prefill(Prompt.AsSpan(0, 20));
    }

    [Fact]
    public void Disposed_things_say_so()
    {
        TinyModel model = TinyModel.Load();
        Session session = model.CreateSession();
        Session other = model.CreateSession();
        Batch batch = model.CreateBatch(4);
        TokenStream stream = session.GenerateTokens(Prompt);
        session.Dispose();
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Decode(1));
        Assert.Throws<ObjectDisposedException>(() => session.Reset());
        Assert.Throws<ObjectDisposedException>(() => stream.MoveNext());
        Assert.Throws<ObjectDisposedException>(() => batch.Add(session, [1]));

        batch.Add(other, [1]);
        model.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => batch.Run());
        Assert.Throws<ObjectDisposedException>(() => other.Decode(1));
        Assert.Throws<ObjectDisposedException>(() => model.CreateSession());
        Assert.Throws<ObjectDisposedException>(() => model.CreateBatch(1));
        Assert.Throws<ObjectDisposedException>(() => model.Forward([1]));
        Assert.Throws<ObjectDisposedException>(() => new WeightHandle(model, "norm", TinyModel.Norm, 0, 32, false).Read(new float[32]));
        Assert.Equal(0, other.Position);
        other.Dispose();
        batch.Dispose();
        Assert.Throws<ObjectDisposedException>(() => batch.Clear());
    }

    [Fact]
    public async Task A_second_thread_in_a_session_is_refused_and_the_session_goes_on()
    {
        using TinyModel model = TinyModel.Load();
        BlockingExecutor executor = new();
        using Session session = model.CreateSession(executor: executor);
        Task<float[]> first = Task.Run(() => session.Decode(3).ToArray());
        executor.Entered.Wait();

        Assert.Throws<InvalidOperationException>(() => session.Decode(4));
        Assert.Throws<InvalidOperationException>(() => session.Reset());
        Assert.Throws<InvalidOperationException>(() => session.GenerateTokens([1]));

        executor.Proceed.Set();
        using Session alone = model.CreateSession();
        float[] result = await first;
        Assert.Equal(alone.Decode(3).ToArray(), result);
        Assert.Equal(alone.Decode(4).ToArray(), session.Decode(4).ToArray());
    }

    [Fact]
    public async Task Disposing_under_a_running_step_waits_for_it()
    {
        TinyModel model = TinyModel.Load();
        BlockingExecutor executor = new();
        Session session = model.CreateSession(executor: executor);
        Task running = Task.Run(() => { session.Prefill(Prompt); });
        executor.Entered.Wait();
        session.Dispose();
        model.Dispose();
        executor.Proceed.Set();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => running);
        Assert.Throws<ObjectDisposedException>(() => session.Decode(1));
    }

    [Fact]
    public async Task Sessions_on_several_threads_share_a_model()
    {
        using TinyModel model = TinyModel.Load();
        int[] expected = Generate(model);
        Task<int[]>[] tasks = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => Generate(model)))];
        foreach (int[] tokens in await Task.WhenAll(tasks))
        {
            Assert.Equal(expected, tokens);
        }

        static int[] Generate(TinyModel model)
        {
            using Session session = model.CreateSession();
            foreach (int id in session.GenerateTokens(Prompt, new() { MaxNewTokens = 60 }))
            {
            }

            return session.Tokens.ToArray();
        }
    }

    [Fact]
    public async Task A_model_disposed_under_several_threads_ends_them_clearly()
    {
        for (int round = 0; round < 20; round++)
        {
            TinyModel model = TinyModel.Load();
            using CountdownEvent running = new(3);
            Task[] tasks = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
            {
                using Session session = model.CreateSession();
                session.Decode(1);
                running.Signal();
                while (true)
                {
                    session.Reset();
                    session.Prefill(Prompt);
                }
            }))];
            Assert.True(running.Wait(30_000));
            model.Dispose();
            foreach (Task task in tasks)
            {
                await Assert.ThrowsAsync<ObjectDisposedException>(() => task);
            }
        }
    }

    [Fact]
    public void A_failing_step_leaves_the_session_where_it_was()
    {
        using TinyModel model = TinyModel.Load();
        FailingExecutor executor = new();
        using Session session = model.CreateSession(chunkLength: 16, executor: executor);
        float[] expected = session.Prefill(Prompt).ToArray();
        session.Reset();
        executor.FailAt = 2;
        Assert.Throws<TimeoutException>(() => session.Prefill(Prompt));
        Assert.Equal(0, session.Position);
        Assert.True(session.Tokens.IsEmpty);
        executor.FailAt = -1;
        Assert.Equal(expected, session.Prefill(Prompt).ToArray());
    }

    private sealed unsafe class BlockingExecutor : Executor
    {
        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Proceed { get; } = new();

        public override void Run(CausalLanguageModel model, byte* weights, Kernels.Workspace workspace)
        {
            Entered.Set();
            Assert.True(Proceed.Wait(30_000));
            Cpu.Run(model, weights, workspace);
        }
    }

    private sealed unsafe class FailingExecutor : Executor
    {
        private int steps;

        public int FailAt
        {
            get;
            set
            {
                field = value;
                steps = 0;
            }
        }

        = -1;

        public override void Run(CausalLanguageModel model, byte* weights, Kernels.Workspace workspace)
        {
            if (++steps == FailAt)
            {
                throw new TimeoutException();
            }

            Cpu.Run(model, weights, workspace);
        }
    }
}
