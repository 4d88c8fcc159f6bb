using System.Collections.Generic;

namespace Kiln.Compiler.Tokenizers.Patterns;

/// <summary>What a state of a nondeterministic automaton does.</summary>
internal enum PatternStep
{
    /// <summary>Takes a character of a set and goes on at Next.</summary>
    Take,

    /// <summary>Goes on at Next, or else at Other.</summary>
    Split,

    /// <summary>Goes on at Next if the neighbouring character is of a set.</summary>
    Neighbor,

    /// <summary>Goes on at Next if a look-ahead has the wanted result.</summary>
    LookAhead,

    /// <summary>The pattern's end.</summary>
    Match,
}

/// <summary>A state.</summary>
internal sealed record PatternState(PatternStep Step)
{
    public int Next { get; init; }

    public int Other { get; init; }

    /// <summary>The set of Take and Neighbor.</summary>
    public CodePointSet Set { get; init; } = CodePointSet.Empty;

    /// <summary>Neighbor: the character before; LookAhead: must not match.</summary>
    public bool Flag { get; init; }

    /// <summary>Neighbor: also true at the edge of the text.</summary>
    public bool Edge { get; init; }

    /// <summary>LookAhead: its number.</summary>
    public int Number { get; init; }
}

/// <summary>A pattern as a nondeterministic automaton whose branches have an order; look-aheads are automata of their own.</summary>
internal sealed class PatternProgram
{
    private const int MaxStates = 20000;

    /// <summary>The states.</summary>
    public List<PatternState> States { get; } = new();

    /// <summary>Where it starts.</summary>
    public int Start { get; private set; }

    /// <summary>Compiles a pattern.</summary>
    /// <param name="node">The pattern.</param>
    /// <param name="lookAheads">Gets the look-aheads.</param>
    /// <exception cref="PatternException">It is too large.</exception>
    public static PatternProgram Compile(PatternNode node, LookAheadList lookAheads)
    {
        var program = new PatternProgram();
        program.Start = program.Emit(node, program.Add(new PatternState(PatternStep.Match)), lookAheads);
        return program;
    }

    private int Add(PatternState state)
    {
        if (States.Count >= MaxStates)
        {
            throw new PatternException("it is too large");
        }

        States.Add(state);
        return States.Count - 1;
    }

    /// <summary>Emits a pattern that goes on at a state; returns where it starts.</summary>
    private int Emit(PatternNode node, int next, LookAheadList lookAheads)
    {
        switch (node)
        {
            case SetNode set:
                return Add(new PatternState(PatternStep.Take) { Set = set.Set, Next = next });
            case NeighborNode neighbor:
                return Add(new PatternState(PatternStep.Neighbor) { Set = neighbor.Set, Flag = neighbor.Behind, Edge = neighbor.Edge, Next = next });
            case LookAheadNode look:
                return Add(new PatternState(PatternStep.LookAhead) { Number = lookAheads.Number(look), Flag = look.Negative, Next = next });
            case ConcatNode concat:
                for (int i = concat.Parts.Count - 1; i >= 0; i--)
                {
                    next = Emit(concat.Parts[i], next, lookAheads);
                }

                return next;
            case AlternationNode alternation:
                int other = Emit(alternation.Alternatives[alternation.Alternatives.Count - 1], next, lookAheads);
                for (int i = alternation.Alternatives.Count - 2; i >= 0; i--)
                {
                    other = Add(new PatternState(PatternStep.Split) { Next = Emit(alternation.Alternatives[i], next, lookAheads), Other = other });
                }

                return other;
            default:
                return EmitRepeat((RepeatNode)node, next, lookAheads);
        }
    }

    private int EmitRepeat(RepeatNode repeat, int next, LookAheadList lookAheads)
    {
        int required = repeat.Min;
        if (repeat.Max >= 0)
        {
            // each further round is inside of the one before: (x(x(x)?)?)?, and all leave to the same place
            int end = next;
            for (int i = repeat.Max; i > required; i--)
            {
                next = Choose(repeat, Emit(repeat.Body, next, lookAheads), end);
            }
        }
        else if (required > 0 && !repeat.Body.IsNullable)
        {
            int choice = Add(new PatternState(PatternStep.Split));
            next = EmitLoop(repeat, choice, next, lookAheads);
            required--;
        }
        else
        {
            int choice = Add(new PatternState(PatternStep.Split));
            EmitLoop(repeat, choice, next, lookAheads);
            next = choice;
        }

        for (int i = 0; i < required; i++)
        {
            next = Emit(repeat.Body, next, lookAheads);
        }

        return next;
    }

