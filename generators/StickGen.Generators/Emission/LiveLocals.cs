using StickGen.Capture;
using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>The captured locals that emitted code reads: an unread one would be a warning.</summary>
internal static class LiveLocals
{
    /// <summary>The names of the locals that are read.</summary>
    /// <param name="body">The captured body.</param>
    /// <param name="codeOf">The code that is emitted for a step, other than a local or an assignment to one.</param>
    /// <param name="conditionOf">The code that is emitted for a condition.</param>
    /// <param name="valueOf">The code that is emitted for the value of a local.</param>
    public static HashSet<string> Find(
        SequenceRegion body,
        Func<CapturedStep, IEnumerable<CodePart>> codeOf,
        Func<CapturedExpression, IEnumerable<CodePart>> conditionOf,
        Func<CapturedExpression, IEnumerable<CodePart>> valueOf)
    {
        var live = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>();
        Read(body.Conditions().SelectMany(conditionOf));
        var values = new List<(string Local, CapturedExpression Value)>();
        foreach (var step in body.Steps())
        {
            if (step is LocalStep { Name: var local, Value: var initial })
                values.Add((local, initial ?? CapturedExpression.Of()));
            else if (step is AssignmentStep { Name: var assigned, Value: var value })
                values.Add((assigned, value));
            else
                Read(codeOf(step));
        }

        var valuesOf = values.ToLookup(value => value.Local, value => value.Value, StringComparer.Ordinal);
        while (open.Count > 0)
            Read(valuesOf[open.Pop()].SelectMany(valueOf));
        return live;

        void Read(IEnumerable<CodePart> code)
        {
            foreach (var part in code)
            {
                if (part.Kind == CodePartKind.Local && live.Add(part.Text))
                    open.Push(part.Text);
            }
        }
    }
}
