using System.Globalization;
using StickGen.Capture;
using StickGen.Capture.Models;
using StickGen.Capture.Planning;
using StickGen.Kinds;

namespace StickGen.Generators.Emission;

/// <summary>Writes <c>X.Graph</c>, which replays <c>forward</c> symbolically over a live instance.</summary>
internal sealed class GraphEmitter
{
    private readonly ModelPlan plan;
    private readonly CodeRenderer code;
    private readonly HashSet<string> locals;
    private readonly string[] inputs;
    private readonly ValueNames values;
    private readonly HashSet<int> lists;
    private readonly LoopPlan loops;
    private readonly HashSet<int> others;
    private readonly Dictionary<int, UnitSite> siteByOutput;
    private readonly PrunedMembers? pruned;

    /// <param name="plan">The model.</param>
    /// <param name="pruned">The members of its pruned variant, if that is what is replayed.</param>
    private GraphEmitter(ModelPlan plan, PrunedMembers? pruned = null)
    {
        this.plan = plan;
        this.pruned = pruned;
        inputs = [.. plan.Model.Forward.Parameters.Select(parameter => ParameterNames.Of(parameter.Name, "model", "t"))];
        code = pruned is null
            ? new("model", "model", member => "model." + Names.Escape(member), ValueName)
            : new("model." + pruned.Origin, "model", member => "model." + pruned.Field(member), ValueName, pruned.ChildType);
        values = new(plan.Model.Body);
        lists = [.. plan.Model.Body.Steps().OfType<ListStep>().Select(list => list.Id)];
        loops = new(plan.Model.Body, plan.Sites);
        siteByOutput = plan.Sites.ToDictionary(site => site.Output);
        others = [.. plan.Model.Body.Steps().OfType<NodeStep>()
            .Where(step => step.Node.Kind is not (NodeKinds.Identity or NodeKinds.Module)).Select(step => step.Node.Id)];
        locals = LiveLocals.Find(plan.Model.Body, ReplayedCode, condition => condition.Replay ?? [], value => value.Replay ?? []);
    }

    public static string Emit(ModelPlan plan) =>
        PartWriter.Write(plan.Model, writer => new GraphEmitter(plan).Write(writer));

    private void Write(SourceWriter writer)
    {
        var model = plan.Model;
        var type = model.Type.Reference;
        writer.Line($"""
            /// <summary>Replays <c>forward</c> symbolically over a live instance: every operation, shape and parameter.</summary>
            {PartWriter.GeneratedCode}
            """);
        using (writer.Open($"public {plan.New(VariantNames.Graph)}static class Graph"))
        {
            writer.Line($"""
                internal static readonly {Names.ModelInput}[] Inputs =
                [
                {string.Join("\n", model.Forward.Parameters.Select(p => $"    new({Names.Literal(p.Name)}, {Shape(p.Shape)}){(p.IsOptional ? " { IsOptional = true }" : "")},"))}
                ];

                /// <summary>Replays <c>forward</c> over a live instance and returns what it computes.</summary>
                /// <param name="model">The instance; it is only read.</param>
                /// <param name="inputs">Shapes that replace the declared ones, in the order of the parameters of <c>forward</c>.</param>
                public static {Names.ModelGraph} Of({type} model, params global::System.ReadOnlySpan<{Names.Shape}> inputs) =>
                    {Names.Tracer}.Trace(model, inputs);

                """);
            WriteReplay(writer, "internal", type);
        }
    }

    /// <summary>Writes the replay of the pruned variant.</summary>
    public static void WriteReplay(SourceWriter writer, ModelPlan plan, PrunedMembers pruned) =>
        new GraphEmitter(plan, pruned).WriteReplay(writer, "private", VariantNames.Pruned);

    private void WriteReplay(SourceWriter writer, string access, string type)
    {
        var forward = plan.Model.Forward;
        var parameters = string.Concat(inputs.Select((input, i) => $", {Names.SymbolicTensor}{(forward.Parameters[i].IsOptional ? "?" : "")} {input}"));
        var result = Names.SymbolicTensor + (forward.IsSingleTensor ? "" : "[]");
        using (writer.Open($"{access} static {result} Replay({type} model, {Names.Tracer} t{parameters})"))
        {
            foreach (var parameter in forward.Declared.Where(parameter => parameter.Input < 0 && locals.Contains(parameter.Local)))
            {
                var known = parameter.Known is null ? "" : ", " + parameter.Known;
                writer.Line($"{parameter.Type} {Names.Escape(parameter.Local)} = t.Value<{parameter.Type}>({Names.Literal(parameter.Name)}{known});");
            }

            WriteSequence(writer, plan.Model.Body);
        }
    }

