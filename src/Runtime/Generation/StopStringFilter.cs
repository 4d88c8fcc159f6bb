using System;
using System.Text;

namespace Kiln;

/// <summary>
/// Passes UTF-8 text on until one of the stop strings is complete, and holds back what could be the beginning of one.
/// </summary>
internal sealed class StopStringFilter
{
    private byte[][] stops = [];
    private string[] source = [];
    private byte[] buffer = [];
    private int length;
    private int passed;

    /// <summary>Whether a stop string is complete.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Begins a text.</summary>
    public void Start(string[] stopStrings)
    {
        // what callers reuse costs nothing; a changed array of the same object would be missed otherwise
        if (!stopStrings.AsSpan().SequenceEqual(source))
        {
            source = [.. stopStrings];
            stops = new byte[source.Length][];
            for (int i = 0; i < stops.Length; i++)
            {
                stops[i] = Encoding.UTF8.GetBytes(source[i]);
            }
        }

        length = 0;
        passed = 0;
        Stopped = false;
    }

    /// <summary>Takes more text.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="include">Whether all is passed on when a stop string is complete, or only what precedes it.</param>
    /// <returns>What is settled, valid until the next call.</returns>
    public ReadOnlySpan<byte> Add(ReadOnlySpan<byte> text, bool include)
    {
        if (stops.Length == 0 || Stopped)
        {
            return Stopped ? [] : text;
        }

        buffer.AsSpan(passed, length - passed).CopyTo(buffer);
        length -= passed;
        passed = 0;
        if (buffer.Length < length + text.Length)
        {
            Array.Resize(ref buffer, Math.Max(256, 2 * (length + text.Length)));
        }

        text.CopyTo(buffer.AsSpan(length));
        length += text.Length;
        ReadOnlySpan<byte> all = new(buffer, 0, length);
        int first = -1;
        foreach (byte[] stop in stops)
        {
            int at = all.IndexOf(stop);
            first = at >= 0 && (first < 0 || at < first) ? at : first;
        }

        if (first >= 0)
        {
            Stopped = true;
            return include ? all : all[..first];
        }

        passed = length - Held(all);
        return all[..passed];
    }

    /// <summary>The text ends: what was held back was no stop string.</summary>
    public ReadOnlySpan<byte> Flush()
    {
        ReadOnlySpan<byte> rest = Stopped ? [] : new ReadOnlySpan<byte>(buffer, passed, length - passed);
        passed = length;
        return rest;
    }

    /// <summary>Length of the longest end of the text that begins a stop string.</summary>
    private int Held(ReadOnlySpan<byte> text)
    {
        int held = 0;
        foreach (byte[] stop in stops)
        {
            for (int n = Math.Min(stop.Length - 1, text.Length); n > held; n--)
            {
                if (text.EndsWith(stop.AsSpan(0, n)))
                {
                    held = n;
                }
            }
        }

        return held;
    }
}
