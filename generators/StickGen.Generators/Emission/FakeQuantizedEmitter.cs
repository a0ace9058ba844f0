using StickGen.Capture;
using StickGen.Capture.Models;
using StickGen.Capture.Planning;
using StickGen.Kinds;

namespace StickGen.Generators.Emission;

/// <summary>Writes <c>X.FakeQuantized</c>, the trainable variant.</summary>
internal sealed class FakeQuantizedEmitter
{
    private readonly ModelPlan plan;
    private readonly CapturedModel model;
    private readonly CodeRenderer code;
    private readonly ValueNames values;
    private readonly HashSet<string> members;
    private readonly string[] parameters;
    private readonly string origin;
    private readonly string units;
    private readonly HashSet<string> locals;
    private readonly Dictionary<int, UnitSite> siteByOutput;
    private readonly HashSet<int> insideSites;
    private readonly HashSet<int> lists;
    private readonly LoopPlan loops;

    private FakeQuantizedEmitter(ModelPlan plan)
    {
        this.plan = plan;
        model = plan.Model;
        members = new(model.Modules.Select(m => m.Name).Concat(model.States.Select(s => s.Name)), StringComparer.Ordinal);
        origin = Free("origin");
        units = Free("units");
        parameters = [.. model.Forward.Parameters.Select(p => ParameterNames.Of(p.Name, "scope", origin, units))];
        siteByOutput = plan.Sites.ToDictionary(site => site.Output);
        insideSites = [.. plan.Sites.SelectMany(site => site.Nodes)];
        lists = [.. model.Body.Steps().OfType<ListStep>().Select(list => list.Id)];
        loops = new(model.Body, plan.Sites);
        values = new(model.Body);
        code = new(origin, "this", MemberAccess, Value);
        locals = LiveLocals.Find(model.Body, EmittedCode, condition => condition.Forward, value => value.Forward);
    }

    public static string Emit(ModelPlan plan) =>
        PartWriter.Write(plan.Model.Type, "", writer => new FakeQuantizedEmitter(plan).Write(writer), repeatsUserCode: true);

    private bool ReadsOrigin => Emitted().Any(part => part.Kind == CodePartKind.Original);

    private void Write(SourceWriter writer)
    {
        var type = model.Type.Reference;
        var isConverted = model.Variants == EmittedVariants.Quantized;
        var variant = isConverted ? $"{Names.TrainableVariant}<{type}.Quantized>" : Names.TrainableVariant;
        writer.Line($"""
            /// <summary>A trainable module with the same signature: fused units, and fake quantizers in their slots.</summary>
            {PartWriter.GeneratedCode}
            """);
        using (writer.Open(
            $"public {plan.New(VariantNames.FakeQuantized)}sealed class FakeQuantized : {Names.Module(model.Forward)}, {variant}"))
        {
            WriteFields(writer);
            WriteConstructor(writer);
            writer.Line($$"""

                /// <summary>The units and quantizers, and the mode that they compute in.</summary>
                public {{Names.VariantState}} State { get; }

                """);
            if (isConverted)
                writer.Line($"Quantized {variant}.CreateQuantized({Names.QuantizedModel} model) => new(model);\n");
            writer.Line("""
                /// <inheritdoc/>
                protected override void RegisterComponents()
                {
                    // Everything is registered; TorchSharp would register the original too when this becomes part of another module.
                }

                """);
            WriteForward(writer);
            writer.Line();
            WriteUnits(writer);
        }
    }

    private void WriteFields(SourceWriter writer)
    {
        if (ReadsOrigin)
            writer.Line($"private readonly {model.Type.Reference} {origin};");
        foreach (var field in model.Modules)
            writer.Line($"private readonly {FieldType(field)} {Field(field.Name)};");
        foreach (var state in model.States)
            writer.Line($"private readonly {state.Type}{(state.IsNullable ? "?" : "")} {Field(state.Name)};");
        writer.Line($"private readonly Units {units};");
        writer.Line();
    }

    private void WriteConstructor(SourceWriter writer)
    {
        var header = $"internal FakeQuantized({model.Type.Reference} model, {Names.VariantBuilder} builder) : base({Names.Literal(model.Type.Name)})";
        using (writer.Open(header))
        {
            if (ReadsOrigin)
                writer.Line($"{origin} = model;");
            foreach (var field in model.Modules)
                writer.Line($"{Assigned(field.Name)} = {Copy(field)};");
            foreach (var state in model.States)
                writer.Line($"{Assigned(state.Name)} = builder.Rebuild(this, {Names.Literal(state.Key)}, model.{Names.Escape(state.Name)});");
            writer.Line($"{units} = new Units(builder);");
            writer.Line("State = builder.Complete(this);");
        }
    }

