using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Deployment;
using StickGen.Capture.Diagnostics;

namespace StickGen.CodeFixes;

/// <summary>STK0008, STK0206: removes the modifier that keeps code from being added to a class.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(RemoveModifierCodeFix)), Shared]
public sealed class RemoveModifierCodeFix : DocumentCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        [Descriptors.FileLocal.Id, DeployedModelDiagnostics.LoaderShapeUnsupported.Id];

    /// <inheritdoc/>
    protected override string Title(Diagnostic diagnostic) => $"Remove '{Modifier(diagnostic)}'";

    /// <inheritdoc/>
    protected override async Task<SyntaxNode?> FixAsync(
        Document document, ImmutableArray<Diagnostic> diagnostics, CancellationToken cancellationToken)
    {
        if (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } root)
            return null;
        var obstacles = new Dictionary<TypeDeclarationSyntax, SyntaxKind>();
        foreach (var diagnostic in diagnostics)
        {
            var modifier = Kind(Modifier(diagnostic));
            if (TypeDeclarations.At(root, diagnostic) is { } declaration
                && TypeDeclarations.WithContaining(declaration).FirstOrDefault(type => type.Modifiers.Any(modifier)) is { } obstacle)
            {
                obstacles[obstacle] = modifier;
            }
        }

        return obstacles.Count > 0
            ? root.ReplaceNodes(obstacles.Keys, (original, declaration) => Modifiers.Remove(declaration, obstacles[original]))
            : null;
    }

    /// <summary>The modifier to remove; STK0008 is about one alone.</summary>
    private static string Modifier(Diagnostic diagnostic) =>
        diagnostic.Id == Descriptors.FileLocal.Id ? "file" : diagnostic.Properties[LoaderClassReader.ModifierProperty] ?? "";

    private static SyntaxKind Kind(string modifier) =>
        SyntaxFacts.GetKeywordKind(modifier) is var kind and not SyntaxKind.None ? kind : SyntaxFacts.GetContextualKeywordKind(modifier);
}
