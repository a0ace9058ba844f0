using Microsoft.CodeAnalysis;

namespace StickGen.Generators;

/// <summary>Tells the declarations of a class apart that carry the same attribute.</summary>
internal static class MarkedDeclarations
{
    /// <summary>
    /// Whether this is the declaration that the class is emitted for. That several carry the attribute is an error the
    /// compiler reports; two emitted files of one name would be an exception, and end the generator.
    /// </summary>
    public static bool IsFirst(GeneratorAttributeSyntaxContext target)
    {
        var attribute = target.Attributes[0];
        return target.TargetSymbol.GetAttributes().First(other =>
            SymbolEqualityComparer.Default.Equals(other.AttributeClass, attribute.AttributeClass)) == attribute;
    }
}
