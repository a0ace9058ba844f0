using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StickGen.Capture.Parsing;

/// <summary>Calls, as far as syntax tells of them.</summary>
internal static class Invocations
{
    /// <summary>Those in a declaration, without those in types inside of it.</summary>
    public static IEnumerable<InvocationExpressionSyntax> In(TypeDeclarationSyntax declaration) =>
        declaration.DescendantNodes(node => node == declaration || node is not TypeDeclarationSyntax).OfType<InvocationExpressionSyntax>();

    /// <summary>The name of what is called, or <see langword="null"/> where it has none.</summary>
    public static string? NameOf(InvocationExpressionSyntax call) => call.Expression switch
    {
        SimpleNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        _ => null,
    };
}
