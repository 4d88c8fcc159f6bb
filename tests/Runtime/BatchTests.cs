using System;
using System.Linq;
using Xunit;

namespace Kiln.Runtime.Tests;

public class BatchTests
{
    private static readonly int[] Prompt = Enumerable.Range(0, 70).Select(i => (i * 31) % TinyModel.VocabularySize).ToArray();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sessions_together_give_the_bits_of_each_alone(bool dynamicRotary)
    {
        using TinyModel model = TinyModel.Load(dynamicRotary: dynamicRotary);
        using Batch batch = model.CreateBatch(100);
        Session[] sessions = [.. Enumerable.Range(0, 4).Select(_ => model.CreateSession())];
        Session[] alone = [.. Enumerable.Range(0, 4).Select(_ => model.CreateSession())];
        int[] lengths = [1, 9, 66, 17];
        int[] first = new int[4];
        for (int i = 0; i < 4; i++)
        {
            first[i] = batch.Add(sessions[i], Prompt.AsSpan(i, lengths[i]), outputs: 1 + (i % 2));
        }

        batch.Run();
        Assert.Equal(93, batch.Rows);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(alone[i].Prefill(Prompt.AsSpan(i, lengths[i])).ToArray(), batch.Logits(first[i] + (i % 2)).ToArray());
            Assert.Equal(lengths[i], sessions[i].Position);
        }

        // then one token each, and one left out
        for (int step = 0; step < 3; step++)
        {
            batch.Clear();
            foreach (int i in (int[])[3, 0, 2])
            {
                first[i] = batch.Add(sessions[i], [i + step]);
            }

            batch.Run();
            foreach (int i in (int[])[3, 0, 2])
            {
                Assert.Equal(alone[i].Decode(i + step).ToArray(), batch.Logits(first[i]).ToArray());
            }
        }

        Assert.Equal(9, sessions[1].Position);
        foreach (Session session in sessions.Concat(alone))
        {
            session.Dispose();
        }
    }

    [Fact]
    public void A_prompt_in_parts_has_the_whole_ones_rotation()
    {
        using TinyModel model = TinyModel.Load(dynamicRotary: true);
        using Batch batch = model.CreateBatch(40);
        using Session session = model.CreateSession();
        using Session alone = model.CreateSession();
        batch.Add(session, Prompt.AsSpan(0, 30), outputs: 0, promptLength: 70);
        batch.Run();
        batch.Clear();
        batch.Add(session, Prompt.AsSpan(30, 40));
        batch.Run();
        Assert.Equal(alone.Prefill(Prompt).ToArray(), batch.Logits(0).ToArray());
    }

    [Fact]
    public void Hidden_states_are_those_of_Forward()
    {
        using TinyModel model = TinyModel.Load();
        ForwardResult expected = model.Forward(Prompt.AsSpan(0, 10));
        using Batch batch = model.CreateBatch(20);
        using Session a = model.CreateSession();
        using Session b = model.CreateSession();
        batch.Add(a, [5, 6, 7], outputs: 0);
        batch.Add(b, Prompt.AsSpan(0, 10), outputs: 10);
        batch.Run();
        for (int layer = 0; layer <= TinyModel.NumHiddenLayers; layer++)
        {
            for (int row = 0; row < 10; row++)
            {
                Assert.Equal(expected.HiddenState(layer, row).ToArray(), batch.HiddenState(layer, 3 + row).ToArray());
            }
        }

        Assert.Equal(expected.LogitsOf(9).ToArray(), batch.Logits(9).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.HiddenState(3, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.HiddenState(0, 13));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Logits(10));
    }

    [Fact]
    public void A_bad_Add_changes_nothing()
    {
        using TinyModel model = TinyModel.Load();
        using TinyModel other = TinyModel.Load(hiddenStates: false);
        using Batch batch = model.CreateBatch(8, maxOutputs: 3, maxSequences: 2);
        using Session a = model.CreateSession(maxTokens: 6);
        using Session b = model.CreateSession();
        using Session c = model.CreateSession();
        using Session foreign = other.CreateSession();
        Assert.Throws<InvalidOperationException>(() => batch.Run());
        batch.Add(a, [1, 2, 3], outputs: 2);

        Assert.Throws<ArgumentException>(() => batch.Add(foreign, [1]));
        Assert.Throws<ArgumentException>(() => batch.Add(b, [], outputs: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Add(b, [1, 2, 99]));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Add(b, [1], outputs: 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Add(b, [1, 2], promptLength: 1));
        Assert.Throws<InvalidOperationException>(() => batch.Add(b, [1, 2], outputs: 2));
        Assert.Throws<InvalidOperationException>(() => batch.Add(b, [1, 2, 3, 4, 5, 6]));
        Assert.Throws<InvalidOperationException>(() => batch.Add(a, [4]));
        Assert.Throws<InvalidOperationException>(() => batch.Logits(0));
        Assert.Equal((3, 2, 1), (batch.Rows, batch.Outputs, batch.Sequences));

        batch.Add(b, [7]);
        Assert.Throws<InvalidOperationException>(() => batch.Add(c, [7], outputs: 0));
        batch.Run();
        Assert.Throws<InvalidOperationException>(() => batch.Run());
        Assert.Throws<InvalidOperationException>(() => batch.Add(c, [7]));
        using Session alone = model.CreateSession();
        Assert.Equal(alone.Prefill([1, 2, 3]).ToArray(), batch.Logits(1).ToArray());
        batch.Clear();
        Assert.Throws<InvalidOperationException>(() => batch.Add(a, [1, 2, 3, 4]));
        using Batch without = other.CreateBatch(1);
        without.Add(foreign, [1]);
        without.Run();
        Assert.Throws<InvalidOperationException>(() => without.HiddenState(0, 0));
    }

    [Fact]
    public void A_session_that_moved_since_it_was_added_is_refused()
    {
        using TinyModel model = TinyModel.Load();
        using Batch batch = model.CreateBatch(8);
        using Session a = model.CreateSession();
        using Session b = model.CreateSession();
        batch.Add(b, [1]);
        batch.Add(a, [1]);
        a.Decode(4);
        Assert.Throws<InvalidOperationException>(() => batch.Run());
        Assert.Equal(0, b.Position);
        batch.Clear();
        batch.Add(a, [1]);
        batch.Run();
        using Session alone = model.CreateSession();
        Assert.Equal(alone.Prefill([4, 1]).ToArray(), batch.Logits(0).ToArray());
    }

    [Fact]
    public void Generating_goes_on_behind_a_batch_and_a_batch_behind_generating()
    {
        using TinyModel model = TinyModel.Load();
        using Batch batch = model.CreateBatch(8);
        using Session session = model.CreateSession();
        using Session alone = model.CreateSession();
        foreach (int id in session.GenerateTokens([1, 2], new() { MaxNewTokens = 2 }))
        {
        }

        // the last generated token has not gone through the model: it takes a row
        int[] tokens = session.Tokens.ToArray();
        batch.Add(session, [9]);
        Assert.Equal(2, batch.Rows);
        batch.Run();
        Assert.Equal(alone.Prefill([.. tokens, 9]).ToArray(), batch.Logits(0).ToArray());
        Assert.Equal([.. tokens, 9], session.Tokens.ToArray());

        TokenStream stream = session.GenerateTokens([]);
        TokenStream expected = alone.GenerateTokens([]);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(stream.MoveNext() & expected.MoveNext());
            Assert.Equal(expected.Current, stream.Current);
        }
    }
}
