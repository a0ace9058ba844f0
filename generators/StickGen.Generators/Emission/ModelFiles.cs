using Microsoft.CodeAnalysis;
using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>Adds the files of one model, one for each emitted part.</summary>
internal static class ModelFiles
{
    public static void Add(SourceProductionContext output, ModelPlan plan, HintNames hintNames)
    {
        var name = hintNames.Prefix(plan.Model.Type);
        output.AddSource($"{name}.g.cs", OwnPartEmitter.Emit(plan));
        output.AddSource($"{name}.Graph.g.cs", GraphEmitter.Emit(plan));
        if (plan.Model.Variants.HasFlag(EmittedVariants.FakeQuantized))
            output.AddSource($"{name}.FakeQuantized.g.cs", FakeQuantizedEmitter.Emit(plan));
        if (plan.Model.Variants.HasFlag(EmittedVariants.Quantized))
            output.AddSource($"{name}.Quantized.g.cs", QuantizedEmitter.Emit(plan));
        if (plan.Pruned is { } pruned)
            output.AddSource($"{name}.Pruned.g.cs", PrunedEmitter.Emit(plan, pruned));
    }
}
