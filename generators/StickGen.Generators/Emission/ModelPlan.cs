using StickGen.Capture;
using StickGen.Capture.Models;
using StickGen.Capture.Planning;
using StickGen.Capture.Rules;

namespace StickGen.Generators.Emission;

/// <summary>All that the files of one model are written from.</summary>
/// <param name="Model">The captured class.</param>
/// <param name="Sites">The sites of its trainable variant.</param>
/// <param name="Children">The members whose variants are emitted too, and so are used in this one's.</param>
/// <param name="HiddenVariants">The variants that a base class has, which the ones of this class hide.</param>
internal sealed record ModelPlan(
    CapturedModel Model,
    EquatableArray<UnitSite> Sites,
    EquatableArray<string> Children,
    EquatableArray<string> HiddenVariants)
{
    public static ModelPlan Create(CapturedModel model, VisibleRuleList rules, EmittedModels emitted)
    {
        var children = model.Modules
            .Where(field => field.IsCompressible && emitted.HasTrainableVariant(field.Type))
            .Select(field => field.Name)
            .ToEquatableArray();
        var sites = SitePlanner.Plan(model, rules.Rules, node =>
            node.Module?.CompressibleType is { } type && emitted.HasTrainableVariant(type));
        return new(model, sites, children, emitted.VariantsOf(model.BaseModel).ToEquatableArray());
    }

    /// <summary>The modifier that a member needs if a base class has a variant of that name.</summary>
    public string New(string name) => HiddenVariants.Contains(name) ? "new " : "";
}
