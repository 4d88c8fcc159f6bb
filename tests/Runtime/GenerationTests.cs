using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Kiln.Runtime.Tests;

public class GenerationTests
{
    private const string Text = "Once upon a time there was a café 🙂 in the <b> wood, and then the end. User: hello";
    private const string Prompt = "Once upon a";

    private static readonly GenerationOptions ToTheEnd = new() { EosTokenIds = [2] };

    [Fact]
    public void Pieces_join_to_the_text_behind_the_prompt()
    {
        using ScriptedModel model = ScriptedModel.Create(Text);
        using TextSession session = model.CreateSession(256);
        StringBuilder text = new();
        int pieces = 0;
        foreach (ReadOnlySpan<char> piece in session.Generate(Prompt, ToTheEnd))
        {
            Assert.False(piece.IsEmpty);
            Assert.False(char.IsHighSurrogate(piece[^1]));
            text.Append(piece);
            pieces++;
        }

        Assert.Equal(Text[Prompt.Length..], text.ToString());
        Assert.True(pieces > 10);
        Assert.Equal(FinishReason.StopToken, session.Metrics.FinishReason);
        Assert.Equal(2, session.Tokens[^1]);
        Assert.Equal(session.Tokens.Length - 1, session.Position);
        Assert.Equal(session.Tokens.Length, session.Metrics.PromptTokens + session.Metrics.GeneratedTokens);
        Assert.True(session.Metrics.Elapsed >= session.Metrics.TimeToFirstToken);
    }

    [Fact]
    public void Utf8_pieces_are_the_same_text()
    {
        using ScriptedModel model = ScriptedModel.Create(Text);
        using TextSession session = model.CreateSession(256);
        List<byte> bytes = [];
        foreach (ReadOnlySpan<byte> piece in session.GenerateUtf8("Once upon a"u8, ToTheEnd))
        {
            bytes.AddRange(piece);
        }

        Assert.Equal(Text[Prompt.Length..], Encoding.UTF8.GetString([.. bytes]));
    }

    [Fact]
    public async Task Async_pieces_are_the_same_text()
    {
        using ScriptedModel model = ScriptedModel.Create(Text);
        using TextSession session = model.CreateSession(256);
        string text = "";
        await foreach (string piece in session.GenerateAsync(Prompt, ToTheEnd))
        {
            text += piece;
        }

        Assert.Equal(Text[Prompt.Length..], text);
        Assert.Throws<ArgumentNullException>(() => session.GenerateAsync(null!));
    }

    [Fact]
    public void A_stop_string_ends_the_text_before_it_whatever_the_tokens()
    {
        using ScriptedModel model = ScriptedModel.Create(Text);
        using TextSession session = model.CreateSession(256);
        Assert.Equal(" time there was a café 🙂 in the <b> w", session.Generate(Prompt, new() { StopStrings = ["ood,", "end"] }).ReadToEnd());
        Assert.Equal(FinishReason.StopString, session.Metrics.FinishReason);

        // the session stands behind the token that completed it
        Assert.EndsWith("wood,", model.Tokenizer.Decode(session.Tokens, true), StringComparison.Ordinal);

        session.Reset();
        string included = session.Generate(Prompt, new() { StopStrings = ["oo"], IncludeStopString = true }).ReadToEnd();
        Assert.Contains("<b> woo", included, StringComparison.Ordinal);
        Assert.Equal(model.Tokenizer.Decode(session.Tokens, true), Prompt + included);
    }

    [Fact]
    public void What_only_began_like_a_stop_string_comes_out()
    {
        using ScriptedModel model = ScriptedModel.Create(Text);
        using TextSession session = model.CreateSession(256);
        string text = session.Generate(Prompt, new() { StopStrings = ["User: hello!", "🙃", "<b>x"] }).ReadToEnd();
        Assert.Equal(Text[Prompt.Length..], text);
    }

    [Fact]
    public void A_text_goes_on_where_it_ended()
    {
        using ScriptedModel model = ScriptedModel.Create(Text);
        using TextSession session = model.CreateSession(256);
        string text = session.Generate(Prompt, new() { MaxNewTokens = 3 }).ReadToEnd();
        Assert.Equal(FinishReason.Length, session.Metrics.FinishReason);
        int steps = model.Steps;
        text += session.Generate("", new() { MaxNewTokens = 1 }).ReadToEnd();
        Assert.Equal(1, model.Steps - steps);
        text += session.Generate("", ToTheEnd).ReadToEnd();
        Assert.Equal(Text[Prompt.Length..], text);
        Assert.Equal([.. model.Tokenizer.Encode(Text), 2], session.Tokens.ToArray());
    }

