namespace StickGen.Capture.Models;

/// <summary>The names of the types that are emitted into a class.</summary>
internal static class VariantNames
{
    public const string Graph = "Graph";
    public const string FakeQuantized = "FakeQuantized";
    public const string Quantized = "Quantized";
    public const string Pruned = "Pruned";

    public static IEnumerable<string> Of(EmittedVariants variants)
    {
        yield return Graph;
        if (variants.HasFlag(EmittedVariants.FakeQuantized))
            yield return FakeQuantized;
        if (variants.HasFlag(EmittedVariants.Quantized))
            yield return Quantized;
        if (variants.HasFlag(EmittedVariants.Pruned))
            yield return Pruned;
    }
}
