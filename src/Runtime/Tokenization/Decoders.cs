using System;

namespace Kiln.Tokenization;

/// <summary>A step from tokens to text: takes a list of strings and gives another one.</summary>
internal abstract class DecoderStep
{
    /// <summary>Appends the result to an empty list.</summary>
    public abstract void Apply(PieceList source, PieceList target);

    /// <summary>Whether it is <c>ByteLevel</c>: where a table's tokens are bytes already, <see cref="ToText"/> does its work.</summary>
    public virtual bool JoinsBytes => false;

    /// <summary>All bytes as one valid string.</summary>
    public static void ToText(PieceList source, PieceList target)
    {
        Utf8Text.AppendValid(source.Bytes, target);
        target.Finish();
    }

    /// <summary>The steps of a table. Tokens are joined without anything between them at the end; no step at all joins with blanks.</summary>
    public static DecoderStep[] Create(TablePart part, TokenizerComponents components)
    {
        var steps = new DecoderStep[Steps.Count(part)];
        var reader = new StepReader(part);
        for (int i = 0; reader.Next(); i++)
        {
            steps[i] = components.Decoder(reader.Kind)(ref reader);
        }

        return steps.Length > 0 ? steps : [new BlankDecoder()];
    }
}

/// <summary>What the reference does without a decoder: tokens with blanks between them.</summary>
internal sealed class BlankDecoder : DecoderStep
{
    /// <inheritdoc/>
    public override void Apply(PieceList source, PieceList target)
    {
        for (int i = 0; i < source.Count; i++)
        {
            if (i > 0)
            {
                target.Append((byte)' ');
            }

            target.Append(source[i]);
        }

        target.Finish();
    }
}

/// <summary><c>Fuse</c>: all strings become one.</summary>
internal sealed class FuseDecoder : DecoderStep
{
    /// <inheritdoc/>
    public override void Apply(PieceList source, PieceList target)
    {
        target.Append(source.Bytes);
        target.Finish();
    }
}

/// <summary>
/// <c>ByteLevel</c>: characters of GPT-2's alphabet become bytes, of all tokens together, and these text. A token with another
/// character stands for its own UTF-8.
/// </summary>
internal sealed class ByteLevelDecoder : DecoderStep
{
    /// <inheritdoc/>
    public override bool JoinsBytes => true;

    /// <inheritdoc/>
    public override void Apply(PieceList source, PieceList target)
    {
        // the bytes are shorter than the characters, so the target serves as the place where they are put together
        for (int i = 0; i < source.Count; i++)
        {
            int start = target.Length;
            if (!AppendBytes(source[i], target))
            {
                target.CutTo(start);
                target.Append(source[i]);
            }
        }

        target.Finish();
        source.Clear();
        source.Append(target.Bytes);
        source.Finish();
        target.Clear();
        ToText(source, target);
    }

    private static unsafe bool AppendBytes(ReadOnlySpan<byte> token, PieceList target)
    {
        fixed (byte* text = token)
        {
            byte* end = text + token.Length;
            for (byte* p = text; p < end;)
            {
                int value = ByteAlphabet.Byte(Utf8Text.Decode(p, end, out int bytes));
                if (value < 0)
                {
                    return false;
                }

                target.Append((byte)value);
                p += bytes;
            }
        }

        return true;
    }
}

/// <summary><c>Metaspace</c>: the replacement character becomes a blank; in the first token it may vanish.</summary>
internal sealed class MetaspaceDecoder(bool dropsFirst, byte[] replacement) : DecoderStep
{
    private readonly Replacement blank = new(replacement, " "u8.ToArray());
    private readonly Replacement nothing = new(replacement, []);

    /// <inheritdoc/>
    public override void Apply(PieceList source, PieceList target)
    {
        for (int i = 0; i < source.Count; i++)
        {
            (i == 0 && dropsFirst ? nothing : blank).Append(source[i], target);
            target.Finish();
        }
    }
}

/// <summary><c>Replace</c> with a literal pattern.</summary>
internal sealed class ReplaceDecoder(Replacement replacement) : DecoderStep
{
    /// <inheritdoc/>
    public override void Apply(PieceList source, PieceList target)
    {
        for (int i = 0; i < source.Count; i++)
        {
            replacement.Append(source[i], target);
            target.Finish();
        }
    }
}

/// <summary><c>Strip</c>: takes a character off the ends of each token, up to so many times.</summary>
internal sealed class StripDecoder(int start, int stop, byte[] character) : DecoderStep
{
    /// <inheritdoc/>
    public override void Apply(PieceList source, PieceList target)
    {
        for (int i = 0; i < source.Count; i++)
        {
            ReadOnlySpan<byte> text = source[i];
            for (int n = 0; n < start && text.StartsWith(character); n++)
            {
                text = text[character.Length..];
            }

            for (int n = 0; n < stop && text.EndsWith(character); n++)
            {
                text = text[..^character.Length];
            }

            target.Append(text);
            target.Finish();
        }
    }
}

/// <summary>
/// <c>ByteFallback</c>: a run of <c>&lt;0xXX&gt;</c> becomes text; where the run as a whole is no valid UTF-8, each of its tokens
/// becomes a U+FFFD.
/// </summary>
internal sealed class ByteFallbackDecoder : DecoderStep
{
    /// <inheritdoc/>
    public override void Apply(PieceList source, PieceList target)
    {
        int runStart = 0;
        int runTokens = 0;
        for (int i = 0; i < source.Count; i++)
        {
            ReadOnlySpan<byte> token = source[i];
            int value = Value(token);
            if (value >= 0)
            {
                runStart = runTokens == 0 ? target.Length : runStart;
                runTokens++;
                target.Append((byte)value);
                continue;
            }

            EndRun(target, runStart, ref runTokens);
            target.Append(token);
            target.Finish();
        }

        EndRun(target, runStart, ref runTokens);
    }

    private static void EndRun(PieceList target, int start, ref int tokens)
    {
        if (tokens == 0)
        {
            return;
        }

        if (System.Text.Unicode.Utf8.IsValid(target.Bytes[start..]))
        {
            target.Finish();
        }
        else
        {
            target.CutTo(start);
            for (int i = 0; i < tokens; i++)
            {
                target.Append(Utf8Text.Replacement);
                target.Finish();
            }
        }

        tokens = 0;
    }

    private static int Value(ReadOnlySpan<byte> token)
    {
        if (token.Length != 6 || !token.StartsWith("<0x"u8) || token[5] != '>')
        {
            return -1;
        }

        // the reference's parser takes a sign, too
        int high = token[3] == '+' ? 0 : Digit(token[3]);
        int low = Digit(token[4]);
        return high < 0 || low < 0 ? -1 : (16 * high) + low;
    }

    private static int Digit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        _ => -1,
    };
}