    [Fact]
    public void A_turn_of_a_chat_adds_no_first_token_and_feeds_the_stop_token()
    {
        using ScriptedModel model = ScriptedModel.Create([1, 300, 301, 2, 302, 303, 2]);
        using TextSession session = model.CreateSession(64);
        Assert.Equal([301], Collect(session.GenerateTokens([1, 300])));
        Assert.Equal([303], Collect(session.GenerateTokens([302])));
        Assert.Equal([1, 300, 301, 2, 302, 303, 2], session.Tokens.ToArray());

        session.Generate("x", new() { MaxNewTokens = 1 }).ReadToEnd();
        Assert.DoesNotContain(1, session.Tokens[7..^1].ToArray());
    }

    [Fact]
    public void Lengths_follow_transformers()
    {
        using ScriptedModel model = ScriptedModel.Create(Enumerable.Repeat(300, 100).ToArray(), new() { MaxLength = 9 });
        using Session session = model.CreateSession(64);
        Assert.Equal(5, Count([300, 300, 300, 300], null));
        Assert.Equal(7, Count([300, 300, 300, 300], new() { MaxNewTokens = 7 }));
        Assert.Equal(7, Count([300, 300, 300, 300], new() { MaxNewTokens = 7, MaxLength = 5 }));
        Assert.Equal(8, Count([300, 300, 300, 300], new() { MaxLength = 12 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.GenerateTokens([300, 300], new() { MaxLength = 2 }));

        // the session's end: 64 places, and one token more that need not go through the model
        Assert.Equal(61, Count([300, 300, 300, 300], new() { MaxNewTokens = 500 }));
        Assert.Equal(FinishReason.Length, session.Metrics.FinishReason);
        Assert.Throws<InvalidOperationException>(() => session.GenerateTokens([]));

        int Count(int[] prompt, GenerationOptions? options)
        {
            session.Reset();
            return Collect(session.GenerateTokens(prompt, options)).Count;
        }
    }

    [Fact]
    public void Stop_tokens_wait_for_the_minimum()
    {
        using ScriptedModel model = ScriptedModel.Create([300, 300, 2, 2, 2, 2, 2]);
        using Session session = model.CreateSession(64);
        Assert.Empty(Collect(session.GenerateTokens([300, 300])));
        session.Reset();
        Assert.Equal([1, 1, 1], Collect(session.GenerateTokens([300, 300], new() { MinNewTokens = 3 })));
        session.Reset();
        Assert.Equal([1, 1], Collect(session.GenerateTokens([300, 300], new() { MinLength = 4 })));
        session.Reset();
        Assert.Equal([2, 2], Collect(session.GenerateTokens([300, 300], new() { EosTokenIds = [], MaxNewTokens = 2 })));
    }

    [Theory]
    [InlineData(nameof(GenerationOptions.MaxNewTokens))]
    [InlineData(nameof(GenerationOptions.MinNewTokens))]
    [InlineData(nameof(GenerationOptions.Temperature))]
    [InlineData(nameof(GenerationOptions.TopK))]
    [InlineData(nameof(GenerationOptions.TopP))]
    [InlineData(nameof(GenerationOptions.MinP))]
    [InlineData(nameof(GenerationOptions.RepetitionPenalty))]
    [InlineData(nameof(GenerationOptions.NoRepeatNgramSize))]
    [InlineData(nameof(GenerationOptions.EosTokenIds))]
    public void An_option_out_of_its_range_is_named(string name)
    {
        GenerationOptions options = name switch
        {
            nameof(GenerationOptions.MaxNewTokens) => new() { MaxNewTokens = 0 },
            nameof(GenerationOptions.MinNewTokens) => new() { MinNewTokens = -1 },
            nameof(GenerationOptions.Temperature) => new() { DoSample = true, Temperature = 0 },
            nameof(GenerationOptions.TopK) => new() { DoSample = true, TopK = -1 },
            nameof(GenerationOptions.TopP) => new() { DoSample = true, TopP = 1.01f },
            nameof(GenerationOptions.MinP) => new() { DoSample = true, MinP = float.NaN },
            nameof(GenerationOptions.RepetitionPenalty) => new() { RepetitionPenalty = 0 },
            nameof(GenerationOptions.NoRepeatNgramSize) => new() { NoRepeatNgramSize = -2 },
            _ => new() { EosTokenIds = [2, 1000] },
        };
        using ScriptedModel model = ScriptedModel.Create(Text);
        using TextSession session = model.CreateSession(64);
        ArgumentOutOfRangeException e = Assert.Throws<ArgumentOutOfRangeException>(() => session.Generate(Prompt, options));
        Assert.Equal(name, e.ParamName);
        Assert.Equal(0, session.Position);
        Assert.Equal(Text[Prompt.Length..], session.Generate(Prompt, ToTheEnd).ReadToEnd());
    }

    [Fact]
    public void What_is_not_used_is_not_checked()
    {
        using ScriptedModel model = ScriptedModel.Create(Text);
        using TextSession session = model.CreateSession(64);
        Assert.Equal(Text[Prompt.Length..], session.Generate(Prompt, new() { Temperature = 0, TopP = 7 }).ReadToEnd());
    }

    [Fact]
    public void Bad_prompts_and_stop_strings_are_refused()
    {
        using ScriptedModel model = ScriptedModel.Create(Text);
        using TextSession session = model.CreateSession(8);
        Assert.Throws<ArgumentException>(() => session.Generate(""));
        Assert.Throws<ArgumentException>(() => session.Generate(Prompt, new() { StopStrings = ["a", ""] }));
        Assert.Throws<ArgumentException>(() => session.GenerateTokens([1], new() { StopStrings = ["a"] }));
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => session.Generate(Text));
        Assert.Contains("takes 8 tokens", e.Message, StringComparison.Ordinal);
        Assert.Contains(model.Tokenizer.CountTokens(Text) + " more", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, session.Position);
        Assert.NotEqual("", session.Generate("Once", new() { MaxNewTokens = 2 }).ReadToEnd());
    }

    [Fact]
    public void Cancelling_leaves_the_session_behind_the_last_token()
    {
        using ScriptedModel model = ScriptedModel.Create(Text);
        using TextSession session = model.CreateSession(256);
        using CancellationTokenSource source = new();
        string text = "";
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (ReadOnlySpan<char> piece in session.Generate(Prompt, ToTheEnd, source.Token))
            {
                text += piece.ToString();
                if (text.Length > 8)
                {
                    source.Cancel();
                }
            }
        });
        Assert.NotEqual("", text);
        text += session.Generate("", ToTheEnd).ReadToEnd();
        Assert.Equal(Text[Prompt.Length..], text);

