using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using StickGen.Capture.Parsing;

namespace StickGen.Capture.Forward;

/// <summary>Constants as code.</summary>
internal static class Constants
{
    /// <summary>The default value of a parameter.</summary>
    public static string Code(object? constant, ITypeSymbol type) => constant switch
    {
        null => "default",
        double value when double.IsNaN(value) || double.IsInfinity(value) => NotFinite(value),
        float value when float.IsNaN(value) || float.IsInfinity(value) => $"({TypeNames.NotNull(type)}){NotFinite(value)}",
        _ when IsEnum(type) || constant is float or decimal => $"({TypeNames.NotNull(type)})({Literal(constant)})",
        _ => Literal(constant),
    };

    private static bool IsEnum(ITypeSymbol type) =>
        type.TypeKind == TypeKind.Enum || (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T, TypeArguments: { Length: 1 } arguments } && IsEnum(arguments[0]));

    private static string Literal(object value) => SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false) ?? "default";

    private static string NotFinite(double value) =>
        "double." + (double.IsNaN(value) ? "NaN" : value > 0 ? "PositiveInfinity" : "NegativeInfinity");
}
