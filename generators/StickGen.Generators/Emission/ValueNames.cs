using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>
/// The locals that hold values. A value that a branch or an iteration computes only to be what it leaves behind is assigned to
/// the variable of the joined value at once: <c>v7 = units.down.forward(v0);</c>.
/// </summary>
internal sealed class ValueNames
{
    private readonly Dictionary<int, int> joins = [];

    public ValueNames(SequenceRegion body)
    {
        // Inner regions first: what is left behind by an inner one may be left behind by the outer one too.
        foreach (var region in body.DescendantsAndSelf().Reverse())
        {
            if (region is ChoiceRegion choice)
            {
                foreach (var branch in choice.Branches)
                    Visit(branch.Body, (_, _, _) => true);
            }
            else if (region is LoopRegion loop)
            {
                var events = new List<RegionEvent>();
                AddEvents(loop.Body, events);
                Visit(loop.Body, (join, value, step) => IsFree(events, join, value, step));
            }
        }
    }

    /// <summary>Whether a value is computed into the variable of a joined one, which is declared already.</summary>
    public bool IsJoined(int value) => joins.ContainsKey(value);

    /// <summary>The number of the local.</summary>
    public int this[int value]
    {
        get
        {
            while (joins.TryGetValue(value, out var join))
                value = join;
            return value;
        }
    }

    /// <summary>What happens at one point of an iteration.</summary>
    /// <param name="Reads">The values that are read.</param>
    /// <param name="Written">The value that is written, or -1.</param>
    /// <param name="Start">What may read a value that is written here: from the beginning of the outermost inner loop on, or what follows.</param>
    private sealed record RegionEvent(IEnumerable<int> Reads, int Written, int Start)
    {
        /// <summary>The step, if it is one.</summary>
        public CapturedStep? Step { get; init; }

        /// <summary>The value that is written, if it has a number.</summary>
        public int Value { get; init; } = -1;
    }

    private void Visit(SequenceRegion sequence, Func<int, int, CapturedStep, bool> isFree)
    {
        var computed = new HashSet<int>();
        foreach (var region in sequence.Regions)
        {
            computed.UnionWith(region switch
            {
                ChoiceRegion choice => choice.Joins.Select(join => join.Id),
                LoopRegion loop => loop.Joins.Select(join => join.Id),
                _ => [],
            });
            foreach (var step in region is StatementRegion statement ? statement.Steps : [])
            {
                if (step is NodeStep { Node.Id: var id })
                    computed.Add(id);
                else if (step is JoinStep { Join: var join, Value: var value } && computed.Contains(value) && !joins.ContainsKey(value)
                    && isFree(join, value, step))
                {
                    joins.Add(value, join);
                }
            }
        }
    }

    /// <summary>
    /// Whether the variable that one iteration hands to the next can have its new value early: nothing may read the old one after
    /// that, and no iteration may end in between.
    /// </summary>
    private bool IsFree(List<RegionEvent> events, int join, int value, CapturedStep assignment)
    {
        var written = events.FindIndex(e => e.Written >= 0 && this[e.Written] == value && e.Value != join);
        var assigned = events.FindIndex(e => ReferenceEquals(e.Step, assignment));
        if (written < 0 || assigned < written)
            return false;

        // What is written in an inner loop is written before everything that its next iteration reads.
        for (var i = events[written].Start; i < events.Count; i++)
        {
            if (events[i].Reads.Any(read => this[read] == join) || (i < assigned && events[i].Step is JumpStep))
                return false;
        }

        return true;
    }

    private static void AddEvents(SequenceRegion sequence, List<RegionEvent> events, int start = -1)
    {
        foreach (var region in sequence.Regions)
        {
            switch (region)
            {
                case StatementRegion statement:
                    foreach (var step in statement.Steps)
                        events.Add(new(step.Reads(), Written(step), Start()) { Step = step });
                    break;
                case ChoiceRegion choice:
                    AddJoins(choice.Joins);
                    foreach (var branch in choice.Branches)
                        events.Add(new(branch.Condition?.ForwardValues ?? [], -1, Start()));
                    foreach (var branch in choice.Branches)
                        AddEvents(branch.Body, events, start);
                    break;
                case LoopRegion loop:
                    AddJoins(loop.Joins);
                    var inside = start < 0 ? events.Count : start;
                    events.Add(new(loop.Header.Code().SelectMany(code => code.ForwardValues), -1, inside));
                    AddEvents(loop.Body, events, inside);
                    break;
            }
        }

        int Start() => start < 0 ? events.Count + 1 : start;

        void AddJoins(IEnumerable<JoinedValue> joins)
        {
            // What a joined value begins with is read before any of them is written.
            foreach (var join in joins)
                events.Add(new([join.Initial], -1, Start()));
            foreach (var join in joins.Where(join => join.Initial >= 0))
                events.Add(new([], join.Id, Start()) { Value = join.Initial });
        }
    }

    private static int Written(CapturedStep step) => step switch
    {
        NodeStep { Node.Id: var id } => id,
        JoinStep { Join: var join } => join,
        _ => -1,
    };
}
