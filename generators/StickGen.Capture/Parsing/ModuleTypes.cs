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

    public static bool IsCompressible(ITypeSymbol type) =>
        KnownTypes.FindAttribute(type, KnownTypes.CompressibleAttribute) is not null;
}
