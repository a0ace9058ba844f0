using StickGen.Kinds;
using StickGen.Matching;

namespace StickGen.Capture.Rules;

/// <summary>
/// Whether two patterns may fit nodes that overlap. Only their kinds and constants are compared: whether their conditions hold is known on the
/// instance alone.
/// </summary>
internal sealed class PatternOverlap
{
    /// <summary>Alternatives inside of alternatives are compared so many times, and no more.</summary>
    private const int Limit = 20_000;

    private int steps;

    /// <summary>
    /// The kind of a node that both patterns may contain, or <see langword="null"/>. A value inside of a match is read by the match alone, so
    /// matches that overlap share the last node of one of them.
    /// </summary>
    public static string? Find(RulePattern left, RulePattern right)
    {
        var overlap = new PatternOverlap();
        return overlap.EndIn(left.Root, right.Root) ?? overlap.EndIn(right.Root, left.Root);
    }

    private string? EndIn(PatternPart end, PatternPart other) => RulePattern.Parts(other)
        .Where(part => part is PatternCall or PatternChain)
        .Select(part => Common(part, end))
        .FirstOrDefault(kind => kind is not null);

    /// <summary>The kind of a node that is the end of both, if there may be one that fits both with all it reads.</summary>
    private string? Common(PatternPart left, PatternPart right)
    {
        if (++steps > Limit)
            return null;
        return (left, right) switch
        {
            (PatternAlternatives alternatives, _) => alternatives.Parts.Select(part => Common(part, right)).FirstOrDefault(kind => kind is not null),
            (_, PatternAlternatives alternatives) => alternatives.Parts.Select(part => Common(left, part)).FirstOrDefault(kind => kind is not null),
            (PatternCall a, PatternCall b) => MayBeSame(a, b) ? a.Kind : null,
            (PatternChain chain, PatternCall call) => InChain(chain, call) ?? Common(chain.Operand, call),
            (PatternCall call, PatternChain chain) => InChain(chain, call) ?? Common(chain.Operand, call),
            (PatternChain a, PatternChain b) => Common(a.Operand, b.Operand) ?? "a function of each element",
            _ => null,
        };
    }

    private string? InChain(PatternChain chain, PatternCall call) =>
        NodeKinds.Get(call.Kind).IsElementwise && call.Operands.Length == 1 && MayFit(chain, call.Operands[0]) ? call.Kind : null;

    /// <summary>Whether two parts may stand for one value; an input stands for any.</summary>
    private bool MayFit(PatternPart left, PatternPart right) =>
        left is PatternInput or PatternList || right is PatternInput or PatternList
        || Alternatives(left).Any(IsInput) || Alternatives(right).Any(IsInput)
        || Common(left, right) is not null;

    private static bool IsInput(PatternPart part) => part is PatternInput || (part is PatternChain chain && Alternatives(chain.Operand).Any(IsInput));

    private static IEnumerable<PatternPart> Alternatives(PatternPart part) =>
        part is PatternAlternatives alternatives ? alternatives.Parts.SelectMany(Alternatives) : [part];

    private bool MayBeSame(PatternCall left, PatternCall right)
    {
        if (left.Kind != right.Kind || !left.Settings.All(setting => MayBeEqual(setting, right.Settings)))
            return false;
        if (left.Operands.Any(operand => operand is PatternList) || right.Operands.Any(operand => operand is PatternList))
            return true;
        if (left.Operands.Length != right.Operands.Length)
            return false;
        return left.Operands.Zip(right.Operands, MayFit).All(fits => fits)
            || (left.Operands.Length == 2 && NodeKinds.IsCommutative(left.Kind) && MayFit(left.Operands[0], right.Operands[1]) && MayFit(left.Operands[1], right.Operands[0]));
    }

    private static bool MayBeEqual(PatternSetting setting, PatternSetting[] others) => others.All(other =>
        other.Name != setting.Name || other.Capture is not null || setting.Capture is not null || other.Value.Equals(setting.Value));
}
