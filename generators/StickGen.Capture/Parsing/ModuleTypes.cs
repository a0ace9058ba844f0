using Microsoft.CodeAnalysis;
using StickGen.Capture.Models;

namespace StickGen.Capture.Parsing;

/// <summary>What the declared type of a module says.</summary>
internal static class ModuleTypes
{
    public static string KindOf(ITypeSymbol type) =>
        type is { ContainingType: null, ContainingNamespace: { Name: "Modules", ContainingNamespace: { Name: "TorchSharp", ContainingNamespace.IsGlobalNamespace: true } } }
            ? NodeKinds.OfModule(type.Name)
            : NodeKinds.Module;

    public static bool IsCompressible(ITypeSymbol type) =>
        KnownTypes.FindAttribute(type, KnownTypes.CompressibleAttribute) is not null;
}