    private string Copy(ModuleField field)
    {
        var (key, member) = (Names.Literal(field.Key), "model." + Names.Escape(field.Name));
        if (!plan.Children.Contains(field.Name))
            return $"builder.Rebuild(this, {key}, {member})";
        if (field.Element is { Type: var element })
            return $"builder.Rebuild<{element}, {element}.FakeQuantized>(this, {key}, {member})";

        // The constructor of a variant is internal to the assembly it is in.
        var created = field.Compressible == CompressibleChild.InReference
            ? $"(({Names.Compressible}<{field.Type}.FakeQuantized, {field.Type}.Quantized>){member}).CreateFakeQuantized(builder.Enter({key}))"
            : $"new {field.Type}.FakeQuantized({member}, builder.Enter({key}))";
        var variant = $"builder.Register(this, {key}, {created})";
        return field.IsNullable ? $"{member} is null ? null : {variant}" : variant;
    }

    private void WriteForward(SourceWriter writer)
    {
        var signature = string.Join(", ", model.Forward.Declared.Select(Declaration));
        writer.Line("/// <inheritdoc/>");
        using (writer.Open($"public override {model.Forward.Result} forward({signature})"))
        {
            writer.Line($"using var scope = {Names.Torch}.NewDisposeScope();");
            for (var i = 0; i < parameters.Length; i++)
            {
                var isNull = model.Forward.Parameters[i].IsOptional ? $"{parameters[i]} is null ? null : " : "";
                writer.Line($"var {CodeRenderer.Local(i)} = {isNull}{units}.{InputField(i)}.forward({parameters[i]});");
            }

            WriteRegion(writer, model.Body);
        }
    }

    private string Declaration(DeclaredParameter parameter) =>
        $"{parameter.Type} {(parameter.Input >= 0 ? parameters[parameter.Input] : Names.Escape(parameter.Local))}{(parameter.Default is null ? "" : " = " + parameter.Default)}";

    private void WriteRegion(SourceWriter writer, CapturedRegion region)
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
                ChoiceWriter.Write(writer, choice, condition => code.Render(condition.Forward), body => WriteRegion(writer, body));
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

    private void WriteLoop(SourceWriter writer, LoopRegion loop)
    {
        var loopWriter = new LoopWriter(expression => code.Render(expression.Forward));
        var iterations = loops.HasUnits(loop) ? $"{UnitsOf(loops.Outer(loop))}.{Names.Escape(loop.Name)}" : null;
        using (writer.Open(iterations is null ? loopWriter.Plain(loop.Header) : loopWriter.Through(loop.Header, iterations + ".Each(", loop.Iteration)))
        {
            if (iterations is not null && loop.Header is ForHeader { Variable: var index })
                writer.Line($"var {loop.Iteration} = {iterations}[{Names.Escape(index)}];");
            WriteRegion(writer, loop.Body);
        }

        writer.Separate();
    }

    /// <summary>What the units of a loop's iteration are members of.</summary>
    private string UnitsOf(string loop) => loop.Length == 0 ? units : loops.Find(loop).Iteration;

    private void WriteStep(SourceWriter writer, CapturedStep step)
    {
        switch (step)
        {
            case NodeStep { Node: var node } when siteByOutput.TryGetValue(node.Id, out var site):
                writer.Line($"{Declared(node.Id)} = {UnitCall(site, node)};  // {Provenance(site)}");
                break;
            case NodeStep { Node: var node } when !insideSites.Contains(node.Id):
                writer.Line($"{Declared(node.Id)} = {code.Render(node.Code.Forward)};");
                break;
            case LocalStep local when locals.Contains(local.Name):
                writer.Line($"{local.Type} {Names.Escape(local.Name)}{(local.Value is null ? "" : " = " + code.Render(local.Value.Forward))};");
                break;
            case AssignmentStep assignment when locals.Contains(assignment.Name):
                writer.Line($"{Names.Escape(assignment.Name)} = {code.Render(assignment.Value.Forward)};");
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
                writer.Line($"{code.Render(change.Forward)};");
                break;
            case ElementStep { Id: var element, Element: var read }:
                writer.Line($"var {Value(element)} = {code.Render(read.Forward)};");
                break;
            case JumpStep { Keyword: var keyword }:
                writer.Line($"{keyword};");
                break;
            case CodeStep { Code: var statement }:
                writer.Line($"{code.Render(statement.Forward)};");
                break;
            case ThrowStep { Exception: var exception }:
                writer.Line($"throw {code.Render(exception.Forward)};");
                break;
            case ReturnStep { Code: { } result, Values: var all }:
                writer.Line($"{Names.ForwardResults}.Keep(scope{string.Concat(all.Where(value => !lists.Contains(value)).Select(value => ", " + Value(value)))});");
                foreach (var list in all.Where(lists.Contains))
                    writer.Line($"{Names.ForwardResults}.Keep(scope, [.. {Value(list)}]);");
                writer.Line($"return {code.Render(result.Forward)};");
                break;
            case ReturnStep { Values: var results }:
                writer.Line($"return {Value(results[0])}.MoveToOuterDisposeScope();");
                break;
        }
    }

    private string Value(int value) => CodeRenderer.Local(values[value]);

    /// <summary>What a value is assigned to: a local of its own, but for one that is declared above of the choice.</summary>
    private string Declared(int value) => values.IsJoined(value) ? Value(value) : "var " + Value(value);

    /// <summary>A value among others: of a list, all its values.</summary>
    private string Operand(int value) => (lists.Contains(value) ? ".. " : "") + Value(value);

