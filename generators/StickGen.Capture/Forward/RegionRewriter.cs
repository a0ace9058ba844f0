using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <summary>Writes a tree of regions again with other numbers of values.</summary>
/// <param name="map">The new number of a value.</param>
internal sealed class RegionRewriter(Func<int, int> map)
{
    public SequenceRegion Rewrite(SequenceRegion sequence) => new(sequence.Regions.Select(Rewrite).ToEquatableArray());

    private CapturedRegion Rewrite(CapturedRegion region) => region switch
    {
        SequenceRegion sequence => Rewrite(sequence),
        StatementRegion statement => statement with { Steps = statement.Steps.Select(Rewrite).ToEquatableArray() },
        ChoiceRegion choice => choice with
        {
            Branches = choice.Branches.Select(branch =>
                new CapturedBranch(branch.Condition is { } condition ? Rewrite(condition) : null, Rewrite(branch.Body))).ToEquatableArray(),
            Joins = Rewrite(choice.Joins),
        },
        LoopRegion loop => loop with { Header = Rewrite(loop.Header), Body = Rewrite(loop.Body), Joins = Rewrite(loop.Joins) },
        _ => region,
    };

    private LoopHeader Rewrite(LoopHeader header) => header switch
    {
        ForEachHeader each => each with { Items = Rewrite(each.Items) },
        ForHeader counted => counted with
        {
            Initial = Rewrite(counted.Initial), Condition = Rewrite(counted.Condition), Step = Rewrite(counted.Step),
        },
        _ => header,
    };

    private EquatableArray<JoinedValue> Rewrite(EquatableArray<JoinedValue> joins) =>
        joins.Select(join => new JoinedValue(map(join.Id), join.Initial < 0 ? join.Initial : map(join.Initial))).ToEquatableArray();

    private CapturedStep Rewrite(CapturedStep step) => step switch
    {
        NodeStep { Node: var node } => new NodeStep(node with
        {
            Id = map(node.Id),
            Module = node.Module is { } module ? module with { Code = Rewrite(module.Code) } : null,
            Operands = Rewrite(node.Operands),
            Arguments = node.Arguments.Select(argument => argument with { Value = Rewrite(argument.Value) }).ToEquatableArray(),
            Code = Rewrite(node.Code),
        }),
        LocalStep { Value: { } value } local => local with { Value = Rewrite(value) },
        AssignmentStep assignment => assignment with { Value = Rewrite(assignment.Value) },
        JoinStep join => new JoinStep(map(join.Join), map(join.Value)),
        CopyStep copy => new CopyStep(map(copy.Id), map(copy.Value)),
        ListStep list => new ListStep(map(list.Id), Rewrite(list.Items)),
        ListChangeStep change => new ListChangeStep(Rewrite(change.Code)),
        ElementStep element => new ElementStep(map(element.Id), Rewrite(element.Element)),
        CodeStep code => new CodeStep(Rewrite(code.Code)),
        ReplayStep code => new ReplayStep(Rewrite(code.Code)),
        KeptStep kept => kept with { Id = map(kept.Id), Code = Rewrite(kept.Code), Reads = Rewrite(kept.Reads) },
        ReturnStep result => new ReturnStep(Rewrite(result.Values), result.Code is { } code ? Rewrite(code) : null),
        ThrowStep exception => exception with { Exception = Rewrite(exception.Exception) },
        _ => step,
    };

    private EquatableArray<int> Rewrite(EquatableArray<int> values) => values.Select(map).ToEquatableArray();

    private CapturedExpression Rewrite(CapturedExpression expression) => expression with
    {
        Forward = Rewrite(expression.Forward),
        Replay = expression.Replay is { } replay ? Rewrite(replay) : null,
    };

    private EquatableArray<CodePart> Rewrite(EquatableArray<CodePart> parts) =>
        parts.Select(part => part.Kind == CodePartKind.Value ? CodePart.ValueOf(map(part.Value)) : part).ToEquatableArray();
}
