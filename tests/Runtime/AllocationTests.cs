using System;
using Xunit;

namespace Kiln.Runtime.Tests;

/// <summary>Nothing is allocated from the second token on. Alone in the process, since all threads are counted.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public class AllocationTests
{
    public static TheoryData<GenerationOptions> Options => new()
    {
        new GenerationOptions(),
        new GenerationOptions { DoSample = true, Seed = 1, Temperature = 0.9f, TopK = 40, TopP = 0.9f, MinP = 0.01f },
        new GenerationOptions { DoSample = true, TopK = 0, TopP = 0.5f, RepetitionPenalty = 1.1f, NoRepeatNgramSize = 3, MinNewTokens = 4, EosTokenIds = [5] },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public void Tokens(GenerationOptions options)
    {
        using TinyModel model = TinyModel.Load();
        using Session session = model.CreateSession();
        TokenStream stream = session.GenerateTokens([1, 2, 3], options);
        AssertNothing(() => stream.MoveNext());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Text(bool stopStrings)
    {
        using ScriptedModel model = ScriptedModel.Create("Once upon a time there was a café 🙂 in the wood, and then, and then, and then, and then, and then, and then, and then.");
        using TextSession session = model.CreateSession(200);
        GenerationOptions options = new() { StopStrings = stopStrings ? ["and now", "🙃"] : [], EosTokenIds = [] };
        TextStream stream = session.Generate("Once", options);
        AssertNothing(() => stream.MoveNext());
        session.Reset();
        Utf8Stream utf8 = session.GenerateUtf8("Once", options);
        AssertNothing(() => utf8.MoveNext());
    }

    [Fact]
    public void A_session_that_is_used_again()
    {
        using ScriptedModel model = ScriptedModel.Create("Once upon a time there was a café.");
        using TextSession session = model.CreateSession(200);
        GenerationOptions options = new() { MaxNewTokens = 3 };
        AssertNothing(() =>
        {
            session.Reset();
            foreach (ReadOnlySpan<char> piece in session.Generate("Once upon", options))
            {
            }

            return true;
        });
    }

    [Fact]
    public void Batches()
    {
        using TinyModel model = TinyModel.Load();
        using Batch batch = model.CreateBatch(4);
        using Session a = model.CreateSession();
        using Session b = model.CreateSession();
        int[] ids = [3, 4];
        AssertNothing(() =>
        {
            batch.Clear();
            batch.Add(a, ids.AsSpan(0, 1));
            batch.Add(b, ids.AsSpan(1, 1));
            batch.Run();
            return batch.Logits(1).Length > 0;
        });
    }

    private static void AssertNothing(Func<bool> step)
    {
        for (int i = 0; i < 6; i++)
        {
            Assert.True(step());
        }

        // the test host's own threads may allocate in one of these windows, hardly in all
        long least = long.MaxValue;
        for (int window = 0; window < 8 && least > 0; window++)
        {
            long before = GC.GetTotalAllocatedBytes(true);
            bool more = true;
            for (int i = 0; i < 3; i++)
            {
                more &= step();
            }

            least = Math.Min(least, GC.GetTotalAllocatedBytes(true) - before);
            Assert.True(more);
        }

        Assert.Equal(0, least);
    }
}
