using System;
using System.Collections.Generic;

namespace Kiln.Compiler.Tokenizers.Patterns;

/// <summary>
/// A deterministic automaton: rows of <see cref="Symbols"/> entries, each the next row's first index times two, plus one where the
/// pattern matches. Row 0 is the end: nothing more can come.
/// </summary>
/// <remarks>
/// A symbol is a character class, or the edge of the text (the last one); with look-aheads there are as many symbols for each
/// combination of their results.
/// </remarks>
internal abstract class PatternAutomaton
{
    private const int MaxEntries = 200000;
    private const long MaxWork = 20000000;

    private readonly Dictionary<string, int> rows = new(StringComparer.Ordinal);
    private readonly List<(int[] States, int Context)> contents = new();
    private readonly List<int> table = new();
    private long work;

    protected PatternAutomaton(PatternProgram program, CharacterPartition partition, int lookAheads)
    {
        Program = program;
        Edge = partition.Count;
        Symbols = (Edge + 1) << lookAheads;
        Takes = program.States.ConvertAll(state =>
            state.Step is PatternStep.Take or PatternStep.Neighbor ? partition.Classes(state.Set) : Array.Empty<bool>());
        table.AddRange(new int[Symbols]);
    }

    /// <summary>Entries of a row.</summary>
    public int Symbols { get; }

    /// <summary>All rows.</summary>
    public IReadOnlyList<int> Table => table;

    /// <summary>The symbol of the text's edge, which is the number of character classes.</summary>
    protected int Edge { get; }

    protected PatternProgram Program { get; }

    /// <summary>For each state with a set: its classes.</summary>
    protected List<bool[]> Takes { get; }

    /// <summary>The index of the row for states of the program, and what is known of the neighbouring character.</summary>
    protected int Row(int[] states, int context)
    {
        string key = string.Join(",", states) + "/" + context;
        if (!rows.TryGetValue(key, out int row))
        {
            rows[key] = row = (contents.Count + 1) * Symbols;
            contents.Add((states, context));
            if (row > MaxEntries)
            {
                throw new PatternException("it is too complex");
            }
        }

        return row;
    }

    /// <summary>Fills the rows, those that come up meanwhile too.</summary>
    protected void Fill()
    {
        for (int i = 0; i < contents.Count; i++)
        {
            for (int symbol = 0; symbol < Symbols; symbol++)
            {
                (int next, bool match) = Follow(contents[i].States, contents[i].Context, symbol % (Edge + 1), symbol / (Edge + 1));
                table.Add((2 * next) + (match ? 1 : 0));
            }
        }
    }

    /// <summary>Where a row goes on.</summary>
    /// <param name="states">The row's states.</param>
    /// <param name="context">The row's context.</param>
    /// <param name="character">The class of the character, or the edge.</param>
    /// <param name="lookAheads">The results of look-aheads, a bit each.</param>
    protected abstract (int Next, bool Match) Follow(int[] states, int context, int character, int lookAheads);

    /// <summary>Keeps hard patterns from running for hours.</summary>
    protected void Count()
    {
        if (++work > MaxWork)
        {
            throw new PatternException("it is too complex");
        }
    }

    /// <summary>The numbers of the conditions on a side, by state; conditions that mean the same have the same number.</summary>
    /// <param name="behind">The side.</param>
    /// <param name="conditions">Gets a state for each number.</param>
    protected int[] Conditions(bool behind, List<int> conditions)
    {
        int[] numbers = new int[Program.States.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            PatternState state = Program.States[i];
            if (state.Step != PatternStep.Neighbor || state.Flag != behind)
            {
                continue;
            }

            numbers[i] = conditions.FindIndex(other => Program.States[other].Edge == state.Edge && System.Linq.Enumerable.SequenceEqual(Takes[other], Takes[i]));
            if (numbers[i] < 0)
            {
                numbers[i] = conditions.Count;
                conditions.Add(i);
            }
        }

        return conditions.Count <= 30 ? numbers : throw new PatternException("it is too complex");
    }

    /// <summary>Which of the conditions hold next to each character, a bit each.</summary>
    protected int[] Contexts(List<int> conditions)
    {
        int[] contexts = new int[Edge + 1];
        for (int character = 0; character <= Edge; character++)
        {
            for (int i = 0; i < conditions.Count; i++)
            {
                contexts[character] |= Holds(conditions[i], character) ? 1 << i : 0;
            }
        }

        return contexts;
    }

    /// <summary>Whether a condition holds next to a character.</summary>
    protected bool Holds(int state, int character) => character == Edge ? Program.States[state].Edge : Takes[state][character];
}

/// <summary>
/// The automaton that finds the end of a match from its start, forwards. A row is a list of states that have just taken a character,
/// in the order of the pattern's preferences; those behind the one that matches are dropped, so the last match met is the right one.
/// Conditions are decided when the next symbol is read; the context says which of those on the character before hold.
/// </summary>
internal sealed class MatchAutomaton : PatternAutomaton
{
    private readonly int[] behindNumbers;
    private readonly int[] contexts;
    private readonly int[] visited;
    private readonly int[] taken;
    private readonly Stack<int> stack = new();
    private int stamp;

