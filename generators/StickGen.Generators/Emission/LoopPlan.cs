using StickGen.Capture.Models;
using StickGen.Capture.Planning;

namespace StickGen.Generators.Emission;

/// <summary>The loops of a body as far as they have units: an iteration has units of its own, which are found by its number.</summary>
internal sealed class LoopPlan
{
    private readonly LoopNesting nesting;
    private readonly Dictionary<string, LoopRegion> loops;
    private readonly HashSet<string> withUnits = new(StringComparer.Ordinal);

    public LoopPlan(SequenceRegion body, IEnumerable<UnitSite> sites)
    {
        nesting = new(body);
        loops = body.DescendantsAndSelf().OfType<LoopRegion>().ToDictionary(loop => loop.Name, StringComparer.Ordinal);
        foreach (var site in sites)
        {
            for (var loop = site.Loop; loop.Length > 0 && withUnits.Add(loop); loop = nesting.Outer(loop))
            {
            }
        }
    }

    /// <summary>Whether a loop has units.</summary>
    public bool HasUnits(LoopRegion loop) => withUnits.Contains(loop.Name);

    /// <summary>The loops with units.</summary>
    public IEnumerable<LoopRegion> WithUnits => loops.Values.Where(HasUnits);

    /// <summary>The loops with units that are directly inside of the one of a name.</summary>
    public IEnumerable<LoopRegion> Inside(string loop) => nesting.Inside(loop).Select(name => loops[name]).Where(HasUnits);

    /// <summary>The loop of a name.</summary>
    public LoopRegion Find(string name) => loops[name];

    /// <summary>The name of the loop that a loop is in.</summary>
    public string Outer(LoopRegion loop) => nesting.Outer(loop.Name);
}
