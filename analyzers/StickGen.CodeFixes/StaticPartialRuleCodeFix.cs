using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Diagnostics;

namespace StickGen.CodeFixes;

/// <summary>STK0101: declares a rule class as <c>static partial</c>, and the types that contain it as <c>partial</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(StaticPartialRuleCodeFix)), Shared]
public sealed class StaticPartialRuleCodeFix : DocumentCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Descriptors.RuleNotStaticPartial.Id];

    /// <inheritdoc/>
    protected override string Title(Diagnostic diagnostic) => "Make static partial";

    /// <inheritdoc/>
    protected override async Task<SyntaxNode?> FixAsync(
        Document document, ImmutableArray<Diagnostic> diagnostics, CancellationToken cancellationToken)
    {
        if (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } root)
            return null;
        var rules = TypeDeclarations.At(root, diagnostics).Where(CanBeStatic).ToList();
        var declarations = rules.SelectMany(TypeDeclarations.WithContaining).Where(type => IsLacking(type, rules.Contains(type))).Distinct().ToList();
        return declarations.Count > 0
            ? root.ReplaceNodes(declarations, (original, declaration) => Modifiers.AddPartial(rules.Contains(original) ? Modifiers.AddStatic(declaration) : declaration))
            : null;
    }

    private static bool IsLacking(TypeDeclarationSyntax declaration, bool isRule) =>
        !declaration.Modifiers.Any(SyntaxKind.PartialKeyword) || (isRule && !declaration.Modifiers.Any(SyntaxKind.StaticKeyword));

    /// <summary>A static class derives from nothing, and all it has is static.</summary>
    private static bool CanBeStatic(TypeDeclarationSyntax declaration) =>
        declaration is ClassDeclarationSyntax { BaseList: null, ParameterList: null }
        && declaration.Members.All(member => member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax
            || member.Modifiers.Any(SyntaxKind.StaticKeyword)
            || member.Modifiers.Any(SyntaxKind.ConstKeyword));
}