    private void WriteSequence(SourceWriter writer, SequenceRegion sequence)
    {
        // A site is declared where its last node is known, and before anything that may end the replay.
        var nodes = new HashSet<int>();
        foreach (var region in sequence.Regions)
        {
            if (region is ChoiceRegion { IsGuard: true })
                continue;
            if (region is ChoiceRegion or LoopRegion && region.MayEnd())
                WriteSites(writer, nodes);
            if (region is ChoiceRegion choice)
            {
                WriteStatement(writer, choice.Text, choice.Line);
                WriteJoins(writer, choice.Joins);
                ChoiceWriter.Write(writer, choice, Replayed, body => WriteSequence(writer, body));
                continue;
            }

            if (region is LoopRegion loop)
            {
                WriteJoins(writer, loop.Joins);
                WriteLoop(writer, loop);
                continue;
            }

            var statement = (StatementRegion)region;
            if (statement.Steps.Any(step => step is NodeStep or KeptStep or ReplayStep))
                WriteStatement(writer, statement.Text, statement.Line);
            foreach (var step in statement.Steps)
            {
                if (step is NodeStep { Node.Id: var id })
                    nodes.Add(id);
                else if (step is ReturnStep or JumpStep or KeptStep { Returns: true })
                    WriteSites(writer, nodes);
                WriteStep(writer, step);
            }
        }

        WriteSites(writer, nodes);
    }

    private static void WriteStatement(SourceWriter writer, string statement, int? line)
    {
        if (statement.Length > 0)
            writer.Line($"t.At({Names.Literal(statement)}{(line is { } known ? ", " + Number(known) : "")});");
    }

    private void WriteSites(SourceWriter writer, HashSet<int> nodes)
    {
        foreach (var site in plan.Sites.Where(site => nodes.Contains(site.Output)))
            writer.Line($"t.Site({Names.Literal(site.Name)}, {string.Join(", ", site.Nodes.Select(Number))});");
        nodes.Clear();
    }

    /// <summary>Whether inputs of a site may turn out to be the same value, such as a shortcut that is not taken.</summary>
    private bool MayBeOne(UnitSite site) =>
        site.Inputs.Any(lists.Contains) || (site.Inputs.Count > 1 && !site.Inputs.All(value => value < inputs.Length || others.Contains(value)));

    private void WriteJoins(SourceWriter writer, IEnumerable<JoinedValue> joins)
    {
        foreach (var join in joins)
        {
            if (join.Initial >= 0)
            {
                if (values[join.Id] != values[join.Initial])
                    writer.Line($"{Declared(join.Id)} = {ValueName(join.Initial)};");
            }
            else if (!values.IsJoined(join.Id))
                writer.Line($"{Names.SymbolicTensor} {ValueName(join.Id)};");
        }
    }

    private void WriteLoop(SourceWriter writer, LoopRegion loop)
    {
        var loopWriter = new LoopWriter(Replayed);
        var hasUnits = loops.HasUnits(loop);
        using (writer.Open(hasUnits ? loopWriter.Through(loop.Header, $"t.Each({Names.Literal(loop.Name)}, ") : loopWriter.Plain(loop.Header)))
        {
            if (hasUnits && loop.Header is ForHeader { Variable: var index })
                writer.Line($"using var {loop.Iteration} = t.Iteration({Names.Literal(loop.Name)}, {Names.Escape(index)});");
            WriteSequence(writer, loop.Body);
        }

        writer.Separate();
    }

    private void WriteStep(SourceWriter writer, CapturedStep step)
    {
        switch (step)
        {
            case NodeStep { Node: var node }:
                if (!NodeKinds.IsNamedOnly(node.Kind) && siteByOutput.TryGetValue(node.Id, out var site) && MayBeOne(site))
                    writer.Line($"t.Arguments({Number(node.Id)}, {Arguments(site.Inputs)});");
                writer.Line($"{Declared(node.Id)} = {Call(node)};");
                break;
            case LocalStep { Value: null } local when locals.Contains(local.Name):
                writer.Line($"{local.Type} {Names.Escape(local.Name)};");
                break;
            case LocalStep { Value: { Replay: { } parts, IsDimension: var isDimension } } local when locals.Contains(local.Name):
                writer.Line($"{(isDimension ? "var" : local.Type)} {Names.Escape(local.Name)} = {code.Render(parts)};");
                break;
            case AssignmentStep { Value.Replay: { } parts } assignment when locals.Contains(assignment.Name):
                writer.Line($"{Names.Escape(assignment.Name)} = {code.Render(parts)};");
                break;
            case JoinStep { Join: var join, Value: var value } when values[value] != values[join]:
                writer.Line($"{ValueName(join)} = {ValueName(value)};");
                break;
            case CopyStep { Id: var copy, Value: var value }:
                writer.Line($"var {ValueName(copy)} = {ValueName(value)};");
                break;
            case ListStep { Id: var list, Items: var items }:
                writer.Line($"{Names.List}<{Names.SymbolicTensor}> {ValueName(list)} = [{string.Join(", ", items.Select(Operand))}];");
                break;
            case ListChangeStep { Code: var change }:
                writer.Line($"{Replayed(change)};");
                break;
            case ElementStep { Id: var element, Element: var read }:
                writer.Line($"var {ValueName(element)} = {Replayed(read)};");
                break;
            case ReplayStep { Code: var call }:
                writer.Line($"{Replayed(call)};");
                break;
            case JumpStep { Keyword: var keyword }:
                writer.Line($"{keyword};");
                break;
            case KeptStep { Returns: true } kept:
                writer.Line($"return {Kept(kept)}{(plan.Model.Forward.IsSingleTensor ? "[0]" : "")};");
                break;
            case KeptStep { HasOutputs: false } kept:
                writer.Line($"{Kept(kept)};");
                break;
            case ThrowStep { Text: var exception }:
                writer.Line($"throw t.Thrown({Names.Literal(exception)});");
                break;
            case ReturnStep { Code: not null, Values: var all }:
                writer.Line($"return [{string.Join(", ", all.Select(Operand))}];");
                break;
            case ReturnStep { Values: var results }:
                writer.Line($"return {ValueName(results[0])};");
                break;
        }
    }

