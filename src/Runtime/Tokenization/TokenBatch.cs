using System;
using System.Collections.Generic;

namespace Kiln;

/// <summary>
/// The encodings of several texts, in rows; rows of what overflows follow those of their text. Use one again and again, as a
/// <see cref="TokenEncoding"/>.
/// </summary>
/// <remarks>Not for several threads at once.</remarks>
public sealed class TokenBatch : IDisposable
{
    private readonly List<TokenEncoding> samples = [];
    private readonly List<TokenEncoding> rows = [];
    private readonly List<int> sampleOfRow = [];
    private int count;

    /// <summary>Number of rows.</summary>
    public int Count => rows.Count;

    /// <summary>A row. It belongs to the batch.</summary>
    /// <param name="row">From 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public TokenEncoding this[int row] => rows[row];

    /// <summary>For each row the number of the text that it is from (<c>overflow_to_sample_mapping</c>).</summary>
    public ReadOnlySpan<int> OverflowToSampleMapping => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(sampleOfRow);

    /// <inheritdoc/>
    public void Dispose()
    {
        samples.ForEach(static encoding => encoding.Dispose());
        rows.Clear();
        sampleOfRow.Clear();
        count = 0;
    }

    /// <summary>Makes it empty.</summary>
    internal void Begin()
    {
        rows.Clear();
        sampleOfRow.Clear();
        count = 0;
    }

    /// <summary>The next text's encoding, to be filled.</summary>
    internal TokenEncoding AddSample()
    {
        if (count == samples.Count)
        {
            samples.Add(new TokenEncoding());
        }

        return samples[count++];
    }

    /// <summary>A text's encoding.</summary>
    internal TokenEncoding Sample(int index) => samples[index];

    /// <summary>All texts are there.</summary>
    internal void End()
    {
        for (int i = 0; i < count; i++)
        {
            rows.Add(samples[i]);
            sampleOfRow.Add(i);
            for (int j = 0; j < samples[i].OverflowCount; j++)
            {
                rows.Add(samples[i].Overflow(j));
                sampleOfRow.Add(i);
            }
        }
    }
}
