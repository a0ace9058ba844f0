using StickGen.Kinds;
using StickGen.Matching;
using StickGen.Units;

namespace StickGen.Rules;

/// <summary>
/// A compiled rewrite rule: what a <c>[RewriteRule]</c> class becomes. It can also be made by hand, for patterns that are
/// only known at run time.
/// </summary>
public sealed class RewriteRule
{
    /// <param name="name">The full name of the rule's class.</param>
    /// <param name="benefit">Of overlapping matches the one of the rule with the greatest benefit is applied.</param>
    /// <param name="pattern">The pattern as text.</param>
    /// <param name="where">Evaluated on the original modules; <see langword="null"/> for always.</param>
    /// <param name="replace">Makes the unit from the modules of the variant.</param>
    /// <exception cref="FormatException">The pattern is malformed; the message says where.</exception>
    public RewriteRule(string name, int benefit, string pattern, Func<RuleMatch, bool>? where, Func<Site, RuleMatch, Unit> replace)
        : this(name, benefit, pattern, where, Several(replace))
    {
    }

    /// <param name="name">The full name of the rule's class.</param>
    /// <param name="benefit">Of overlapping matches the one of the rule with the greatest benefit is applied.</param>
    /// <param name="pattern">The pattern as text.</param>
    /// <param name="where">Evaluated on the original modules; <see langword="null"/> for always.</param>
    /// <param name="replace">Makes units that are run one after another, each for a <see cref="Site.Part"/> of the site, from the modules of the variant.</param>
    /// <exception cref="FormatException">The pattern is malformed; the message says where.</exception>
    public RewriteRule(string name, int benefit, string pattern, Func<RuleMatch, bool>? where, Func<Site, RuleMatch, Unit[]> replace)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(benefit, 1);
        ArgumentNullException.ThrowIfNull(replace);
        ArgumentNullException.ThrowIfNull(pattern);
        (Name, Benefit, Where, Replace) = (name, benefit, where, replace);
        Form = Parse(pattern);
    }

    /// <summary>The full name of the rule's class.</summary>
    public string Name { get; }

    /// <summary>The name of the rule's class without its namespace.</summary>
    public string ShortName => Name[(Name.LastIndexOf('.') + 1)..];

    /// <summary>Which of overlapping matches is applied.</summary>
    public int Benefit { get; }

    /// <summary>The pattern as text.</summary>
    public string Pattern => Form.Text;

    internal RulePattern Form { get; }

    internal Func<RuleMatch, bool>? Where { get; }

    internal Func<Site, RuleMatch, Unit[]> Replace { get; }

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="FormatException">It is malformed, or has a kind that is not known.</exception>
    internal static RulePattern Parse(string pattern)
    {
        var form = RulePattern.Parse(pattern);
        return RulePattern.Parts(form.Root).OfType<PatternCall>().FirstOrDefault(c => !NodeKinds.Exists(c.Kind)) is { } unknown
            ? throw new FormatException($"The pattern '{pattern}' has a node of the kind '{unknown.Kind}', which is not known.")
            : form;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Pattern}";

    private static Func<Site, RuleMatch, Unit[]> Several(Func<Site, RuleMatch, Unit> replace)
    {
        ArgumentNullException.ThrowIfNull(replace);
        return (site, match) => [replace(site, match)];
    }
}
