using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;

namespace Kiln.Conformance.Runner;

/// <summary>The same bits, however a sequence is cut and whatever shares its step.</summary>
internal static class ExactChecks
{
    private const int MaxTogether = 16;

    /// <summary>Feeds each row in pieces.</summary>
    public static void Chunked(string check, CausalLanguageModel model, List<Row> rows, List<ForwardResult> whole, Checks checks)
    {
        string? complaint = null;
        for (int r = 0; r < rows.Count; r++)
        {
            foreach (int chunk in (int[])[3, 1])
            {
                int[] ids = rows[r].Ids;
                using Session session = model.CreateSession(ids.Length);
                using Batch batch = model.CreateBatch(chunk);
                for (int at = 0; at < ids.Length; at += chunk)
                {
                    int count = Math.Min(chunk, ids.Length - at);
                    batch.Clear();
                    int first = batch.Add(session, ids.AsSpan(at, count), count, ids.Length);
                    batch.Run();
                    complaint ??= Compare(batch, 0, first, count, whole[r], at, $"row {r} in chunks of {chunk}");
                }
            }
        }

        checks.Expect(check, complaint, "the same bits in chunks of 3 and of 1");
    }

    /// <summary>Feeds many rows in one step, all but their last tokens, and then these in another.</summary>
    public static void Together(CausalLanguageModel model, List<Row> rows, Checks checks)
    {
        List<int[]> sequences = rows.Take(MaxTogether).Select(static r => r.Ids).Where(static ids => ids.Length > 1).ToList();
        if (sequences.Count == 0)
        {
            throw new NotCheckedException("there is no sequence of two tokens");
        }

        List<ForwardResult> alone = sequences.ConvertAll(ids => model.Forward(ids));
        List<Session> sessions = sequences.ConvertAll(ids => model.CreateSession(ids.Length));
        string? complaint = null;
        using (Batch batch = model.CreateBatch(sequences.Sum(static ids => ids.Length)))
        {
            for (int step = 0; step < 2; step++)
            {
                batch.Clear();
                var places = new List<(int Row, int First, int Count, int At)>();
                for (int s = 0; s < sequences.Count; s++)
                {
                    int at = step == 0 ? 0 : sequences[s].Length - 1;
                    int count = step == 0 ? sequences[s].Length - 1 : 1;
                    int row = batch.Rows;
                    places.Add((row, batch.Add(sessions[s], sequences[s].AsSpan(at, count), count, sequences[s].Length), count, at));
                }

                batch.Run();
                for (int s = 0; s < sequences.Count; s++)
                {
                    complaint ??= Compare(batch, places[s].Row, places[s].First, places[s].Count, alone[s], places[s].At, $"sequence {s} of {sequences.Count}");
                }
            }
        }

        sessions.ForEach(static s => s.Dispose());
        checks.Expect("together", complaint, $"{sequences.Count} sequences in one step, the same bits");
    }

    private static string? Compare(Batch batch, int row, int output, int count, ForwardResult whole, int at, string what)
    {
        for (int i = 0; i < count; i++)
        {
            for (int layer = 0; layer < whole.HiddenStateCount; layer++)
            {
                if (Compare(whole.HiddenState(layer, at + i), batch.HiddenState(layer, row + i)) is { } difference)
                {
                    return $"{what}, token {at + i}, hidden_states.{layer}: {difference}";
                }
            }

            if (Compare(whole.LogitsOf(at + i), batch.Logits(output + i)) is { } logit)
            {
                return $"{what}, token {at + i}, logits: {logit}";
            }
        }

        return null;
    }

    private static string? Compare(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        if (MemoryMarshal.AsBytes(expected).SequenceEqual(MemoryMarshal.AsBytes(found)))
        {
            return null;
        }

        int at = 0;
        while (BitConverter.SingleToInt32Bits(expected[at]) == BitConverter.SingleToInt32Bits(found[at]))
        {
            at++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"number {at} is {found[at]:G9}, not {expected[at]:G9}");
    }
}