    private string Kept(KeptStep kept) =>
        $"t.Kept({Names.Literal(kept.Text)}, {Number(Math.Max(0, kept.Results))}{(kept.Reads.Count == 0 ? "" : ", " + Arguments(kept.Reads))})";

    /// <summary>What a value is assigned to: a local of its own, but for one that is declared above of the choice.</summary>
    private string Declared(int value) => values.IsJoined(value) ? ValueName(value) : "var " + ValueName(value);

    private string Call(CapturedNode node)
    {
        var id = Number(node.Id);
        var operands = node.Operands.Select(Operand).ToArray();
        if (node.Module is { } module)
        {
            var arguments = operands.Length == 1 ? operands[0] : $"[{string.Join(", ", operands)}]";
            var keepFloat = module.KeepFloat ? ", keepFloat: true" : "";
            var path = module.IsDynamic ? "" : Names.Literal(module.Path) + ", ";
            var bits = module.Bits == default ? "" : $", bits: ({module.Bits.Weights}, {module.Bits.Activations})";
            return $"t.Module({id}, {path}{Replayed(module.Code)}, {arguments}{keepFloat}{bits})";
        }

        if (node.Kind == NodeKinds.Opaque)
            return $"t.Opaque({id}, {Names.Literal(node.Text)}{(node.Operands.Count == 0 ? "" : ", " + Arguments(node.Operands))})";

        if (NodeKinds.IsNamedOnly(node.Kind))
        {
            var subject = string.Concat(node.Arguments.Select(argument => $", {Replayed(argument.Value)}"));
            return $"t.{Method(node.Kind)}({id}{subject}{(node.Operands.Count == 0 ? "" : ", " + Arguments(node.Operands))})";
        }

        var kind = NodeKinds.Get(node.Kind);
        var list = $"[{string.Join(", ", operands)}]";
        if (!kind.HasTracerMethod)
            return $"t.Function({id}, {Names.Literal(node.Kind)}, {list})";
        var tensors = kind.TakesList || (kind.OptionalOperands > 0 && !kind.TakesNumber) ? [list] : operands;
        var hasSizes = pruned is not null && SizedReshape.Is(node);
        var rest = node.Arguments.Select((argument, i) => hasSizes && SizedReshape.IsSize(argument.Value)
            ? $"model.{pruned!.Sizes}.Of({id}, {Number(i)}, {Replayed(argument.Value)})"
            : (argument.Parameter is { } name ? name + ": " : "") + Replayed(argument.Value));
        return $"t.{Method(node.Kind)}({string.Join(", ", tensors.Prepend(id).Concat(rest))})";
    }

    private static IEnumerable<CodePart> ReplayedCode(CapturedStep step) => step switch
    {
        NodeStep { Node: var node } => node.Arguments.SelectMany(argument => argument.Value.Replay ?? []).Concat(node.Module?.Code.Replay ?? []),
        ListChangeStep { Code.Replay: { } code } => code,
        ElementStep { Element.Replay: { } element } => element,
        ReplayStep { Code.Replay: { } call } => call,
        _ => [],
    };

    private string Replayed(CapturedExpression expression) => code.Render(expression.Replay ?? expression.Forward);

    /// <summary>A value among others: of a list, all its values.</summary>
    private string Operand(int value) => (lists.Contains(value) ? ".. " : "") + ValueName(value);

    private string Arguments(EquatableArray<int> values)
    {
        var operands = string.Join(", ", values.Select(Operand));
        return values.Any(lists.Contains) ? $"[{operands}]" : operands;
    }

    private string ValueName(int value) => value < inputs.Length ? inputs[value] : CodeRenderer.Local(values[value]);

    /// <summary>The tracer's method for a kind: <c>MaxPool2d</c> for <c>max_pool2d</c>.</summary>
    private static string Method(string kind) =>
        string.Concat(kind.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word.Substring(1)));

    private static string Shape(InputShape? shape) => shape is null
        ? "null"
        : $"new {Names.Shape}({string.Join(", ", shape.Dimensions.Select(d => d.Name is null ? Number(d.Size) : Names.Literal(d.Name)))})";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Number(int number) => Number((long)number);
}
