namespace StickGen.Pruning;

/// <summary>Replaces modules by the user's own rules.</summary>
/// <param name="rules">The rules; of those that hold at a place, the first is applied.</param>
/// <param name="policy">Where they are applied; everywhere if not given.</param>
public sealed class RuleReplacement(IReadOnlyList<ModuleRule> rules, ReplacementPolicy? policy = null) : ModuleReplacement
{
    /// <inheritdoc/>
    public override string Name => string.Join(", ", rules.Select(r => r.Name));

    /// <inheritdoc/>
    protected override IReadOnlyList<ModuleRule> Rules => rules;

    /// <inheritdoc/>
    protected override ReplacementPolicy Policy { get; } = policy ?? new();

    /// <inheritdoc/>
    protected override void Validate() => Policy.Validate();
}
