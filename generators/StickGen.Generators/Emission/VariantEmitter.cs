using StickGen.Capture;
using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>What the trainable variants share: copies of the original's members, and a <c>forward</c> that follows the user's.</summary>
internal abstract class VariantEmitter
{
    private readonly ValueNames values;
    private readonly HashSet<string> members;
    private readonly Lazy<HashSet<string>> locals;

    /// <param name="plan">The model.</param>
    /// <param name="ownField">A field of the variant's own, whose name no parameter may have.</param>
    protected VariantEmitter(ModelPlan plan, string ownField)
    {
        Plan = plan;
        members = new(Model.Modules.Select(m => m.Name).Concat(Model.States.Select(s => s.Name)).Concat(Model.WrittenFields.Select(f => f.Name)), StringComparer.Ordinal);
        Origin = Free("origin");
        Parameters = [.. Model.Forward.Parameters.Select(p => ParameterNames.Of(p.Name, "scope", Origin, Free(ownField)))];
        Lists = [.. Model.Body.Steps().OfType<ListStep>().Select(list => list.Id)];
        values = new(Model.Body);
        Code = new(Origin, "this", MemberAccess, Value, VariantOf);
        locals = new(() => LiveLocals.Find(Model.Body, EmittedCode, condition => condition.Forward, value => value.Forward));
    }

    protected ModelPlan Plan { get; }

    protected CapturedModel Model => Plan.Model;

    protected CodeRenderer Code { get; }

    /// <summary>The field that holds the original.</summary>
    protected string Origin { get; }

    /// <summary>The parameters of <c>forward</c>.</summary>
    protected string[] Parameters { get; }

    /// <summary>The values that are lists of tensors.</summary>
    protected HashSet<int> Lists { get; }

    /// <summary>Whether emitted code reads fields of the original.</summary>
    protected bool ReadsOrigin => Emitted().Concat(Model.Functions.SelectMany(function => function.Code.Forward)).Any(part => part.Kind == CodePartKind.Original);

    /// <summary>The field that holds a copy of a member. A variant has members of its own, whose names are taken.</summary>
    protected abstract string Field(string member);

    /// <summary>The class that instances of a compressible class have become.</summary>
    protected abstract string VariantOf(string type);

    /// <summary>Writes a node, if it has a line of its own.</summary>
    protected abstract void WriteNode(SourceWriter writer, CapturedNode node);

    /// <summary>The captured code that is written for a node.</summary>
    protected abstract IEnumerable<CodePart> EmittedCode(CapturedNode node);

    protected abstract void WriteLoop(SourceWriter writer, LoopRegion loop);

    /// <summary>Writes <c>forward</c>, with the signature of the user's.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="first">What each input becomes before anything else is computed.</param>
    protected void WriteForward(SourceWriter writer, Func<int, string> first)
    {
        writer.Line("/// <inheritdoc/>");
        using (writer.Open($"public override {Model.Forward.Result} forward({string.Join(", ", Model.Forward.Declared.Select(Declaration))})"))
        {
            writer.Line($"using var scope = {Names.Torch}.NewDisposeScope();");
            for (var i = 0; i < Parameters.Length; i++)
            {
                var isNull = Model.Forward.Parameters[i].IsOptional ? $"{Parameters[i]} is null ? null : " : "";
                writer.Line($"var {CodeRenderer.Local(i)} = {isNull}{first(i)};");
            }

            WriteRegion(writer, Model.Body);
            foreach (var function in Model.Functions)
            {
                writer.Line();
                writer.Line(Code.Render(function.Code.Forward));
            }
        }
    }

    /// <summary>Whether <c>forward</c> writes a parameter or buffer, whose field then cannot be readonly.</summary>
    protected bool IsWritten(StateField state) => Model.WrittenFields.Any(field => field.Name == state.Name);

    /// <summary>The fields that <c>forward</c> writes, other than parameters and buffers.</summary>
    protected IEnumerable<WrittenField> OwnFields => Model.WrittenFields.Where(written => written.Type.Length > 0);

    private string Declaration(DeclaredParameter parameter) =>
        $"{parameter.Type} {(parameter.Input >= 0 ? Parameters[parameter.Input] : Names.Escape(parameter.Local))}{(parameter.Default is null ? "" : " = " + parameter.Default)}";

    protected void WriteRegion(SourceWriter writer, CapturedRegion region)
    {
        switch (region)
        {
            case SequenceRegion sequence:
                foreach (var inner in sequence.Regions)
                    WriteRegion(writer, inner);
                break;
            case StatementRegion statement:
                WriteComment(writer, statement.Text);
                foreach (var step in statement.Steps)
                    WriteStep(writer, step);
                break;
            case ChoiceRegion choice:
                WriteComment(writer, choice.Text);
                WriteJoins(writer, choice.Joins);
                ChoiceWriter.Write(writer, choice, condition => Code.Render(condition.Forward), body => WriteRegion(writer, body));
                break;
            case LoopRegion loop:
                WriteJoins(writer, loop.Joins);
                WriteLoop(writer, loop);
                break;
        }
    }