    /// <summary>A loop's body, which comes back to the choice whether to make a round; a round that took nothing is the last one.</summary>
    private int EmitLoop(RepeatNode repeat, int choice, int next, LookAheadList lookAheads)
    {
        int body = repeat.Body.IsNullable ? EmitFirst(repeat.Body, choice, next, lookAheads) : Emit(repeat.Body, choice, lookAheads);
        States[choice] = Choice(repeat, body, next);
        return body;
    }

    /// <summary>Emits a pattern that goes on at one state if it takes something, and at another one if not.</summary>
    private int EmitFirst(PatternNode node, int next, int nothing, LookAheadList lookAheads)
    {
        if (!node.IsNullable)
        {
            return Emit(node, next, lookAheads);
        }

        switch (node)
        {
            case ConcatNode concat:
                for (int i = concat.Parts.Count - 1; i >= 0; i--)
                {
                    nothing = EmitFirst(concat.Parts[i], next, nothing, lookAheads);
                    next = i > 0 ? Emit(concat.Parts[i], next, lookAheads) : next;
                }

                return nothing;
            case AlternationNode alternation:
                int other = EmitFirst(alternation.Alternatives[alternation.Alternatives.Count - 1], next, nothing, lookAheads);
                for (int i = alternation.Alternatives.Count - 2; i >= 0; i--)
                {
                    other = Add(new PatternState(PatternStep.Split) { Next = EmitFirst(alternation.Alternatives[i], next, nothing, lookAheads), Other = other });
                }

                return other;
            case RepeatNode { Max: < 0 } repeat:
                int choice = Add(new PatternState(PatternStep.Split));
                EmitLoop(repeat, choice, next, lookAheads);
                int rounds = Choose(repeat, EmitFirst(repeat.Body, choice, nothing, lookAheads), nothing);
                for (int i = 0; i < repeat.Min; i++)
                {
                    rounds = EmitFirst(repeat.Body, choice, rounds, lookAheads);
                    choice = i + 1 < repeat.Min ? Emit(repeat.Body, choice, lookAheads) : choice;
                }

                return rounds;
            case RepeatNode repeat:
                int end = next;
                int ended = nothing;
                for (int i = repeat.Max; i > 0; i--)
                {
                    int first = EmitFirst(repeat.Body, next, nothing, lookAheads);
                    int later = i > 1 ? Emit(repeat.Body, next, lookAheads) : next;
                    nothing = i > repeat.Min ? Choose(repeat, first, ended) : first;
                    next = i > repeat.Min && i > 1 ? Choose(repeat, later, end) : later;
                }

                return nothing;
            default:
                return Emit(node, nothing, lookAheads);
        }
    }

    private int Choose(RepeatNode repeat, int body, int end) => Add(Choice(repeat, body, end));

    private static PatternState Choice(RepeatNode repeat, int body, int end) => repeat.Greedy
        ? new PatternState(PatternStep.Split) { Next = body, Other = end }
        : new PatternState(PatternStep.Split) { Next = end, Other = body };
}

/// <summary>The look-aheads of a pattern, inner ones before those that they stand in, each once.</summary>
internal sealed class LookAheadList
{
    private readonly List<LookAheadNode> nodes = new();

    /// <summary>Their automata.</summary>
    public List<PatternProgram> Programs { get; } = new();

    /// <summary>A look-ahead's number.</summary>
    public int Number(LookAheadNode node)
    {
        int number = nodes.FindIndex(other => ReferenceEquals(other.Body, node.Body));
        if (number < 0)
        {
            PatternProgram program = PatternProgram.Compile(node.Body, this);
            nodes.Add(node);
            Programs.Add(program);
            number = nodes.Count - 1;
        }

        return number;
    }
}
