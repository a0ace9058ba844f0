using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture;

namespace StickGen.Cli.Check;

/// <summary>Finds the classes to check.</summary>
internal static class Candidates
{
    /// <summary>Every class that derives from a TorchSharp module and has a <c>forward</c> with a body, each once.</summary>
    public static IReadOnlyList<INamedTypeSymbol> In(Compilation compilation)
    {
        var known = KnownTypes.Of(compilation);
        var found = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        foreach (var tree in compilation.SyntaxTrees)
        {
            SemanticModel? model = null;
            foreach (var declaration in tree.GetRoot().DescendantNodes().OfType<ClassDeclarationSyntax>())
            {
                if (!declaration.Members.OfType<MethodDeclarationSyntax>().Any(IsForward))
                    continue;
                model ??= compilation.GetSemanticModel(tree);
                if (model.GetDeclaredSymbol(declaration) is { } type && known.IsModule(type))
                    found.Add(type);
            }
        }

        return [.. found];
    }

    private static bool IsForward(MethodDeclarationSyntax method) =>
        method.Identifier.ValueText == "forward" && (method.Body is not null || method.ExpressionBody is not null);
}