    private string UnitCall(UnitSite site, CapturedNode node)
    {
        var isVerbatim = IsVerbatim(site, node);
        var computed = isVerbatim ? code.Render(node.Code.Forward) : "";
        var operands = !isVerbatim || NodeKinds.Get(node.Kind).HasKernelOf(node.Operands.Count) ? site.Inputs : [];
        var unit = $"{UnitsOf(site.Loop)}.{Names.Escape(site.Name)}";
        if (!node.IsNullable)
            return Call(computed);
        var local = Free("computed" + node.Id);
        return $"{computed} is {{ }} {local} ? {Call(local)} : null";

        string Call(string first)
        {
            var arguments = string.Join(", ", operands.Select(Operand).Prepend(first).Where(argument => argument.Length > 0));
            return operands.Any(lists.Contains) ? $"{unit}.forward([{arguments}])" : $"{unit}.forward({arguments})";
        }
    }

    /// <summary>Whether what the user wrote computes the value, which the unit only quantizes.</summary>
    private static bool IsVerbatim(UnitSite site, CapturedNode node) =>
        site.Nodes.Count == 1 && node.Module is null && NodeKinds.IsVerbatim(node.Kind);

    private static string Provenance(UnitSite site)
    {
        var nodes = string.Join(", ", site.Labels);
        return site.Rules.Count == 0 ? nodes : $"{nodes}: {string.Join(", ", site.Rules)}";
    }

    private void WriteUnits(SourceWriter writer)
    {
        WriteUnits(writer, "Units", "");
        foreach (var loop in loops.WithUnits)
        {
            writer.Line();
            WriteUnits(writer, UnitsClass(loop), loop.Name);
        }
    }

    /// <summary>The units that are run once, or those of one iteration of a loop.</summary>
    private void WriteUnits(SourceWriter writer, string name, string loop)
    {
        using (writer.Open($"private sealed class {name}({Names.VariantBuilder} builder)"))
        {
            for (var i = 0; i < parameters.Length && loop.Length == 0; i++)
                writer.Line($"public readonly {Names.Unit} {InputField(i)} = builder.Input({Names.Literal(model.Forward.Parameters[i].Name)});");
            foreach (var site in plan.Sites.Where(site => site.Loop == loop))
                writer.Line($"public readonly {Names.Unit} {Names.Escape(site.Name)} = builder.Unit({Names.Literal(site.Name)});");
            foreach (var inner in loops.Inside(loop))
            {
                writer.Line(
                    $"public readonly {Names.Iterations}<{UnitsClass(inner)}> {Names.Escape(inner.Name)} = builder.Each({Names.Literal(inner.Name)}, static b => new {UnitsClass(inner)}(b));");
            }
        }
    }

    private string UnitsClass(LoopRegion loop) => Free(loop.Name + "_Units");

    private IEnumerable<CodePart> Emitted() => model.Body.Steps().SelectMany(step => step switch
    {
        LocalStep local => locals.Contains(local.Name) ? local.Value?.Forward ?? [] : [],
        AssignmentStep assignment => locals.Contains(assignment.Name) ? assignment.Value.Forward : [],
        _ => EmittedCode(step),
    }).Concat(model.Body.Conditions().SelectMany(condition => condition.Forward));

    /// <summary>The captured code that is written for a step as it is.</summary>
    private IEnumerable<CodePart> EmittedCode(CapturedStep step) => step switch
    {
        NodeStep { Node: var node } when siteByOutput.TryGetValue(node.Id, out var site) && IsVerbatim(site, node) => node.Code.Forward,
        NodeStep { Node: var node } when !insideSites.Contains(node.Id) => node.Code.Forward,
        ListChangeStep { Code: var change } => change.Forward,
        ElementStep { Element: var element } => element.Forward,
        CodeStep { Code: var statement } => statement.Forward,
        ThrowStep { Exception: var exception } => exception.Forward,
        ReturnStep { Code: { } result } => result.Forward,
        _ => [],
    };

    private string FieldType(ModuleField field) =>
        (!plan.Children.Contains(field.Name) ? field.Type
            : field.Element is { List: var list, Type: var element } ? $"{list}<{element}.FakeQuantized>"
            : field.Type + ".FakeQuantized") + (field.IsNullable ? "?" : "");

    private string MemberAccess(string member) =>
        member == "scope" || ParameterNames.IsValue(member) || parameters.Contains(Names.Escape(member)) ? "this." + Field(member) : Field(member);

    /// <summary>What assigns a field, where the constructor's parameters have names of their own.</summary>
    private string Assigned(string member) => member is "model" or "builder" ? "this." + Field(member) : Field(member);

    /// <summary>The field that holds a copy of a member. A variant has members of its own, whose names are taken.</summary>
    private string Field(string member) => member is "State" or "Units" ? Free(member) : Names.Escape(member);

    private string InputField(int input)
    {
        var name = model.Forward.Parameters[input].Name;
        return SitePlanner.ReservedNames.Contains(name) ? name + "_" : Names.Escape(name);
    }

    private string Free(string name)
    {
        while (members.Contains(name))
            name += "_";
        return name;
    }
}