    private static void WriteComment(SourceWriter writer, string statement)
    {
        if (statement.Length > 0)
            writer.Line($"// {statement}");
    }

    private void WriteJoins(SourceWriter writer, IEnumerable<JoinedValue> joins)
    {
        foreach (var join in joins)
        {
            if (join.Initial >= 0)
            {
                if (values[join.Id] != values[join.Initial])
                    writer.Line($"{Declared(join.Id)} = {Value(join.Initial)};");
            }
            else if (!values.IsJoined(join.Id))
                writer.Line($"{Names.Tensor} {Value(join.Id)};");
        }
    }

    private void WriteStep(SourceWriter writer, CapturedStep step)
    {
        switch (step)
        {
            case NodeStep { Node: var node }:
                WriteNode(writer, node);
                break;
            case LocalStep local when locals.Value.Contains(local.Name):
                writer.Line($"{local.Type} {Names.Escape(local.Name)}{(local.Value is null ? "" : " = " + Code.Render(local.Value.Forward))};");
                break;
            case AssignmentStep assignment when locals.Value.Contains(assignment.Name):
                writer.Line($"{Names.Escape(assignment.Name)} = {Code.Render(assignment.Value.Forward)};");
                break;
            case JoinStep { Join: var join, Value: var value } when values[value] != values[join]:
                writer.Line($"{Value(join)} = {Value(value)};");
                break;
            case CopyStep { Id: var copy, Value: var value }:
                writer.Line($"var {Value(copy)} = {Value(value)};");
                break;
            case ListStep { Id: var list, Items: var items }:
                writer.Line($"{Names.List}<{Names.Tensor}> {Value(list)} = [{string.Join(", ", items.Select(Operand))}];");
                break;
            case ListChangeStep { Code: var change }:
                writer.Line($"{Code.Render(change.Forward)};");
                break;
            case ElementStep { Id: var element, Element: var read }:
                writer.Line($"var {Value(element)} = {Code.Render(read.Forward)};");
                break;
            case JumpStep { Keyword: var keyword }:
                writer.Line($"{keyword};");
                break;
            case CodeStep { Code: var statement }:
                writer.Line($"{Code.Render(statement.Forward)};");
                break;
            case KeptStep { Code: var statements }:
                writer.Line(Code.Render(statements.Forward));
                break;
            case ThrowStep { Exception: var exception }:
                writer.Line($"throw {Code.Render(exception.Forward)};");
                break;
            case ReturnStep { Code: var result, Values: var values } when Model.StoresTensors:
                var returned = result is null ? Value(values[0]) : Code.Render(result.Forward);
                writer.Line($"return {Names.ForwardResults}.ReturnAll<{Model.Forward.Result}>(scope, {returned});");
                break;
            case ReturnStep { Code: { } result, Values: var all }:
                writer.Line($"{Names.ForwardResults}.Keep(scope{string.Concat(all.Where(value => !Lists.Contains(value)).Select(value => ", " + Value(value)))});");
                foreach (var list in all.Where(Lists.Contains))
                    writer.Line($"{Names.ForwardResults}.Keep(scope, [.. {Value(list)}]);");
                writer.Line($"return {Code.Render(result.Forward)};");
                break;
            case ReturnStep { Values: var results }:
                writer.Line($"return {Value(results[0])}.MoveToOuterDisposeScope();");
                break;
        }
    }

    protected string Value(int value) => CodeRenderer.Local(values[value]);

    /// <summary>What a value is assigned to: a local of its own, but for one that is declared above of the choice.</summary>
    protected string Declared(int value) => values.IsJoined(value) ? Value(value) : "var " + Value(value);

    /// <summary>A value among others: of a list, all its values.</summary>
    protected string Operand(int value) => (Lists.Contains(value) ? ".. " : "") + Value(value);

    /// <summary>A name that no member has.</summary>
    protected string Free(string name)
    {
        while (members.Contains(name))
            name += "_";
        return name;
    }

    private IEnumerable<CodePart> Emitted() => Model.Body.Steps().SelectMany(step => step switch
    {
        LocalStep local => locals.Value.Contains(local.Name) ? local.Value?.Forward ?? [] : [],
        AssignmentStep assignment => locals.Value.Contains(assignment.Name) ? assignment.Value.Forward : [],
        _ => EmittedCode(step),
    }).Concat(Model.Body.Conditions().SelectMany(condition => condition.Forward));

    /// <summary>The captured code that is written for a step.</summary>
    private IEnumerable<CodePart> EmittedCode(CapturedStep step) => step switch
    {
        NodeStep { Node: var node } => EmittedCode(node),
        ListChangeStep { Code: var change } => change.Forward,
        ElementStep { Element: var element } => element.Forward,
        CodeStep { Code: var statement } => statement.Forward,
        KeptStep { Code: var statements } => statements.Forward,
        ThrowStep { Exception: var exception } => exception.Forward,
        ReturnStep { Code: { } result } => result.Forward,
        _ => [],
    };

    private string MemberAccess(string member) =>
        member == "scope" || ParameterNames.IsValue(member) || Parameters.Contains(Names.Escape(member)) ? "this." + Field(member) : Field(member);
}
