using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>Writes the class's own part: the interface that carries its variant types.</summary>
internal static class OwnPartEmitter
{
    public static string Emit(ModelPlan plan)
    {
        var model = plan.Model;
        var type = model.Type.Reference;
        var isTyped = model.Variants.HasFlag(EmittedVariants.Quantized);
        var typed = $"{Names.Compressible}<{type}.FakeQuantized, {type}.Quantized>";
        var prunable = $"{Names.Prunable}<{type}.{VariantNames.Pruned}>";
        var isPrunable = model.Variants.HasFlag(EmittedVariants.Pruned);
        var bases = $" : {(isTyped ? typed : Names.Compressible)}{(isPrunable ? ", " + prunable : "")}";
        return PartWriter.Write(model.Type, bases, writer =>
        {
            // An assembly that lets this one see its internals may have a list of the same name; this one's own is meant.
            writer.Line("#pragma warning disable CS0436");
            var inputs = string.Concat(model.Forward.Parameters.Select((_, i) => $", inputs[{i}]"));
            writer.Line($"""
                string {Names.Compressible}.ModelName => {Names.Literal(model.Type.Name)};

                string {Names.Compressible}.SourceFile => {Names.Literal(model.SourceFile)};

                {Names.ReadOnlyList}<{Names.ModelInput}> {Names.Compressible}.Inputs => Graph.Inputs;

                {Names.ReadOnlyList}<{Names.RewriteRule}> {Names.Compressible}.Rules => {Names.VisibleRules}.All;

                {Names.SymbolicTensor}[] {Names.Compressible}.Replay({Names.Tracer} tracer, {Names.SymbolicTensor}[] inputs) =>
                    {(model.Forward.IsSingleTensor ? "[" : "")}Graph.Replay(this, tracer{inputs}){(model.Forward.IsSingleTensor ? "]" : "")};
                """);
            if (isTyped)
                writer.Line($"\nFakeQuantized {typed}.CreateFakeQuantized({Names.VariantBuilder} builder) => new(this, builder);");
            if (!isTyped || model.BaseModel is not null)
                writer.Line(CreateVariant(model));
            if (isPrunable)
                writer.Line($"\n{VariantNames.Pruned} {prunable}.CreatePruned({Names.PrunedBuilder} builder) => new(this, builder);");
            if (isPrunable && model.BaseModel is not null)
                writer.Line($"\n{Names.Torch}.nn.Module {Names.Prunable}.CreatePrunedModule({Names.PrunedBuilder} builder) => new {VariantNames.Pruned}(this, builder);");
            foreach (var parameter in model.CapturedParameters)
            {
                writer.Line($"""

                    // The variants read it through the original: a nested type cannot see a primary-constructor parameter.
                    private {parameter.Type} Captured_{parameter.Name} => {Names.Escape(parameter.Name)};
                    """);
            }
        });
    }

    /// <summary>The untyped variant: where there is no typed one, or where a base class has a typed one too.</summary>
    private static string CreateVariant(CapturedModel model)
    {
        var header = $"{Names.Torch}.nn.Module {Names.Compressible}.CreateVariant({Names.VariantBuilder} builder) =>";
        return model.Variants.HasFlag(EmittedVariants.FakeQuantized)
            ? $"\n{header} new FakeQuantized(this, builder);"
            : $"""

                {header}
                    throw new global::System.NotSupportedException("'{model.Type.Name}' is compiled with Variants.GraphOnly and has no variant.");
                """;
    }
}
