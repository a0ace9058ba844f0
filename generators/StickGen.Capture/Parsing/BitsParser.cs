using System.Globalization;
using Microsoft.CodeAnalysis;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;

namespace StickGen.Capture.Parsing;

/// <summary>Reads the <c>[Bits]</c> of members.</summary>
internal static class BitsParser
{
    private const int Most = 8;

    /// <summary>What a member asks for.</summary>
    public static RequestedBits Parse(ISymbol member) =>
        KnownTypes.FindAttribute(member, KnownTypes.BitsAttribute) is { } attribute ? Read(attribute) : default;

    /// <summary>Tells of each <c>[Bits]</c> in a class that asks for what cannot be.</summary>
    public static void Check(INamedTypeSymbol type, KnownTypes known, ProblemList problems, CancellationToken cancellationToken)
    {
        foreach (var member in type.GetMembers())
        {
            if (member is not (IFieldSymbol or IPropertySymbol) || KnownTypes.FindAttribute(member, KnownTypes.BitsAttribute) is not { } attribute)
                continue;
            if (Problem(type, member, Read(attribute), known) is { } problem)
                problems.Add(Descriptors.MalformedBits, attribute.ApplicationSyntaxReference?.GetSyntax(cancellationToken).GetLocation(), member.Name, problem);
        }
    }

    private static RequestedBits Read(AttributeData attribute) => attribute is { ConstructorArguments: { Length: 2 } arguments }
        ? new(arguments[0].Value as int? ?? 0, arguments[1].Value as int? ?? 0)
        : default;

    private static string? Problem(INamedTypeSymbol type, ISymbol member, RequestedBits bits, KnownTypes known) =>
        !IsKeptModule(type, member, known) ? "has no effect: it is no module that the class keeps in a field or an auto-property"
        : bits == default ? "asks for nothing; give bits of the weights, of the result, or of both"
        : Problem("weights", bits.Weights) ?? Problem("activations", bits.Activations);

    private static string? Problem(string what, int bits) =>
        bits is >= 0 and <= Most ? null : $"asks for {bits.ToString(CultureInfo.InvariantCulture)} bits of {what}; 1 to {Most.ToString(CultureInfo.InvariantCulture)} are possible";

    private static bool IsKeptModule(INamedTypeSymbol type, ISymbol member, KnownTypes known) => member switch
    {
        { IsStatic: true } => false,
        IFieldSymbol field => known.IsModule(field.Type),
        IPropertySymbol property => known.IsModule(property.Type)
            && type.GetMembers().OfType<IFieldSymbol>().Any(field => SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property)),
        _ => false,
    };
}
