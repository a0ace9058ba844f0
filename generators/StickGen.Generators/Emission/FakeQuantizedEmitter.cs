using StickGen.Capture;
using StickGen.Capture.Models;
using StickGen.Capture.Planning;
using StickGen.Kinds;

namespace StickGen.Generators.Emission;

/// <summary>Writes <c>X.FakeQuantized</c>, the trainable variant.</summary>
internal sealed class FakeQuantizedEmitter : VariantEmitter
{
    private readonly string units;
    private readonly Dictionary<int, UnitSite> siteByOutput;
    private readonly HashSet<int> insideSites;
    private readonly LoopPlan loops;
    private readonly HashSet<int> fallbacks;
    private readonly PrunedMembers? replaceable;

    private FakeQuantizedEmitter(ModelPlan plan)
        : base(plan, "units")
    {
        replaceable = plan.Pruned;
        units = Free("units");
        siteByOutput = plan.Sites.ToDictionary(site => site.Output);
        insideSites = [.. plan.Sites.SelectMany(site => site.Nodes)];
        loops = new(plan.Model.Body, plan.Sites);
        var nodes = plan.Model.Body.Steps().OfType<NodeStep>().ToDictionary(step => step.Node.Id, step => step.Node);
        fallbacks = [.. plan.Model.Body.FallbackNodes().Where(id => siteByOutput.TryGetValue(id, out var site) && IsVerbatim(site, nodes[id]))];
    }

    public static string Emit(ModelPlan plan) =>
        PartWriter.Write(plan.Model, writer => new FakeQuantizedEmitter(plan).Write(writer));

