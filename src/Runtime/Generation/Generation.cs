using System;
using System.Diagnostics;
using System.Text.Unicode;
using System.Threading;

namespace Kiln;

/// <summary>
/// A session's generating: one at a time, its memory reused by the next. Streams know the number of theirs, so that an old stream
/// that is enumerated further is told from the current one.
/// </summary>
internal sealed class Generation(Session session, Tokenizer? tokenizer)
{
    private readonly Sampler sampler = new(session.Model.Description.VocabularySize);
    private readonly StopStringFilter filter = new();
    private GenerationSettings settings;
    private CancellationToken cancellation;
    private int run;
    private int version;
    private bool ended;
    private bool textEnded;
    private TokenDecoder? decoder;
    private bool decoderSkips;
    private int[] promptIds = [];
    private char[] chars = [];
    private int charCount;
    private byte[] bytes = [];
    private int byteCount;
    private long started;
    private long firstAt;
    private long lastAt;
    private int promptTokens;
    private int generated;
    private FinishReason reason;

    /// <summary>The last token.</summary>
    public int Token { get; private set; }

    /// <summary>The last piece of text in UTF-8.</summary>
    public ReadOnlySpan<byte> Bytes => new(bytes, 0, byteCount);

    /// <summary>The last piece of text in UTF-16.</summary>
    public ReadOnlySpan<char> Chars => new(chars, 0, charCount);

    public GenerationMetrics Metrics => new(
        promptTokens,
        generated,
        generated == 0 ? default : Stopwatch.GetElapsedTime(started, firstAt),
        generated == 0 ? default : Stopwatch.GetElapsedTime(started, lastAt),
        reason);

    /// <summary>Feeds a prompt of ids.</summary>
    /// <returns>The generation's number.</returns>
    public int Start(ReadOnlySpan<int> ids, GenerationOptions? options, bool text, CancellationToken cancellationToken)
    {
        session.Enter();
        try
        {
            return Begin(ids, options, text, Stopwatch.GetTimestamp(), cancellationToken);
        }
        finally
        {
            session.Exit();
        }
    }

    /// <summary>Feeds a prompt of text.</summary>
    public int Start(ReadOnlySpan<char> prompt, GenerationOptions? options, CancellationToken cancellationToken)
    {
        session.Enter();
        try
        {
            long begin = Stopwatch.GetTimestamp();
            int count = 0;
            bool fits = prompt.IsEmpty || tokenizer!.TryEncode(prompt, PromptIds(), out count, AddsSpecialTokens(options));
            return Begin(fits, count, options, begin, cancellationToken);
        }
        finally
        {
            session.Exit();
        }
    }

    /// <summary>Feeds a prompt of UTF-8.</summary>
    public int Start(ReadOnlySpan<byte> prompt, GenerationOptions? options, CancellationToken cancellationToken)
    {
        session.Enter();
        try
        {
            long begin = Stopwatch.GetTimestamp();
            int count = 0;
            bool fits = prompt.IsEmpty || tokenizer!.TryEncode(prompt, PromptIds(), out count, AddsSpecialTokens(options));
            return Begin(fits, count, options, begin, cancellationToken);
        }
        finally
        {
            session.Exit();
        }
    }

    /// <summary>The next token, in <see cref="Token"/>; false at the end.</summary>
    public bool NextToken(int number)
    {
        session.Enter();
        try
        {
            return Next(number);
        }
        finally
        {
            session.Exit();
        }
    }

    /// <summary>The next piece of text, in <see cref="Bytes"/>; false at the end.</summary>
    public bool NextBytes(int number)
    {
        session.Enter();
        try
        {
            return NextPiece(number);
        }
        finally
        {
            session.Exit();
        }
    }

    /// <summary>The next piece of text, in <see cref="Chars"/>; false at the end.</summary>
    public bool NextChars(int number)
    {
        session.Enter();
        try
        {
            if (!NextPiece(number))
            {
                charCount = 0;
                return false;
            }

            if (chars.Length < byteCount)
            {
                chars = new char[Math.Max(256, 2 * byteCount)];
            }

            Utf8.ToUtf16(Bytes, chars, out _, out charCount);
            return true;
        }
        finally
        {
            session.Exit();
        }
    }

    private int[] PromptIds() => promptIds.Length > 0 ? promptIds : promptIds = new int[session.MaxTokens];

