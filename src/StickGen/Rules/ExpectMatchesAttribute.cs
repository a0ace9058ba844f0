namespace StickGen;

/// <summary>
/// States how often a rewrite rule fits the <c>forward</c> of the class: <c>[ExpectMatches(typeof(ConvRelu), 2)]</c>. It is checked while the class is
/// compiled, with every condition taken to hold and with the matches that better rules take left out. A place in a loop counts once, and what other
/// compressible classes compute counts there. The number on a live model is checked by <c>MatchReport.ExpectMatches</c>.
/// </summary>
/// <param name="rule">The rule class.</param>
/// <param name="count">The number of places, at least 0.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class ExpectMatchesAttribute(Type rule, int count) : Attribute
{
    /// <summary>The rule class.</summary>
    public Type Rule { get; } = rule;

    /// <summary>The number of places.</summary>
    public int Count { get; } = count;
}
