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
        LoopRegion loop => loop.Body.Steps(),
        _ => [],
    };

    /// <summary>A region and all that are inside of it, outer ones first.</summary>
    public static IEnumerable<CapturedRegion> DescendantsAndSelf(this CapturedRegion region) => region switch
    {
        SequenceRegion sequence => sequence.Regions.SelectMany(DescendantsAndSelf).Prepend(region),
        ChoiceRegion choice => choice.Branches.SelectMany(branch => branch.Body.DescendantsAndSelf()).Prepend(region),
        LoopRegion loop => loop.Body.DescendantsAndSelf().Prepend(region),
        _ => [region],
    };

    /// <summary>The joined values of all choices and loops.</summary>
    public static IEnumerable<JoinedValue> Joins(this CapturedRegion region) => region.DescendantsAndSelf().SelectMany(inner => inner switch
    {
        ChoiceRegion choice => choice.Joins,
        LoopRegion loop => loop.Joins,
        _ => [],
    });

    /// <summary>The nodes in branches that run where something is missing that the replay takes to be there.</summary>
    public static IEnumerable<int> FallbackNodes(this CapturedRegion region) => region.DescendantsAndSelf().OfType<ChoiceRegion>()
        .SelectMany(choice => choice.Branches).Where(branch => branch.IsFallback)
        .SelectMany(branch => branch.Body.Steps()).OfType<NodeStep>().Select(step => step.Node.Id);

    /// <summary>The code that decides: the conditions of all choices, and what all loops run over.</summary>
    public static IEnumerable<CapturedExpression> Conditions(this CapturedRegion region) => region.DescendantsAndSelf().SelectMany(inner => inner switch
    {
        ChoiceRegion choice => choice.Branches.Select(branch => branch.Condition).OfType<CapturedExpression>(),
        LoopRegion loop => loop.Header.Code(),
        _ => [],
    });

    /// <summary>The code of what a loop runs over.</summary>
    public static IEnumerable<CapturedExpression> Code(this LoopHeader header) => header switch
    {
        ForEachHeader each => [each.Items],
        ForHeader counted => [counted.Initial, counted.Condition, counted.Step],
        _ => [],
    };

    /// <summary>The code of a step, as <c>forward</c> runs it.</summary>
    public static IEnumerable<CapturedExpression> Code(this CapturedStep step) => step switch
    {
        NodeStep { Node: var node } => node.Module is { Code: var module } ? [node.Code, module] : [node.Code],
        LocalStep { Value: { } value } => [value],
        AssignmentStep { Value: var value } => [value],
        ListChangeStep { Code: var code } => [code],
        ElementStep { Element: var element } => [element],
        CodeStep { Code: var code } => [code],
        KeptStep { Code: var code } => [code],
        ReturnStep { Code: { } code } => [code],
        ThrowStep { Exception: var exception } => [exception],
        _ => [],
    };

    /// <summary>Whether <c>forward</c>, or the iteration of a loop that a region is in, may end there.</summary>
    public static bool MayEnd(this CapturedRegion region) => region.Steps().Any(step => step is ReturnStep or JumpStep or KeptStep { Returns: true });

    /// <summary>The values that a step reads.</summary>
    public static IEnumerable<int> Reads(this CapturedStep step) => step switch
    {
        NodeStep { Node: var node } => node.Operands.Concat(node.Code.ForwardValues),
        LocalStep { Value: { } value } => value.ForwardValues,
        AssignmentStep { Value: var value } => value.ForwardValues,
        JoinStep { Value: var value } => [value],
        CopyStep { Value: var value } => [value],
        ListStep { Items: var items } => items,
        ListChangeStep { Code: var code } => code.ForwardValues,
        ElementStep { Element: var element } => element.ForwardValues,
        CodeStep { Code: var code } => code.ForwardValues,
        ReplayStep { Code: var code } => (code.Replay ?? []).Where(part => part.Kind == CodePartKind.Value).Select(part => part.Value),
        KeptStep { Reads: var reads } => reads,
        ReturnStep { Values: var values, Code: var code } => code is null ? values : values.Concat(code.ForwardValues),
        ThrowStep { Exception: var exception } => exception.ForwardValues,
        _ => [],
    };
}
