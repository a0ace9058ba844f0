using Microsoft.CodeAnalysis;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Forward;
using StickGen.Capture.Models;

namespace StickGen.Capture.Parsing;

/// <summary>Reads the modules, parameters and buffers that a class and its bases keep in members.</summary>
internal sealed class MemberParser(CaptureContext context)
{
    public (EquatableArray<ModuleField> Modules, EquatableArray<StateField> States) Parse()
    {
        var modules = new List<ModuleField>();
        var states = new List<StateField>();
        for (var type = context.Type; type is not null && !context.Known.IsTorch(type); type = type.BaseType)
        {
            if (IsToldHere(type))
                BitsParser.Check(type, context.Known, context.Problems, context.CancellationToken);
            foreach (var field in type.GetMembers().OfType<IFieldSymbol>())
            {
                if (Member(field) is not { } member || !context.Compilation.IsSymbolAccessibleWithin(member, context.Type))
                    continue;
                if (context.Known.IsModule(field.Type))
                    AddModule(member, field, modules);
                else if (context.Known.IsTensor(field.Type))
                    AddState(member, field, states);
            }
        }

        return (modules.ToEquatableArray(), states.ToEquatableArray());
    }

    /// <summary>The member that code can name: the field, or the auto-property that it is behind.</summary>
    private static ISymbol? Member(IFieldSymbol field) => field switch
    {
        { IsStatic: true } => null,
        { AssociatedSymbol: IPropertySymbol property } => property,
        { CanBeReferencedByName: true } => field,
        _ => null,
    };

    private void AddModule(ISymbol member, IFieldSymbol field, List<ModuleField> modules)
    {
        var key = MemberKeys.Of(member);
        var captured = ModuleTypes.CapturedClassOf(field.Type);
        var module = new ModuleField(
            member.Name,
            key,
            TypeNames.NotNull(captured),
            field.NullableAnnotation == NullableAnnotation.Annotated,
            context.Known.IsTorch(field.Type) && field.Type.ContainingType is not null
                ? AssignedKinds.Of(member, context.Compilation, context.CancellationToken)
                : ModuleTypes.KindOf(field.Type),
            KnownTypes.FindAttribute(member, KnownTypes.KeepFloatAttribute) is not null,
            ModuleTypes.CompressibleChildOf(captured, context.Compilation.Assembly),
            BitsParser.Parse(member))
        {
            Element = ElementOf(field.Type),
            HasHiddenType = ModuleTypes.IsHidden(field.Type),
            KeepsChannels = KnownTypes.FindAttribute(member, KnownTypes.KeepChannelsAttribute) is not null,
        };
        if (member is IPropertySymbol && key.StartsWith("<", StringComparison.Ordinal) && IsToldHere(member.ContainingType))
            context.Problems.Add(Descriptors.AutoPropertyModule, member.Locations.FirstOrDefault(), member.Name, key);
        if (!context.Modules.ContainsKey(member.Name))
        {
            context.Modules.Add(member.Name, module);
            modules.Add(module);
        }
    }

    private ElementType? ElementOf(ITypeSymbol list) =>
        ModuleTypes.ElementOfList(list) is { } element
            ? new($"global::TorchSharp.Modules.{list.Name}", TypeNames.NotNull(element), ModuleTypes.CompressibleChildOf(element, context.Compilation.Assembly))
            : null;

    /// <summary>Whether a problem of a member is told for this class: not if it is told for the base class, or cannot be mended here.</summary>
    private bool IsToldHere(INamedTypeSymbol container) =>
        SymbolEqualityComparer.Default.Equals(container, context.Type)
        || (SymbolEqualityComparer.Default.Equals(container.ContainingAssembly, context.Compilation.Assembly) && !ModuleTypes.IsCompressible(container));

    private void AddState(ISymbol member, IFieldSymbol field, List<StateField> states)
    {
        var state = new StateField(
            member.Name, MemberKeys.Of(member), TypeNames.NotNull(field.Type), field.NullableAnnotation == NullableAnnotation.Annotated);
        if (!context.States.ContainsKey(member.Name))
        {
            context.States.Add(member.Name, state);
            states.Add(state);
        }
    }
}
