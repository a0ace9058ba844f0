using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <summary>
/// The numbers of the values of a body with loops. In a loop every variable that is known before it may be assigned, so each gets
/// a joined value there; for one that turns out not to be, the value from before the loop is used again.
/// </summary>
internal static class ValueNumbers
{
    /// <summary>Replaces values, and numbers what is left without gaps.</summary>
    /// <param name="body">The body.</param>
    /// <param name="inputs">The number of inputs.</param>
    /// <param name="replacements">The values that stand for others.</param>
    /// <param name="numbers">The new numbers by the old ones.</param>
    public static SequenceRegion Compact(
        SequenceRegion body, int inputs, IReadOnlyDictionary<int, int> replacements, out IReadOnlyDictionary<int, int> numbers)
    {
        var replaced = new RegionRewriter(value => Resolve(value, replacements)).Rewrite(body);
        replaced = UnreadJoins.Remove(replaced);
        var newNumbers = new Dictionary<int, int>();
        foreach (var value in Defined(replaced).OrderBy(value => value))
            newNumbers[value] = inputs + newNumbers.Count;
        numbers = newNumbers;
        return new RegionRewriter(value => value < inputs ? value : newNumbers[value]).Rewrite(replaced);
    }

    /// <summary>What a value is after all.</summary>
    public static int Resolve(int value, IReadOnlyDictionary<int, int> replacements)
    {
        while (replacements.TryGetValue(value, out var other))
            value = other;
        return value;
    }

    private static IEnumerable<int> Defined(SequenceRegion body) => body.Joins().Select(join => join.Id).Concat(body.Steps().Select(step => step switch
    {
        NodeStep { Node.Id: var id } => id,
        CopyStep { Id: var id } => id,
        ListStep { Id: var id } => id,
        ElementStep { Id: var id } => id,
        KeptStep { Id: var id } => id,
        _ => -1,
    })).Where(value => value >= 0).Distinct();
}
