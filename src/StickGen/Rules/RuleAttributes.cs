namespace StickGen;

/// <summary>
/// Marks a <c>static partial</c> class as a rewrite rule: a <see cref="MatchAttribute">pattern</see>, an optional
/// <see cref="WhereAttribute">condition</see> and a <see cref="ReplaceAttribute">replacement</see>, all ordinary C#.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class RewriteRuleAttribute : Attribute
{
    /// <summary>
    /// Where two rules match overlapping nodes, the one of greater benefit is applied, then the one whose full name is
    /// first in ordinal order. 0, the default, stands for the number of nodes in the pattern.
    /// </summary>
    public int Benefit { get; set; }
}

/// <summary>
/// Marks a pattern of a rule: an expression over tensor parameters (the inputs), lists of tensors (all operands of a node such as <c>cat</c>),
/// module parameters (matched by type) and numbers (which capture literals). Node kinds are normalised, so <c>relu(x)</c> also matches
/// <c>x.relu()</c> and a <c>ReLU</c> module, and so are default arguments. Alternatives, optional nodes and chains are in
/// <c>StickGen.Rules.Patterns</c>. A rule with several such methods matches where one of them does.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MatchAttribute : Attribute;

/// <summary>
/// Marks a condition of a rule, evaluated on the live modules when a model is compressed. Its parameters are those of the pattern, by name: modules,
/// captured numbers, values as <c>GraphValue</c> (shape, element type, readers); and a <c>RuleMatch</c>, for everything else. What an alternative may
/// leave out is nullable.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WhereAttribute : Attribute;

/// <summary>
/// Marks the replacement of a rule: it takes the site and, as a condition does, what the pattern has bound, and returns the unit that
/// computes what the pattern computed, or several units that are run one after another.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReplaceAttribute : Attribute;

/// <summary>
/// The compiled form of a rewrite rule, which the generator writes into the rule's assembly so that the rule can be used
/// in others: a generator cannot read method bodies of a referenced assembly.
/// </summary>
/// <param name="version">The version of the form of <paramref name="pattern"/>; this one is 2.</param>
/// <param name="rule">The rule class.</param>
/// <param name="benefit">The resolved benefit, at least 1.</param>
/// <param name="pattern">The pattern as text.</param>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class CompiledRuleAttribute(int version, Type rule, int benefit, string pattern) : Attribute
{
    /// <summary>The version of the form of <see cref="Pattern"/>.</summary>
    public int Version { get; } = version;

    /// <summary>The rule class.</summary>
    public Type Rule { get; } = rule;

    /// <summary>The resolved benefit.</summary>
    public int Benefit { get; } = benefit;

    /// <summary>The pattern as text.</summary>
    public string Pattern { get; } = pattern;
}
