using StickGen.Capture;
using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>The captured locals that emitted code reads: an unread one would be a warning.</summary>
internal static class LiveLocals
{
    /// <summary>The names of the locals that are read.</summary>
    /// <param name="body">The captured body.</param>
    /// <param name="codeOf">The code that is emitted for a step, other than a local.</param>
    /// <param name="valueOf">The code that is emitted for the value of a local.</param>
    public static HashSet<string> Find(
        CapturedRegion body,
        Func<CapturedStep, IEnumerable<CodePart>> codeOf,
        Func<LocalStep, IEnumerable<CodePart>> valueOf)
    {
        var live = new HashSet<string>(StringComparer.Ordinal);
        foreach (var step in Steps(body).Reverse())
        {
            if (step is LocalStep local && !live.Contains(local.Name))
                continue;
            foreach (var part in step is LocalStep read ? valueOf(read) : codeOf(step))
            {
                if (part.Kind == CodePartKind.Local)
                    live.Add(part.Text);
            }
        }

        return live;
    }

    private static IEnumerable<CapturedStep> Steps(CapturedRegion region) => region switch
    {
        SequenceRegion sequence => sequence.Regions.SelectMany(Steps),
        StatementRegion statement => statement.Steps,
        _ => [],
    };
}
