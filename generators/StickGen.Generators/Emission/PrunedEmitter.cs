using System.Globalization;
using StickGen.Capture;
using StickGen.Capture.Models;
using StickGen.Kinds;

namespace StickGen.Generators.Emission;

/// <summary>Writes <c>X.Pruned</c>, the trainable variant whose channels can be masked and removed.</summary>
internal sealed class PrunedEmitter : VariantEmitter
{
    private readonly PrunedMembers pruned;
    private readonly bool hasSizes;

    private PrunedEmitter(ModelPlan plan, PrunedMembers pruned)
        : base(plan, "sizes")
    {
        this.pruned = pruned;
        hasSizes = Model.Body.Steps().OfType<NodeStep>().Any(step => SizedReshape.Is(step.Node));
    }

    public static string Emit(ModelPlan plan, PrunedMembers pruned) =>
        PartWriter.Write(plan.Model, writer => new PrunedEmitter(plan, pruned).Write(writer));

    private void Write(SourceWriter writer)
    {
        var type = Model.Type.Reference;
        var isConverted = Model.Variants.HasFlag(EmittedVariants.Quantized);
        var typed = $"{Names.Compressible}<{type}.FakeQuantized, {type}.Quantized>";
        var compressible = isConverted ? typed : Names.Compressible;
        var self = $"{type}.{VariantNames.Pruned}";
        writer.Line($"""
            /// <summary>A trainable module with the same signature, whose channels can be masked, and removed with <see cref="Shrink"/>.</summary>
            {PartWriter.GeneratedCode}
            """);
        using (writer.Open(
            $"public {Plan.New(VariantNames.Pruned)}sealed class Pruned : {Names.Module(Model.Forward)}, {Names.PrunedVariant}<{self}>, {compressible}"))
        {
            WriteFields(writer);
            WriteConstructor(writer, type, "model", Names.Escape, element => element);
            writer.Line();
            WriteConstructor(writer, VariantNames.Pruned, $"model.{Origin}", Field, pruned.ChildType);
            var inputs = string.Concat(Model.Forward.Parameters.Select((_, i) => $", inputs[{i}]"));
            writer.Line($$"""

                /// <summary>The groups of channels, and what is masked.</summary>
                public {{Names.PruningState}} State { get; }

                /// <summary>The model without the channels that are masked. This one stays as it is.</summary>
                public {{self}} Shrink() => State.Shrink<{{self}}>();

                /// <summary>Writes the model to a file (safetensors), which has its weights and its shapes.</summary>
                public void Save(string path) => State.Save(path);

                /// <summary>Reads a model that was saved.</summary>
                /// <param name="model">An instance as the saved one was made of; its weights do not count, and it stays as it is.</param>
                /// <param name="path">The file.</param>
                public static {{self}} Load({{type}} model, string path) => {{Names.PruningState}}.Load<{{self}}>(model, path);

                {{self}} {{Names.Prunable}}<{{self}}>.CreatePruned({{Names.PrunedBuilder}} builder) => new(this, builder);

                string {{Names.Compressible}}.ModelName => {{Names.Literal(Model.Type.Name)}};

                {{Names.ReadOnlyList}}<{{Names.ModelInput}}> {{Names.Compressible}}.Inputs => Graph.Inputs;

                {{Names.ReadOnlyList}}<{{Names.RewriteRule}}> {{Names.Compressible}}.Rules => (({{Names.Compressible}}){{Origin}}).Rules;

                {{Names.SymbolicTensor}}[] {{Names.Compressible}}.Replay({{Names.Tracer}} tracer, {{Names.SymbolicTensor}}[] inputs) =>
                    {{(Model.Forward.IsSingleTensor ? "[" : "")}}Replay(this, tracer{{inputs}}){{(Model.Forward.IsSingleTensor ? "]" : "")}};

                """);
            writer.Line(isConverted ? $"FakeQuantized {typed}.CreateFakeQuantized({Names.VariantBuilder} builder) => new(this, State.Checked(builder));\n"
                : Model.Variants.HasFlag(EmittedVariants.FakeQuantized)
                    ? $"{Names.Torch}.nn.Module {Names.Compressible}.CreateVariant({Names.VariantBuilder} builder) => new FakeQuantized(this, State.Checked(builder));\n"
                    : $"""
                        {Names.Torch}.nn.Module {Names.Compressible}.CreateVariant({Names.VariantBuilder} builder) =>
                            throw new global::System.NotSupportedException("'{Model.Type.Name}' is compiled without a fake-quantized variant.");

                        """);
            writer.Line("""
                /// <inheritdoc/>
                protected override void RegisterComponents()
                {
                    // Everything is registered; TorchSharp would register the original too when this becomes part of another module.
                }

                """);
            // An alias: a forward that returns its input moves what it returns out of the scope.
            WriteForward(writer, input => $"{Parameters[input]}.alias()");
            writer.Line();
            GraphEmitter.WriteReplay(writer, Plan, pruned);
        }
    }

