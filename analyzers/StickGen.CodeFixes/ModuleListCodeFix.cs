using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;
using StickGen.Capture.Diagnostics;

namespace StickGen.CodeFixes;

/// <summary>
/// STK0018: declares a list of modules as a <c>ModuleList</c>, which is a list too. What else the class does with it may need the type that it had:
/// then the fix would not compile, and is not offered.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ModuleListCodeFix)), Shared]
public sealed class ModuleListCodeFix : DocumentCodeFixProvider
{
    private const string ModuleList = "global::TorchSharp.Modules.ModuleList";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Descriptors.ModuleCollection.Id];

    /// <inheritdoc/>
    protected override string Title(Diagnostic diagnostic) => "Use a ModuleList";

    /// <inheritdoc/>
    protected override async Task<SyntaxNode?> FixAsync(
        Document document, ImmutableArray<Diagnostic> diagnostics, CancellationToken cancellationToken)
    {
        SyntaxNode? fixedRoot = null;

        // From the end on: what is above stays where it is.
        foreach (var diagnostic in diagnostics.OrderByDescending(diagnostic => diagnostic.Location.SourceSpan.Start))
        {
            if (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } root
                || root.FindToken(diagnostic.Location.SourceSpan.Start).Parent?.FirstAncestorOrSelf<FieldDeclarationSyntax>() is not { Parent: TypeDeclarationSyntax type } field
                || field.Declaration.Variables.Count != 1)
            {
                continue;
            }

            var changed = root.ReplaceNode(type, Changed(type, field));
            var candidate = document.WithSyntaxRoot(changed);
            if (changed == root || await CountErrorsAsync(candidate, cancellationToken).ConfigureAwait(false) > await CountErrorsAsync(document, cancellationToken).ConfigureAwait(false))
                continue;
            (document, fixedRoot) = (candidate, changed);
        }

        return fixedRoot;
    }

    private static TypeDeclarationSyntax Changed(TypeDeclarationSyntax type, FieldDeclarationSyntax field)
    {
        if (Element(field.Declaration.Type) is not { } element)
            return type;
        var name = field.Declaration.Variables[0].Identifier.ValueText;
        var created = type.DescendantNodes()
            .Where(node => node is AssignmentExpressionSyntax { Left: IdentifierNameSyntax left } && left.Identifier.ValueText == name)
            .Select(node => ((AssignmentExpressionSyntax)node).Right)
            .Append(field.Declaration.Variables[0].Initializer?.Value)
            .OfType<ObjectCreationExpressionSyntax>()
            .Where(creation => creation.ArgumentList is null or { Arguments.Count: 0 })
            .Select(creation => creation.Type);
        return type.ReplaceNodes(
            created.Append(field.Declaration.Type),
            (original, _) => SyntaxFactory.ParseTypeName($"{ModuleList}<{element}>").WithTriviaFrom(original).WithAdditionalAnnotations(Simplifier.Annotation));
    }

    private static TypeSyntax? Element(TypeSyntax type) => type switch
    {
        ArrayTypeSyntax { RankSpecifiers: { Count: 1 } ranks, ElementType: var element } when ranks[0].Rank == 1 => element,
        GenericNameSyntax { TypeArgumentList.Arguments: { Count: 1 } arguments } => arguments[0],
        QualifiedNameSyntax { Right: GenericNameSyntax { TypeArgumentList.Arguments: { Count: 1 } arguments } } => arguments[0],
        _ => null,
    };

    private static async Task<int> CountErrorsAsync(Document document, CancellationToken cancellationToken) =>
        await document.Project.GetCompilationAsync(cancellationToken).ConfigureAwait(false) is { } compilation
            ? compilation.GetDiagnostics(cancellationToken).Count(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            : int.MaxValue;
}
