using StickGen.Capture;
using StickGen.Capture.Models;
using StickGen.Capture.Planning;
using StickGen.Capture.Rules;

namespace StickGen.Generators.Emission;

/// <summary>All that the files of one model are written from.</summary>
/// <param name="Model">The captured class.</param>
/// <param name="Sites">The sites of its trainable variant.</param>
/// <param name="Children">The members whose variants are emitted too, and so are used in this one's.</param>
/// <param name="PrunedClasses">The classes of members that have a pruned variant in this compilation.</param>
/// <param name="HiddenVariants">The variants that a base class has, which the ones of this class hide.</param>
internal sealed record ModelPlan(
    CapturedModel Model,
    EquatableArray<UnitSite> Sites,
    EquatableArray<string> Children,
    EquatableArray<string> PrunedClasses,
    EquatableArray<string> HiddenVariants)
{
    /// <summary>The classes with a trainable variant that kept statements name.</summary>
    public EquatableArray<string> NamedVariants { get; init; }

    /// <summary>The members of the pruned variant, if it is emitted.</summary>
    public PrunedMembers? Pruned =>
        Model.Variants.HasFlag(EmittedVariants.Pruned) ? new(Model, type => PrunedClasses.Contains(type)) : null;

    public static ModelPlan Create(CapturedModel model, VisibleRuleList rules, EmittedModels emitted)
    {
        var children = model.Modules
            .Where(field => field.Element is { } element
                ? HasVariant(element.Compressible, element.Type, emitted)
                : HasVariant(field.Compressible, field.Type, emitted))
            .Select(field => field.Name)
            .ToEquatableArray();
        var sites = SitePlanner.Plan(model, rules.Rules, node =>
            node.Module is { } module && HasVariant(module.Compressible, module.Type, emitted));
        var hidden = emitted.VariantsOf(model.BaseModel).Concat(model.InheritedNames).Distinct();
        var pruned = model.Modules
            .Select(field => field.Element is { } element ? (element.Type, element.Compressible) : (field.Type, field.Compressible))
            .Where(child => child.Compressible == CompressibleChild.InThisCompilation && emitted.HasPrunedVariant(child.Type))
            .Select(child => child.Type);
        var named = model.Body.Steps().SelectMany(step => step.Code()).Concat(model.Body.Conditions()).Concat(model.Functions.Select(function => function.Code))
            .SelectMany(code => code.Forward).Where(part => part.Kind == CodePartKind.Variant).Select(part => part.Text).Distinct().ToArray();
        return new(
            model, sites, children, pruned.Concat(named.Where(emitted.HasPrunedVariant)).Distinct().ToEquatableArray(), hidden.ToEquatableArray())
        {
            NamedVariants = named.Where(emitted.HasTrainableVariant).ToEquatableArray(),
        };
    }

    private static bool HasVariant(CompressibleChild compressible, string type, EmittedModels emitted) => compressible switch
    {
        CompressibleChild.InReference => true,
        CompressibleChild.InThisCompilation => emitted.HasTrainableVariant(type),
        _ => false,
    };

    /// <summary>The modifier that a member needs if a base class has a variant of that name.</summary>
    public string New(string name) => HiddenVariants.Contains(name) ? "new " : "";
}
