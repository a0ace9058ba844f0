using StickGen.Kinds;

namespace StickGen.Matching;

/// <summary>A whole pattern. Two are equal if their texts are.</summary>
internal sealed class RulePattern : IEquatable<RulePattern>
{
    private RulePattern(string text, PatternPart root) => (Text, Root) = (text, root);

    public string Text { get; }

    public PatternPart Root { get; }

    /// <summary>The kinds of nodes that a match can end in.</summary>
    public IEnumerable<string> RootKinds => Kinds(Root).Distinct();

    /// <summary>The number of nodes of the longest alternative, which is the benefit of a rule that does not set one.</summary>
    public int NodeCount => Count(Root);

    public static RulePattern Of(PatternPart root) => new(PatternText.Format(root), root);

    /// <exception cref="FormatException">The text is no pattern; the message says where.</exception>
    public static RulePattern Parse(string text) => new(text, PatternText.Parse(text));

    public static RulePattern? TryParse(string text) => PatternText.TryParse(text) is { } root ? new(text, root) : null;

    /// <summary>The names that every match binds: those of all alternatives.</summary>
    public HashSet<string> AlwaysBound() => Bound(Root);

    /// <summary>The parts, each before those it has.</summary>
    public static IEnumerable<PatternPart> Parts(PatternPart part) => new[] { part }.Concat(Children(part).SelectMany(Parts));

    public bool Equals(RulePattern? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as RulePattern);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);

    public override string ToString() => Text;

    private static IEnumerable<string> Kinds(PatternPart part) => part switch
    {
        PatternCall call => [call.Kind],
        PatternAlternatives alternatives => alternatives.Parts.SelectMany(Kinds),
        PatternChain chain => NodeKinds.Elementwise.Concat(Kinds(chain.Operand)),
        _ => [],
    };

    private static int Count(PatternPart part) => part switch
    {
        PatternCall call => 1 + call.Operands.Sum(Count),
        PatternAlternatives alternatives => alternatives.Parts.Max(Count),
        PatternChain chain => Count(chain.Operand),
        _ => 0,
    };

    private static PatternPart[] Children(PatternPart part) => part switch
    {
        PatternCall call => call.Operands,
        PatternAlternatives alternatives => alternatives.Parts,
        PatternChain chain => [chain.Operand],
        _ => [],
    };

    private static HashSet<string> Bound(PatternPart part)
    {
        var bound = new HashSet<string>(StringComparer.Ordinal);
        switch (part)
        {
            case PatternInput input:
                bound.Add(input.Name);
                break;
            case PatternList list:
                bound.Add(list.Name);
                break;
            case PatternChain chain:
                return Bound(chain.Operand);
            case PatternAlternatives alternatives:
                bound.UnionWith(Bound(alternatives.Parts[0]));
                foreach (var alternative in alternatives.Parts.Skip(1))
                    bound.IntersectWith(Bound(alternative));
                break;
            case PatternCall call:
                if (call.Module is not null)
                    bound.Add(call.Module);
                bound.UnionWith(call.Settings.Select(setting => setting.Capture).OfType<string>());
                foreach (var operand in call.Operands)
                    bound.UnionWith(Bound(operand));
                break;
        }

        return bound;
    }
}
