using StickGen.Matching;

namespace StickGen.Capture.Models;

/// <summary>A rewrite rule of this compilation, as its compiled form is emitted from it. Equatable and symbol-free.</summary>
/// <param name="Type">The rule class.</param>
/// <param name="Benefit">The resolved benefit, at least 1.</param>
/// <param name="Pattern">The pattern; of several <c>[Match]</c> methods, with the pattern of each as an alternative.</param>
/// <param name="Conditions">The methods marked <c>[Where]</c>, all of which have to hold.</param>
/// <param name="Replacement">The method marked <c>[Replace]</c>.</param>
internal sealed record CapturedRule(
    TypeIdentity Type,
    int Benefit,
    RulePattern Pattern,
    EquatableArray<RuleMethod> Conditions,
    RuleMethod Replacement)
{
    /// <summary>Whether the class has a member that is named as the emitted check, which is then left out.</summary>
    public bool HasVerify { get; init; }

    /// <summary>Whether it replaces modules by a module, before anything is quantized; otherwise nodes by units.</summary>
    public bool ReplacesModules { get; init; }
}

/// <summary>A condition or a replacement.</summary>
/// <param name="Name">The method.</param>
/// <param name="Parameters">Its parameters, in order, without the site.</param>
internal sealed record RuleMethod(string Name, EquatableArray<RuleParameter> Parameters);

/// <summary>A parameter of a method of a rule.</summary>
/// <param name="Name">The name it has in the pattern.</param>
/// <param name="Type">Its type, as code refers to it, without the <c>?</c>.</param>
/// <param name="Source">What it is.</param>
/// <param name="IsOptional">Whether a match may leave it unbound.</param>
internal sealed record RuleParameter(string Name, string Type, RuleParameterSource Source, bool IsOptional);

/// <summary>What a parameter of a method of a rule is.</summary>
internal enum RuleParameterSource
{
    /// <summary>A module of the pattern.</summary>
    Module,

    /// <summary>A literal that the pattern captures.</summary>
    Number,

    /// <summary>A value of the pattern.</summary>
    Value,

    /// <summary>A list of values of the pattern.</summary>
    Values,

    /// <summary>All that is known of the match.</summary>
    Match,
}

/// <summary>A rule that models of this compilation are matched with, compiled here or in a referenced assembly.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Reference">The rule class, as code refers to it.</param>
/// <param name="Benefit">Its benefit.</param>
/// <param name="Pattern">Its pattern.</param>
internal sealed record VisibleRule(string Name, string Reference, int Benefit, RulePattern Pattern)
{
    /// <summary>A rule of this compilation.</summary>
    public static VisibleRule Of(CapturedRule rule) => new(rule.Type.FullName, rule.Type.Reference, rule.Benefit, rule.Pattern);
}
