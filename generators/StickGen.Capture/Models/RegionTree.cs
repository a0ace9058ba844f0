namespace StickGen.Capture.Models;

/// <summary>Ways through the tree of regions that do not depend on what a region is.</summary>
internal static class RegionTree
{
    /// <summary>All steps in the order of the code.</summary>
    public static IEnumerable<CapturedStep> Steps(this CapturedRegion region) => region switch
    {
        SequenceRegion sequence => sequence.Regions.SelectMany(Steps),
        StatementRegion statement => statement.Steps,
        ChoiceRegion choice => choice.Branches.SelectMany(branch => branch.Body.Steps()),
        _ => [],
    };

    /// <summary>All choices, outer ones first.</summary>
    public static IEnumerable<ChoiceRegion> Choices(this CapturedRegion region) => region switch
    {
        SequenceRegion sequence => sequence.Regions.SelectMany(Choices),
        ChoiceRegion choice => choice.Branches.SelectMany(branch => branch.Body.Choices()).Prepend(choice),
        _ => [],
    };

    /// <summary>The conditions of all choices.</summary>
    public static IEnumerable<CapturedExpression> Conditions(this CapturedRegion region) =>
        region.Choices().SelectMany(choice => choice.Branches).Select(branch => branch.Condition).OfType<CapturedExpression>();

    /// <summary>Whether <c>forward</c> may end in a region.</summary>
    public static bool MayReturn(this CapturedRegion region) => region.Steps().Any(step => step is ReturnStep);

    /// <summary>The values that a step reads.</summary>
    public static IEnumerable<int> Reads(this CapturedStep step) => step switch
    {
        NodeStep { Node: var node } => node.Operands.Concat(node.Code.ForwardValues),
        LocalStep { Value: { } value } => value.ForwardValues,
        AssignmentStep { Value: var value } => value.ForwardValues,
        JoinStep { Value: var value } => [value],
        CodeStep { Code: var code } => code.ForwardValues,
        ReturnStep { Values: var values } => values,
        ThrowStep { Exception: var exception } => exception.ForwardValues,
        _ => [],
    };
}
