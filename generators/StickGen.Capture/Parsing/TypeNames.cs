using Microsoft.CodeAnalysis;

namespace StickGen.Capture.Parsing;

/// <summary>Spells types as emitted code refers to them.</summary>
internal static class TypeNames
{
    /// <summary>The type with <c>global::</c>, keywords for special types and nullable annotations.</summary>
    public static readonly SymbolDisplayFormat Format = SymbolDisplayFormat.FullyQualifiedFormat
        .AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    public static string Of(ITypeSymbol type) => type.ToDisplayString(Format);

    /// <summary>The type without the <c>?</c> of a nullable reference.</summary>
    public static string NotNull(ITypeSymbol type) => Of(type.WithNullableAnnotation(NullableAnnotation.None));
}
