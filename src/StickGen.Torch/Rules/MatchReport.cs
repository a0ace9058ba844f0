namespace StickGen.Rules;

/// <summary>Which rules matched where in a model, and why some matches were not applied.</summary>
public sealed class MatchReport
{
    internal MatchReport(IReadOnlyList<MatchEntry> entries) => Entries = entries;

    /// <summary>Every match, applied or not.</summary>
    public IReadOnlyList<MatchEntry> Entries { get; }

    /// <summary>A line for each match.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Entries);
}

/// <summary>One match of a rule.</summary>
/// <param name="Rule">The full name of the rule.</param>
/// <param name="Nodes">The names of the nodes.</param>
/// <param name="Reason">Why the match was not applied, or <see langword="null"/> if it was.</param>
public sealed record MatchEntry(string Rule, IReadOnlyList<string> Nodes, string? Reason)
{
    /// <summary>Whether the match was applied.</summary>
    public bool IsApplied => Reason is null;

    /// <inheritdoc/>
    public override string ToString() => $"{Rule}({string.Join(", ", Nodes)}): {Reason ?? "applied"}";
}
