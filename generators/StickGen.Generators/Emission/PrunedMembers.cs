using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>The members of <c>X.Pruned</c>, which the replay and the trainable variant of a pruned model read.</summary>
/// <param name="model">The captured class.</param>
/// <param name="hasPrunedVariant">Whether a class, as code refers to it, has a pruned variant in this compilation.</param>
internal sealed class PrunedMembers(CapturedModel model, Func<string, bool> hasPrunedVariant)
{
    private readonly HashSet<string> replaceable = ReplaceableFields.Of(model);

    private static readonly HashSet<string> Own = new(StringComparer.Ordinal) { "State", "Shrink", "Replay", "Save", "Load" };

    /// <summary>The field that holds the original.</summary>
    public string Origin => Free("origin");

    /// <summary>The field that holds the sizes that pruning changes.</summary>
    public string Sizes => Free("sizes");

    /// <summary>The field that holds a copy of a member.</summary>
    public string Field(string member) => Own.Contains(member) ? Free(member) : Names.Escape(member);

    /// <summary>Whether a field is declared by the base class of modules, so that another module can take the place of the original's.</summary>
    public bool IsReplaceable(ModuleField field) => replaceable.Contains(field.Name);

    /// <summary>The type of a field.</summary>
    public string FieldType(ModuleField field) =>
        (field.Element is { List: var list, Type: var element } ? $"{list}<{ChildType(element)}>"
            : IsReplaceable(field) ? ReplaceableFields.Type
            : ChildType(field.Type)) + (field.IsNullable ? "?" : "");

    /// <summary>The type of a module: the pruned variant of a class that has one.</summary>
    public string ChildType(string type) => hasPrunedVariant(type) ? type + "." + VariantNames.Pruned : type;

    private string Free(string name)
    {
        while (model.Modules.Any(m => m.Name == name) || model.States.Any(s => s.Name == name) || model.WrittenFields.Any(f => f.Name == name))
            name += "_";
        return name;
    }
}