        // a prompt that is cancelled was never there
        session.Reset();
        Assert.ThrowsAny<OperationCanceledException>(() => session.Generate(Prompt, ToTheEnd, source.Token));
        Assert.Equal(0, session.Tokens.Length);
    }

    [Fact]
    public async Task Cancelling_an_async_text()
    {
        using ScriptedModel model = ScriptedModel.Create(Text);
        using TextSession session = model.CreateSession(256);
        using CancellationTokenSource source = new();
        int pieces = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (string piece in session.GenerateAsync(Prompt, ToTheEnd).WithCancellation(source.Token))
            {
                if (++pieces == 2)
                {
                    await source.CancelAsync();
                }
            }
        });
        Assert.Equal(2, pieces);
        session.Decode(1);
    }

    [Fact]
    public void An_old_stream_says_so()
    {
        using ScriptedModel model = ScriptedModel.Create(Text);
        using TextSession session = model.CreateSession(256);
        TextStream old = session.Generate(Prompt, ToTheEnd);
        Assert.True(old.MoveNext());
        session.Reset();
        Assert.Throws<InvalidOperationException>(() => old.MoveNext());
        TextStream current = session.Generate(Prompt, ToTheEnd);
        Assert.Throws<InvalidOperationException>(() => old.MoveNext());
        Assert.Equal(Text[Prompt.Length..], current.ReadToEnd());
        Assert.False(current.MoveNext());
    }

    [Fact]
    public void A_model_continues_a_text()
    {
        using TinyModel tiny = TinyModel.Load();
        using ScriptedModel model = ScriptedModel.Create(Text);

        // its own session runs on the processor, where the scripted model computes nothing: all logits are equal
        Assert.Throws<ArgumentNullException>(() => model.Generate(null!));
        string text = model.Generate("Once", new() { MaxNewTokens = 3, SkipSpecialTokens = false });
        Assert.Equal("<unk><unk><unk>", text);
    }

    [Fact]
    public void A_seed_draws_the_same_tokens_again()
    {
        using TinyModel model = TinyModel.Load();
        using Session session = model.CreateSession();
        GenerationOptions options = new() { DoSample = true, Temperature = 2, Seed = 7, MaxNewTokens = 40 };
        List<int> first = Collect(session.GenerateTokens([1, 2, 3], options));
        session.Reset();
        Assert.Equal(first, Collect(session.GenerateTokens([1, 2, 3], options)));
        session.Reset();
        Assert.NotEqual(first, Collect(session.GenerateTokens([1, 2, 3], new() { DoSample = true, Temperature = 2, Seed = 8, MaxNewTokens = 40 })));
    }

    private static List<int> Collect(TokenStream stream)
    {
        List<int> tokens = [];
        foreach (int id in stream)
        {
            tokens.Add(id);
        }

        return tokens;
    }
}
