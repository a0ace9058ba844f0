using Microsoft.CodeAnalysis;
using StickGen.Capture.Models;
using StickGen.Kinds;

namespace StickGen.Capture.Parsing;

/// <summary>What the declared type of a module says.</summary>
internal static class ModuleTypes
{
    public static string KindOf(ITypeSymbol type) =>
        type is { ContainingType: null, ContainingNamespace: { Name: "Modules", ContainingNamespace: { Name: "TorchSharp", ContainingNamespace.IsGlobalNamespace: true } } }
            ? NodeKinds.OfModule(type.Name)
            : NodeKinds.Module;

    /// <summary>The declared type of the modules in a <c>ModuleList</c> or <c>ModuleDict</c>, if the type is one.</summary>
    public static ITypeSymbol? ElementOfList(ITypeSymbol? type) =>
        type is INamedTypeSymbol { Name: "ModuleList" or "ModuleDict", TypeArguments: { Length: 1 } arguments, ContainingType: null, ContainingNamespace: { Name: "Modules", ContainingNamespace.Name: "TorchSharp" } }
            ? arguments[0]
            : null;

    /// <summary>Whether a module's class is compressible, as a module of <paramref name="assembly"/> sees it.</summary>
    public static CompressibleChild CompressibleChildOf(ITypeSymbol type, IAssemblySymbol assembly)
    {
        if (!IsCompressible(type))
            return CompressibleChild.No;
        if (SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, assembly))
            return CompressibleChild.InThisCompilation;
        return type.GetTypeMembers(VariantNames.FakeQuantized).IsEmpty || type.GetTypeMembers(VariantNames.Quantized).IsEmpty
            ? CompressibleChild.No
            : CompressibleChild.InReference;
    }

    /// <summary>Whether a type, or an argument of it, is seen only inside of the type that contains it, or in derived ones.</summary>
    public static bool IsHidden(ITypeSymbol type)
    {
        for (var current = type as INamedTypeSymbol; current is not null; current = current.ContainingType)
        {
            if (current.DeclaredAccessibility is Accessibility.Private or Accessibility.Protected or Accessibility.ProtectedAndInternal
                || current.TypeArguments.Any(IsHidden))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a type is a compressible class, or made from one: in a variant its values are of another type.</summary>
    public static bool NamesCompressible(ITypeSymbol type) => IsCompressible(type) || type switch
    {
        IArrayTypeSymbol array => NamesCompressible(array.ElementType),
        INamedTypeSymbol { TypeArguments: var arguments } => arguments.Any(NamesCompressible),
        _ => false,
    };

    /// <summary>The class whose <c>forward</c> a type has: itself, or a compressible base class of which it overrides nothing.</summary>
    public static ITypeSymbol CapturedClassOf(ITypeSymbol type)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (IsCompressible(current))
                return current;
            if (current.GetMembers("forward").Any(member => member is IMethodSymbol { IsOverride: true }))
                break;
        }

        return type;
    }

    public static bool IsCompressible(ITypeSymbol type) =>
        KnownTypes.FindAttribute(type, KnownTypes.CompressibleAttribute) is not null;
}
