using StickGen.Capture;
using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>Which classes have which variants. It changes only when a class is added or loses one.</summary>
/// <param name="Models">The classes of this compilation that are emitted for.</param>
internal sealed record EmittedModels(EquatableArray<EmittedModel> Models)
{
    public static EmittedModels Of(IEnumerable<CapturedModel> models) => new(
        models.Select(model => new EmittedModel(model.Type.Reference, model.Variants, model.BaseModel))
            .OrderBy(model => model.Type, StringComparer.Ordinal)
            .ToEquatableArray());

    /// <summary>Whether a class is emitted with a trainable variant.</summary>
    public bool HasTrainableVariant(string type) =>
        Find(type) is { } model && model.Variants.HasFlag(EmittedVariants.FakeQuantized);

    /// <summary>Whether a class is emitted with a pruned variant.</summary>
    public bool HasPrunedVariant(string type) =>
        Find(type) is { } model && model.Variants.HasFlag(EmittedVariants.Pruned);

    /// <summary>The names of the types that are emitted into a class or its bases.</summary>
    public IEnumerable<string> VariantsOf(string? type)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        while (type is not null && Find(type) is { } model)
        {
            names.UnionWith(VariantNames.Of(model.Variants));
            type = model.BaseModel;
        }

        return names;
    }

    // A generic child is declared as Stage<int>, and emitted for as Stage<T>.
    private EmittedModel? Find(string type) =>
        Models.FirstOrDefault(model => model.Type == type || (type.Contains('<') && Definition(model.Type) == Definition(type)));

    private static string Definition(string type) => type.IndexOf('<') is var open and >= 0 ? type.Substring(0, open) : type;
}

/// <summary>A class that variants are emitted for.</summary>
/// <param name="Type">The class, as code refers to it.</param>
/// <param name="Variants">Its variants.</param>
/// <param name="BaseModel">The nearest compressible base class.</param>
internal sealed record EmittedModel(string Type, EmittedVariants Variants, string? BaseModel);
