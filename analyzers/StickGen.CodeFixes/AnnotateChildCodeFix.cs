using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;
using StickGen.Capture.Diagnostics;

namespace StickGen.CodeFixes;

/// <summary>STK0025: marks the class of a member as <c>[Compressible]</c>, wherever it is declared, and makes it partial.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(AnnotateChildCodeFix)), Shared]
public sealed class AnnotateChildCodeFix : CodeFixProvider
{
    private const string Title = "Mark the class as [Compressible]";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Descriptors.ChildNotCompressible.Id];

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => new AllClasses();

    /// <inheritdoc/>
    public override Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (var diagnostic in context.Diagnostics.Where(diagnostic => diagnostic.AdditionalLocations.Count > 0))
        {
            context.RegisterCodeFix(
                CodeAction.Create(Title, cancellationToken => FixAsync(context.Document.Project.Solution, [diagnostic], cancellationToken), nameof(AnnotateChildCodeFix)),
                diagnostic);
        }

        return Task.CompletedTask;
    }

    private static async Task<Solution> FixAsync(Solution solution, IEnumerable<Diagnostic> diagnostics, CancellationToken cancellationToken)
    {
        var declarations = diagnostics.SelectMany(diagnostic => diagnostic.AdditionalLocations).Distinct()
            .Select(location => (Document: solution.GetDocument(location.SourceTree), Location: location));
        foreach (var inDocument in declarations.Where(declaration => declaration.Document is not null).GroupBy(declaration => declaration.Document!.Id))
        {
            var document = solution.GetDocument(inDocument.Key)!;
            if (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } root)
                continue;
            var classes = inDocument
                .Select(declaration => root.FindToken(declaration.Location.SourceSpan.Start).Parent?.FirstAncestorOrSelf<TypeDeclarationSyntax>())
                .OfType<TypeDeclarationSyntax>()
                .ToList();
            var changed = classes.SelectMany(TypeDeclarations.WithContaining).Distinct().ToList();
            solution = solution.WithDocumentSyntaxRoot(
                document.Id, root.ReplaceNodes(changed, (original, type) => Partial(classes.Contains(original) ? Marked(type) : type)));
        }

        return solution;
    }

    private static TypeDeclarationSyntax Partial(TypeDeclarationSyntax type) =>
        type.Modifiers.Any(SyntaxKind.PartialKeyword) ? type : Modifiers.AddPartial(type);

    private static TypeDeclarationSyntax Marked(TypeDeclarationSyntax type)
    {
        var attribute = SyntaxFactory.Attribute(SyntaxFactory.ParseName("global::StickGen.Compressible").WithAdditionalAnnotations(Simplifier.Annotation));
        var list = SyntaxFactory.AttributeList([attribute]).WithLeadingTrivia(type.GetLeadingTrivia()).WithTrailingTrivia(SyntaxFactory.ElasticLineFeed)
            .WithAdditionalAnnotations(Formatter.Annotation);
        return (TypeDeclarationSyntax)type.WithLeadingTrivia().WithAttributeLists(type.AttributeLists.Insert(0, list));
    }

    /// <summary>Fix All: the classes to mark may be in other documents than their members, and be the class of several.</summary>
    private sealed class AllClasses : FixAllProvider
    {
        public override async Task<CodeAction?> GetFixAsync(FixAllContext context)
        {
            var diagnostics = context.Scope switch
            {
                FixAllScope.Document when context.Document is { } document => await context.GetDocumentDiagnosticsAsync(document).ConfigureAwait(false),
                FixAllScope.Project => await context.GetAllDiagnosticsAsync(context.Project).ConfigureAwait(false),
                FixAllScope.Solution => [.. (await Task.WhenAll(context.Solution.Projects.Select(context.GetAllDiagnosticsAsync)).ConfigureAwait(false)).SelectMany(found => found)],
                _ => [],
            };
            return diagnostics.Any(diagnostic => diagnostic.AdditionalLocations.Count > 0)
                ? CodeAction.Create(Title, cancellationToken => FixAsync(context.Solution, diagnostics, cancellationToken), nameof(AnnotateChildCodeFix))
                : null;
        }
    }
}