    private void Write(SourceWriter writer)
    {
        var type = Model.Type.Reference;
        var isConverted = Model.Variants.HasFlag(EmittedVariants.Quantized);
        var variant = isConverted ? $"{Names.TrainableVariant}<{type}.Quantized>" : Names.TrainableVariant;
        writer.Line($"""
            /// <summary>A trainable module with the same signature: fused units, and fake quantizers in their slots.</summary>
            {PartWriter.GeneratedCode}
            """);
        using (writer.Open(
            $"public {Plan.New(VariantNames.FakeQuantized)}sealed class FakeQuantized : {Names.Module(Model.Forward)}, {variant}"))
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
            WriteForward(writer, input => $"{units}.{InputField(input)}.forward({Parameters[input]})");
            writer.Line();
            WriteUnits(writer);
        }
    }

    private void WriteFields(SourceWriter writer)
    {
        if (ReadsOrigin)
            writer.Line($"private readonly {Model.Type.Reference} {Origin};");
        foreach (var field in Model.Modules)
            writer.Line($"private readonly {FieldType(field)} {Field(field.Name)};");
        foreach (var state in Model.States)
            writer.Line($"private {(IsWritten(state) ? "" : "readonly ")}{state.Type}{(state.IsNullable ? "?" : "")} {Field(state.Name)};");
        foreach (var field in OwnFields)
            writer.Line($"private {field.Type} {Field(field.Name)};");
        if (Sizes is { } sizes)
            writer.Line($"private readonly {Names.PrunedSizes} {sizes};");
        writer.Line($"private readonly Units {units};");
        writer.Line();
    }

    private void WriteConstructor(SourceWriter writer)
    {
        WriteConstructor(writer, Model.Type.Reference, "model", Names.Escape, type => type);
        if (Plan.Pruned is not { } pruned)
            return;
        writer.Line();
        WriteConstructor(writer, VariantNames.Pruned, $"model.{pruned.Origin}", pruned.Field, pruned.ChildType);
    }

    /// <summary>The constructor that copies a live instance.</summary>
    /// <param name="writer">What is written to.</param>
    /// <param name="type">The type of the instance.</param>
    /// <param name="origin">What the fields that are no modules are read from.</param>
    /// <param name="member">The name that the instance has for a member.</param>
    /// <param name="childType">The type that it has for a compressible class.</param>
    private void WriteConstructor(
        SourceWriter writer, string type, string origin, Func<string, string> member, Func<string, string> childType)
    {
        var header = $"internal FakeQuantized({type} model, {Names.VariantBuilder} builder) : base({Names.Literal(Model.Type.Name)})";
        using (writer.Open(header))
        {
            if (ReadsOrigin)
                writer.Line($"{Origin} = {origin};");
            foreach (var field in Model.Modules)
                writer.Line($"{Assigned(field.Name)} = {Copy(field, $"model.{member(field.Name)}", childType)};");
            foreach (var state in Model.States)
                writer.Line($"{Assigned(state.Name)} = builder.Rebuild(this, {Names.Literal(state.Key)}, model.{member(state.Name)});");
            foreach (var field in OwnFields)
                writer.Line($"{Assigned(field.Name)} = model.{member(field.Name)};");
            if (Sizes is { } sizes)
                writer.Line($"{sizes} = {(type == VariantNames.Pruned ? "model." + sizes : Names.PrunedSizes + ".None")};");
            writer.Line($"{units} = new Units({(HasUnits ? "builder" : "")});");
            writer.Line("State = builder.Complete(this);");
        }
    }

    private string Copy(ModuleField field, string member, Func<string, string> childType)
    {
        var key = Names.Literal(field.Key);
        if (!Plan.Children.Contains(field.Name))
            return $"builder.Rebuild{(IsReplaceable(field) ? $"<{ReplaceableFields.Type}>" : "")}(this, {key}, {member})";
        var type = field.Element?.Type ?? field.Type;
        return $"builder.Rebuild<{childType(type)}, {type}.FakeQuantized>(this, {key}, {member})";
    }

    protected override void WriteLoop(SourceWriter writer, LoopRegion loop)
    {
        var loopWriter = new LoopWriter(expression => Code.Render(expression.Forward));
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

    /// <inheritdoc/>
    protected override void WriteNode(SourceWriter writer, CapturedNode node)
    {
        if (siteByOutput.TryGetValue(node.Id, out var site))
            writer.Line($"{Declared(node.Id)} = {UnitCall(site, node)};  // {Provenance(site)}");
        else if (!insideSites.Contains(node.Id))
            writer.Line($"{Declared(node.Id)} = {(Sizes is { } sizes && SizedReshape.Is(node) ? SizedReshape.Write(node, "this." + sizes, Value(node.Operands[0]), Code) : Code.Render(node.Code.Forward))};");
    }

    /// <inheritdoc/>
    protected override IEnumerable<CodePart> EmittedCode(CapturedNode node)
    {
        var isWritten = siteByOutput.TryGetValue(node.Id, out var site) ? IsVerbatim(site, node) : !insideSites.Contains(node.Id);
        return isWritten ? node.Code.Forward : [];
    }

    private string UnitCall(UnitSite site, CapturedNode node)
    {
        var isVerbatim = IsVerbatim(site, node);
        var computed = isVerbatim ? Code.Render(node.Code.Forward) : "";
        var operands = !isVerbatim || NodeKinds.Get(node.Kind) is var kind && (kind.HasKernelOf(node.Operands.Count) || kind.ShowsOperands) ? site.Inputs : [];
        var unit = $"{UnitsOf(site.Loop)}.{Names.Escape(site.Name)}";
        if (!node.IsNullable)
            return Call(computed);
        var local = Free("computed" + node.Id);
        return $"{computed} is {{ }} {local} ? {Call(local)} : null";

        string Call(string first)
        {
            var arguments = string.Join(", ", operands.Select(Operand).Prepend(first).Where(argument => argument.Length > 0));
            return operands.Any(Lists.Contains) ? $"{unit}.forward([{arguments}])" : $"{unit}.forward({arguments})";
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
        if (HasUnits)
            WriteUnits(writer, "Units", "");
        else
            writer.Line("private sealed class Units;");
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
            for (var i = 0; i < Parameters.Length && loop.Length == 0; i++)
                writer.Line($"public readonly {Names.Unit} {InputField(i)} = builder.Input({Names.Literal(Model.Forward.Parameters[i].Name)});");
            foreach (var site in Plan.Sites.Where(site => site.Loop == loop))
                writer.Line($"public readonly {Names.Unit} {Names.Escape(site.Name)} = builder.{(fallbacks.Contains(site.Output) ? "Fallback" : "Unit")}({Names.Literal(site.Name)});");
            foreach (var inner in loops.Inside(loop))
            {
                writer.Line(
                    $"public readonly {Names.Iterations}<{UnitsClass(inner)}> {Names.Escape(inner.Name)} = builder.Each({Names.Literal(inner.Name)}, static b => new {UnitsClass(inner)}(b));");
            }
        }
    }

    // A loop's units are in one of those of all.
    private bool HasUnits => Parameters.Length > 0 || Plan.Sites.Count > 0;

    /// <summary>The field with the sizes that pruning has changed, if the class has a pruned variant, and sizes that may change.</summary>
    private string? Sizes => Plan.Pruned is { } pruned && Model.Body.Steps().OfType<NodeStep>().Any(step => SizedReshape.Is(step.Node)) ? pruned.Sizes : null;

    private bool IsReplaceable(ModuleField field) => replaceable?.IsReplaceable(field) == true;

    private string UnitsClass(LoopRegion loop) => Free(loop.Name + "_Units");

    private string FieldType(ModuleField field) =>
        (!Plan.Children.Contains(field.Name) ? IsReplaceable(field) ? ReplaceableFields.Type : field.Type
            : field.Element is { List: var list, Type: var element } ? $"{list}<{element}.FakeQuantized>"
            : field.Type + ".FakeQuantized") + (field.IsNullable ? "?" : "");

    /// <summary>What assigns a field, where the constructor's parameters have names of their own.</summary>
    private string Assigned(string member) => member is "model" or "builder" ? "this." + Field(member) : Field(member);

    /// <inheritdoc/>
    protected override string VariantOf(string type) => Plan.NamedVariants.Contains(type) ? $"{type}.{VariantNames.FakeQuantized}" : type;

    /// <inheritdoc/>
    protected override string Field(string member) => member is "State" or "Units" ? Free(member) : Names.Escape(member);

    private string InputField(int input)
    {
        var name = Model.Forward.Parameters[input].Name;
        return SitePlanner.ReservedNames.Contains(name) ? name + "_" : Names.Escape(name);
    }
}
