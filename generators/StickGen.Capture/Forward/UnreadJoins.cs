using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <summary>
/// Removes joined values that nothing reads: a variable that is only used inside of the branches which assign it.
/// </summary>
internal static class UnreadJoins
{
    public static SequenceRegion Remove(SequenceRegion body)
    {
        var joins = body.Choices().SelectMany(choice => choice.Joins).Select(join => join.Id).ToArray();
        if (joins.Length == 0)
            return body;

        // A value that only an unread join reads is unread too, so what is read is found from the readers that count.
        var live = new HashSet<int>(body.Conditions().SelectMany(condition => condition.ForwardValues));
        live.UnionWith(body.Steps().Where(step => step is not JoinStep).SelectMany(step => step.Reads()));
        var assignments = body.Steps().OfType<JoinStep>().ToLookup(step => step.Join, step => step.Value);
        var initial = body.Choices().SelectMany(choice => choice.Joins).ToDictionary(join => join.Id, join => join.Initial);
        var open = new Stack<int>(joins.Where(live.Contains));
        while (open.Count > 0)
        {
            var join = open.Pop();
            foreach (var value in assignments[join].Append(initial[join]))
            {
                if (live.Add(value) && initial.ContainsKey(value))
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
            choice.Joins.Where(join => live.Contains(join.Id)).ToEquatableArray()),
        StatementRegion statement => statement with
        {
            Steps = statement.Steps.Where(step => step is not JoinStep { Join: var join } || live.Contains(join)).ToEquatableArray(),
        },
        _ => region,
    };

    private static bool IsNotEmpty(CapturedRegion region) => region is not StatementRegion { Steps.Count: 0 };
}
