namespace StickGen.Capture.Models;

/// <summary>A rewrite rule of this compilation, as its compiled form is emitted from it. Equatable and symbol-free.</summary>
/// <param name="Type">The rule class.</param>
/// <param name="Benefit">The resolved benefit, at least 1.</param>
/// <param name="Pattern">The pattern.</param>
/// <param name="Conditions">The methods marked <c>[Where]</c>, all of which have to hold.</param>
/// <param name="Replacement">The method marked <c>[Replace]</c>.</param>
internal sealed record CapturedRule(
    TypeIdentity Type,
    int Benefit,
    PatternNode Pattern,
    EquatableArray<RuleMethod> Conditions,
    RuleMethod Replacement);

/// <summary>A condition or a replacement.</summary>
/// <param name="Name">The method.</param>
/// <param name="Modules">Its module parameters, in order.</param>
internal sealed record RuleMethod(string Name, EquatableArray<RuleParameter> Modules);

/// <summary>A module parameter of a condition or a replacement.</summary>
/// <param name="Name">The name it has in the pattern.</param>
/// <param name="Type">Its type, as code refers to it.</param>
internal sealed record RuleParameter(string Name, string Type);

/// <summary>A rule that models of this compilation are matched with, compiled here or in a referenced assembly.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Reference">The rule class, as code refers to it.</param>
/// <param name="Benefit">Its benefit.</param>
/// <param name="Pattern">Its pattern.</param>
internal sealed record VisibleRule(string Name, string Reference, int Benefit, PatternNode Pattern)
{
    /// <summary>A rule of this compilation.</summary>
    public static VisibleRule Of(CapturedRule rule) => new(rule.Type.FullName, rule.Type.Reference, rule.Benefit, rule.Pattern);
}