    public MatchAutomaton(PatternProgram program, CharacterPartition partition, int lookAheads)
        : base(program, partition, lookAheads)
    {
        var conditions = new List<int>();
        behindNumbers = Conditions(behind: true, conditions);
        contexts = Contexts(conditions);
        Starts = new int[Edge + 1];
        visited = new int[program.States.Count];
        taken = new int[program.States.Count];
        for (int i = 0; i <= Edge; i++)
        {
            Starts[i] = Row(new[] { program.Start }, contexts[i]);
        }

        Fill();
    }

    /// <summary>The row to start with, for each class of the character before, and for the text's start.</summary>
    public int[] Starts { get; }

    protected override (int Next, bool Match) Follow(int[] states, int context, int character, int lookAheads)
    {
        stamp++;
        var next = new List<int>();
        foreach (int first in states)
        {
            stack.Push(first);
            while (stack.Count > 0)
            {
                Count();
                int current = stack.Pop();
                if (visited[current] == stamp)
                {
                    continue;
                }

                visited[current] = stamp;
                PatternState state = Program.States[current];
                switch (state.Step)
                {
                    case PatternStep.Take:
                        if (character != Edge && Takes[current][character] && taken[state.Next] != stamp)
                        {
                            taken[state.Next] = stamp;
                            next.Add(state.Next);
                        }

                        break;
                    case PatternStep.Split:
                        stack.Push(state.Other);
                        stack.Push(state.Next);
                        break;
                    case PatternStep.Neighbor:
                        if (state.Flag ? ((context >> behindNumbers[current]) & 1) != 0 : Holds(current, character))
                        {
                            stack.Push(state.Next);
                        }

                        break;
                    case PatternStep.LookAhead:
                        if (((lookAheads >> state.Number) & 1) != 0 != state.Flag)
                        {
                            stack.Push(state.Next);
                        }

                        break;
                    default:
                        stack.Clear();
                        return (End(next, character), true);
                }
            }
        }

        return (End(next, character), false);
    }

    private int End(List<int> next, int character) => next.Count == 0 ? 0 : Row(next.ToArray(), contexts[character]);
}

/// <summary>
/// The automaton that tells for each place of a text whether a look-ahead holds there. It runs backwards, from the text's end: a row
/// is the set of states from which the look-ahead's end can be reached, before those that take no character are looked at; the
/// context says which conditions on the character after hold. A match means that the look-ahead holds at the place before which the
/// symbol stands.
/// </summary>
internal sealed class LookAheadAutomaton : PatternAutomaton
{
    private readonly int[] aheadNumbers;
    private readonly int[] contexts;
    private readonly int match;
    private readonly List<int>[] before;

    public LookAheadAutomaton(PatternProgram program, CharacterPartition partition, int lookAheads)
        : base(program, partition, lookAheads)
    {
        var conditions = new List<int>();
        aheadNumbers = Conditions(behind: false, conditions);
        contexts = Contexts(conditions);
        before = new List<int>[program.States.Count];
        for (int i = 0; i < before.Length; i++)
        {
            before[i] = new List<int>();
        }

        for (int i = 0; i < before.Length; i++)
        {
            PatternState state = program.States[i];
            if (state.Step == PatternStep.Match)
            {
                match = i;
                continue;
            }

            before[state.Next].Add(i);
            if (state.Step == PatternStep.Split)
            {
                before[state.Other].Add(i);
            }
        }

        Start = Row(new[] { match }, contexts[Edge]);
        Fill();
    }

    /// <summary>The row to start with at the text's end.</summary>
    public int Start { get; }

    protected override (int Next, bool Match) Follow(int[] states, int context, int character, int lookAheads)
    {
        bool[] reached = new bool[before.Length];
        var queue = new Queue<int>();
        foreach (int state in states)
        {
            reached[state] = true;
            queue.Enqueue(state);
        }

        var next = new SortedSet<int> { match };
        while (queue.Count > 0)
        {
            foreach (int i in before[queue.Dequeue()])
            {
                Count();
                PatternState state = Program.States[i];
                if (state.Step == PatternStep.Take)
                {
                    if (character != Edge && Takes[i][character])
                    {
                        next.Add(i);
                    }
                }
                else if (!reached[i] && Passes(i, state, context, character, lookAheads))
                {
                    reached[i] = true;
                    queue.Enqueue(i);
                }
            }
        }

        int[] row = new int[next.Count];
        next.CopyTo(row);
        return (character == Edge ? 0 : Row(row, contexts[character]), reached[Program.Start]);
    }

    private bool Passes(int index, PatternState state, int context, int character, int lookAheads) => state.Step switch
    {
        PatternStep.Neighbor => state.Flag ? Holds(index, character) : ((context >> aheadNumbers[index]) & 1) != 0,
        PatternStep.LookAhead => ((lookAheads >> state.Number) & 1) != 0 != state.Flag,
        _ => true,
    };
}
