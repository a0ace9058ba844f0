using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using StickGen.Capture.Diagnostics;

namespace StickGen.CodeFixes;

/// <summary>STK0001, STK0205: declares a class and the types that contain it as <c>partial</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(MakePartialCodeFix)), Shared]
public sealed class MakePartialCodeFix : DocumentCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        [Descriptors.NotPartial.Id, DeployedModelDiagnostics.LoaderNotPartial.Id];

    /// <inheritdoc/>
    protected override string Title(Diagnostic diagnostic) => "Make partial";

    /// <inheritdoc/>
    protected override async Task<SyntaxNode?> FixAsync(
        Document document, ImmutableArray<Diagnostic> diagnostics, CancellationToken cancellationToken)
    {
        if (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } root)
            return null;
        var declarations = TypeDeclarations.At(root, diagnostics)
            .SelectMany(TypeDeclarations.WithContaining)
            .Where(declaration => !declaration.Modifiers.Any(SyntaxKind.PartialKeyword))
            .Distinct()
            .ToList();
        return declarations.Count > 0
            ? root.ReplaceNodes(declarations, (_, declaration) => Modifiers.AddPartial(declaration))
            : null;
    }
}