    private void WriteFields(SourceWriter writer)
    {
        // Not private: the trainable variant of this one copies them.
        writer.Line($"internal readonly {Model.Type.Reference} {Origin};");
        foreach (var field in Model.Modules)
        {
            if (field.KeepsChannels)
                writer.Line("[global::StickGen.KeepChannels]");
            writer.Line($"internal readonly {pruned.FieldType(field)} {Field(field.Name)};");
        }

        foreach (var state in Model.States)
            writer.Line($"internal {(IsWritten(state) ? "" : "readonly ")}{state.Type}{(state.IsNullable ? "?" : "")} {Field(state.Name)};");
        foreach (var field in OwnFields)
            writer.Line($"internal {field.Type} {Field(field.Name)};");
        if (hasSizes)
            writer.Line($"internal readonly {Names.PrunedSizes} {pruned.Sizes};");
        writer.Line();
    }

    private void WriteConstructor(
        SourceWriter writer, string type, string origin, Func<string, string> member, Func<string, string> childType)
    {
        var header = $"internal Pruned({type} model, {Names.PrunedBuilder} builder) : base({Names.Literal(Model.Type.Name)})";
        using (writer.Open(header))
        {
            writer.Line($"{Origin} = {origin};");
            foreach (var field in Model.Modules)
            {
                var (from, to) = (childType(field.Element?.Type ?? field.Type), pruned.ChildType(field.Element?.Type ?? field.Type));
                var types = pruned.IsReplaceable(field) ? $"<{ReplaceableFields.Type}>" : from == to ? "" : $"<{from}, {to}>";
                writer.Line($"{Assigned(field.Name)} = builder.Rebuild{types}(this, {Names.Literal(field.Key)}, model.{member(field.Name)});");
            }

            foreach (var state in Model.States)
                writer.Line($"{Assigned(state.Name)} = builder.Rebuild(this, {Names.Literal(state.Key)}, model.{member(state.Name)});");
            foreach (var field in OwnFields)
                writer.Line($"{Assigned(field.Name)} = model.{member(field.Name)};");
            if (hasSizes)
                writer.Line($"{pruned.Sizes} = builder.Sizes;");
            writer.Line("State = builder.Complete(this);");
        }
    }

    /// <inheritdoc/>
    protected override void WriteNode(SourceWriter writer, CapturedNode node) =>
        writer.Line($"{Declared(node.Id)} = {Computed(node)};");

    /// <inheritdoc/>
    protected override IEnumerable<CodePart> EmittedCode(CapturedNode node) => IsGated(node) ? node.Module!.Code.Forward : node.Code.Forward;

    /// <inheritdoc/>
    protected override void WriteLoop(SourceWriter writer, LoopRegion loop)
    {
        using (writer.Open(new LoopWriter(expression => Code.Render(expression.Forward)).Plain(loop.Header)))
            WriteRegion(writer, loop.Body);
        writer.Separate();
    }

    /// <inheritdoc/>
    protected override string VariantOf(string type) => pruned.ChildType(type);

    /// <inheritdoc/>
    protected override string Field(string member) => pruned.Field(member);

    private string Assigned(string member) => member is "model" or "builder" ? "this." + Field(member) : Field(member);

    private string Computed(CapturedNode node)
    {
        if (IsGated(node))
            return $"State.Run({Code.Render(node.Module!.Code.Forward)}, {Value(node.Operands[0])})";
        return SizedReshape.Is(node) ? SizedReshape.Write(node, pruned.Sizes, Value(node.Operands[0]), Code) : Code.Render(node.Code.Forward);
    }

    /// <summary>
    /// Whether a module may read channels that are masked: one of TorchSharp's that computes more than each channel from itself. Only
    /// such have channels that pruning knows.
    /// </summary>
    private static bool IsGated(CapturedNode node) =>
        node is { Module: { } module, Operands.Count: 1, Arguments.Count: 0 } && (node.Kind == NodeKinds.Module
            ? module.Type is "global::TorchSharp.torch.nn.Module<global::TorchSharp.torch.Tensor, global::TorchSharp.torch.Tensor>" || module.Type.StartsWith("global::TorchSharp.Modules.", StringComparison.Ordinal)
            : node.Kind.StartsWith("conv", StringComparison.Ordinal) || node.Kind is NodeKinds.Linear or "layer_norm" or "group_norm");
}
