using System;
using Kiln.Tokenization;

namespace Kiln;

/// <summary>
/// Decodes one stream of tokens as they come, chunk for chunk as <c>DecodeStream</c> of Hugging Face's <c>tokenizers</c>
/// (tokenizers/src/tokenizer/mod.rs): text is held back while it ends in an incomplete character. Allocates only when created, and
/// when more than a few hundred tokens or bytes are held back. Not for several threads at once.
/// </summary>
public sealed class TokenDecoder
{
    private readonly Tokenizer tokenizer;
    private readonly bool skipSpecialTokens;
    private int[] ids = new int[256];
    private int idCount;
    private int prefixIndex;
    private byte[] prefix = new byte[1024];
    private int prefixLength;
    private byte[] chunk = new byte[1024];

    internal TokenDecoder(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        this.tokenizer = tokenizer;
        this.skipSpecialTokens = skipSpecialTokens;
    }

    /// <summary>Adds a token.</summary>
    /// <param name="id">Its id; one that does not exist adds nothing.</param>
    /// <returns>UTF-8 of the text that is now complete, empty while there is none; valid until the next call.</returns>
    public ReadOnlySpan<byte> Add(int id)
    {
        if (tokenizer.IsSkipped(id, skipSpecialTokens))
        {
            // what decodes to nothing need not be kept
            return default;
        }

        TokenizerScratch scratch = TokenizerScratch.Current;
        if (prefixLength == 0 && idCount > 0)
        {
            ReadOnlySpan<byte> before = Decode(scratch);
            if (!before.EndsWith(Utf8Text.Replacement))
            {
                SetPrefix(before);
                prefixIndex = idCount;
            }
        }

        if (idCount == ids.Length)
        {
            Array.Resize(ref ids, 2 * ids.Length);
        }

        ids[idCount++] = id;
        ReadOnlySpan<byte> text = Decode(scratch);
        if (text.Length <= prefixLength || text.EndsWith(Utf8Text.Replacement))
        {
            return default;
        }

        ReadOnlySpan<byte> result = SetChunk(Rest(text));
        int kept = idCount - prefixIndex;
        Array.Copy(ids, prefixIndex, ids, 0, kept);
        idCount = kept;
        prefixIndex = kept;
        SetPrefix(Decode(scratch));
        return result;
    }

    /// <summary>Ends the stream and begins another one.</summary>
    /// <returns>UTF-8 of what is held back, with U+FFFD for what is incomplete; valid until the next call.</returns>
    public ReadOnlySpan<byte> Flush()
    {
        ReadOnlySpan<byte> text = Decode(TokenizerScratch.Current);
        ReadOnlySpan<byte> result = SetChunk(text.Length > prefixLength ? Rest(text) : default);
        Reset();
        return result;
    }

    /// <summary>Forgets everything added so far.</summary>
    public void Reset()
    {
        idCount = 0;
        prefixIndex = 0;
        prefixLength = 0;
    }

    private ReadOnlySpan<byte> Decode(TokenizerScratch scratch)
    {
        ReadOnlySpan<byte> text = tokenizer.Decode(ids.AsSpan(0, idCount), skipSpecialTokens, scratch);
        GC.KeepAlive(tokenizer);
        return text;
    }

    /// <summary>
    /// The text behind what has been given out. A byte-fallback decoder can change it afterwards, where a run of bytes turns out to
    /// be invalid; the reference raises an error then, here the changed text is given out whole.
    /// </summary>
    private ReadOnlySpan<byte> Rest(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> before = prefix.AsSpan(0, prefixLength);
        return text.StartsWith(before) ? text[prefixLength..] : text;
    }

    private void SetPrefix(ReadOnlySpan<byte> text)
    {
        if (text.Length > prefix.Length)
        {
            prefix = new byte[2 * text.Length];
        }

        text.CopyTo(prefix);
        prefixLength = text.Length;
    }

    private ReadOnlySpan<byte> SetChunk(ReadOnlySpan<byte> text)
    {
        if (text.Length > chunk.Length)
        {
            chunk = new byte[2 * text.Length];
        }

        text.CopyTo(chunk);
        return chunk.AsSpan(0, text.Length);
    }
}
