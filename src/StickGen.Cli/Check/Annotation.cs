using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using StickGen.Capture;

namespace StickGen.Cli.Check;

/// <summary>Marks classes as <c>[Compressible]</c> in memory, as a user would: the attribute, and <c>partial</c> on all containing types.</summary>
internal static class Annotation
{
    /// <summary>A compilation in which the types are marked. Every line keeps its number.</summary>
    public static Compilation Mark(Compilation compilation, IEnumerable<INamedTypeSymbol> types)
    {
        var insertions = new Dictionary<SyntaxTree, SortedDictionary<int, string>>();
        foreach (var type in types)
        {
            for (var current = type; current is not null; current = current.ContainingType)
            {
                foreach (var declaration in Declarations(current).Where(part => !part.Modifiers.Any(SyntaxKind.PartialKeyword)))
                    Insert(declaration.SyntaxTree, declaration.Keyword.SpanStart, "partial ");
            }

            if (KnownTypes.FindAttribute(type, KnownTypes.CompressibleAttribute) is null && Declarations(type).FirstOrDefault() is { } first)
                Insert(first.SyntaxTree, first.SpanStart, "[global::StickGen.Compressible] ");
        }

        foreach (var pair in insertions)
        {
            var tree = pair.Key;
            var text = tree.GetText().WithChanges(pair.Value.Select(insertion => new TextChange(new(insertion.Key, 0), insertion.Value)));
            compilation = compilation.ReplaceSyntaxTree(tree, tree.WithChangedText(text));
        }

        return compilation;

        void Insert(SyntaxTree tree, int position, string text)
        {
            if (!insertions.TryGetValue(tree, out var changes))
                insertions.Add(tree, changes = []);

            // The same container is visited for each class in it; a class without modifiers begins with its keyword.
            var present = changes.GetValueOrDefault(position, "");
            if (!present.Contains(text, StringComparison.Ordinal))
                changes[position] = text.StartsWith('[') ? text + present : present + text;
        }
    }

    private static IEnumerable<TypeDeclarationSyntax> Declarations(INamedTypeSymbol type) =>
        type.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax()).OfType<TypeDeclarationSyntax>();
}