    private bool AddsSpecialTokens(GenerationOptions? options) => options?.AddSpecialTokens ?? session.Tokens.IsEmpty;

    private int Begin(bool fits, int count, GenerationOptions? options, long begin, CancellationToken cancellationToken) =>
        fits ? Begin(promptIds.AsSpan(0, count), options, true, begin, cancellationToken) : throw TooLong(count);

    private int Begin(ReadOnlySpan<int> ids, GenerationOptions? options, bool text, long begin, CancellationToken cancellationToken)
    {
        int before = session.Position;
        if (ids.IsEmpty && session.Tokens.IsEmpty)
        {
            throw new ArgumentException("There is no prompt, and the sequence is empty.", "prompt");
        }

        ModelDescription model = session.Model.Description;
        GenerationSettings next = new(options, model.GenerationDefaults, session.Tokens.Length + ids.Length, model.VocabularySize);
        if (!text && next.StopStrings.Length > 0)
        {
            throw new ArgumentException("Stop strings need text: use Generate or GenerateUtf8.", nameof(options));
        }

        if (ids.IsEmpty)
        {
            ThrowIfFull();
            session.FeedPending(cancellationToken);
        }
        else
        {
            session.CheckRoom(ids);
            session.Feed(ids, cancellationToken);
        }

        settings = next;
        cancellation = cancellationToken;
        sampler.Begin(settings);
        started = begin;
        promptTokens = session.Position - before;
        generated = 0;
        reason = FinishReason.None;
        ended = false;
        textEnded = !text;
        byteCount = charCount = 0;
        if (text)
        {
            StartText();
        }

        version = session.Version;
        return ++run;
    }

    private bool Next(int number)
    {
        if (number != run || session.Version != version)
        {
            throw new InvalidOperationException("The session was used otherwise since this generation began; it cannot go on.");
        }

        if (ended)
        {
            return false;
        }

        cancellation.ThrowIfCancellationRequested();
        if (session.Tokens.Length >= settings.MaxTokens || session.Tokens.Length > session.MaxTokens)
        {
            return End(FinishReason.Length);
        }

        session.FeedPending(cancellation);
        int id = sampler.Next(session.Logits(), session.Tokens);
        session.Append(id);
        version = session.Version;
        Token = id;
        lastAt = Stopwatch.GetTimestamp();
        firstAt = generated++ == 0 ? lastAt : firstAt;
        return Array.IndexOf(settings.EosTokenIds, id) < 0 || End(FinishReason.StopToken);
    }

    private bool NextPiece(int number)
    {
        byteCount = 0;
        while (!textEnded)
        {
            if (Next(number))
            {
                Write(filter.Add(decoder!.Add(Token), settings.IncludeStopString));
            }
            else
            {
                textEnded = true;
                Write(filter.Add(decoder!.Flush(), settings.IncludeStopString));
                Write(filter.Flush());
            }

            if (filter.Stopped)
            {
                textEnded = true;
                End(FinishReason.StopString);
            }

            if (byteCount > 0)
            {
                return true;
            }
        }

        // an old stream is told so, the current one is at its end
        return number != run && Next(number);
    }

    private bool End(FinishReason why)
    {
        ended = true;
        reason = why;
        return false;
    }

    private void StartText()
    {
        filter.Start(settings.StopStrings);
        if (decoder is null || decoderSkips != settings.SkipSpecialTokens)
        {
            decoder = tokenizer!.CreateDecoder(settings.SkipSpecialTokens);
            decoderSkips = settings.SkipSpecialTokens;
        }

        // the decoder treats a text's first token in its own way: it has to have seen what comes before ours
        decoder.Reset();
        foreach (int id in session.Tokens)
        {
            decoder.Add(id);
        }
    }

    private void Write(ReadOnlySpan<byte> text)
    {
        if (bytes.Length < byteCount + text.Length)
        {
            Array.Resize(ref bytes, Math.Max(256, 2 * (byteCount + text.Length)));
        }

        text.CopyTo(bytes.AsSpan(byteCount));
        byteCount += text.Length;
    }

    private void ThrowIfFull()
    {
        if (session.Tokens.Length > session.MaxTokens)
        {
            throw TooLong(0);
        }
    }

    private InvalidOperationException TooLong(int count) => new(
        $"The session is too short: it takes {session.MaxTokens} tokens and holds {session.Tokens.Length}, so {count} more do not fit. Ask CreateSession for more, or Reset it.");
}
