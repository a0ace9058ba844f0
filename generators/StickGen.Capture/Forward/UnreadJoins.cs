using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <summary>
/// Removes joined values that nothing reads: a variable that is only used inside of the branches which assign it.
/// </summary>
internal static class UnreadJoins
{
    public static SequenceRegion Remove(SequenceRegion body)
    {
        var joins = body.Joins().Select(join => join.Id).ToArray();
        if (joins.Length == 0)
            return body;

        // A value that only an unread join reads is unread too, so what is read is found from the readers that count.
        var live = new HashSet<int>(body.Conditions().SelectMany(condition => condition.ForwardValues));
        live.UnionWith(body.Steps().Where(step => step is not (JoinStep or CopyStep)).SelectMany(step => step.Reads()));
        var assignments = body.Steps().OfType<JoinStep>().Select(step => (step.Join, step.Value))
            .Concat(body.Steps().OfType<CopyStep>().Select(step => (Join: step.Id, step.Value)))
            .ToLookup(step => step.Join, step => step.Value);
        var initial = body.Joins().ToDictionary(join => join.Id, join => join.Initial);
        var open = new Stack<int>(live.Where(value => initial.ContainsKey(value) || assignments.Contains(value)));
        while (open.Count > 0)
        {
            var join = open.Pop();
            foreach (var value in initial.TryGetValue(join, out var first) ? assignments[join].Append(first) : assignments[join])
            {
                if (live.Add(value) && (initial.ContainsKey(value) || assignments.Contains(value)))
                    open.Push(value);
            }
        }

        return joins.All(live.Contains) ? body : (SequenceRegion)Keep(body, live);
    }

    private static CapturedRegion Keep(CapturedRegion region, HashSet<int> live) => region switch
    {
        SequenceRegion sequence => new SequenceRegion(sequence.Regions.Select(inner => Keep(inner, live)).Where(IsNotEmpty).ToEquatableArray()),
        ChoiceRegion choice => new ChoiceRegion(
            choice.Text,
            choice.Branches.Select(branch => branch with { Body = (SequenceRegion)Keep(branch.Body, live) }).ToEquatableArray(),
            choice.Joins.Where(join => live.Contains(join.Id)).ToEquatableArray()) { Line = choice.Line },
        LoopRegion loop => loop with
        {
            Body = (SequenceRegion)Keep(loop.Body, live),
            Joins = loop.Joins.Where(join => live.Contains(join.Id)).ToEquatableArray(),
        },
        StatementRegion statement => statement with
        {
            Steps = statement.Steps.Where(step => step switch
            {
                JoinStep { Join: var join } => live.Contains(join),
                CopyStep { Id: var copy } => live.Contains(copy),
                _ => true,
            }).ToEquatableArray(),
        },
        _ => region,
    };

    private static bool IsNotEmpty(CapturedRegion region) => region is not StatementRegion { Steps.Count: 0 };
}
