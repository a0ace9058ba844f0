using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using StickGen.Capture.Diagnostics;

namespace StickGen.CodeFixes;

/// <summary>
/// STK0009: turns an auto-property that holds a module into a field of the same name, so that every use of it still
/// compiles and its weights are saved under that name.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ModuleFieldCodeFix)), Shared]
public sealed class ModuleFieldCodeFix : DocumentCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Descriptors.AutoPropertyModule.Id];

    /// <inheritdoc/>
    protected override string Title(Diagnostic diagnostic) => "Convert to a field";

    /// <inheritdoc/>
    protected override async Task<SyntaxNode?> FixAsync(
        Document document, ImmutableArray<Diagnostic> diagnostics, CancellationToken cancellationToken)
    {
        if (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } root
            || await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false) is not { } model)
        {
            return null;
        }

        var properties = diagnostics
            .Select(diagnostic => root.FindToken(diagnostic.Location.SourceSpan.Start).Parent?.FirstAncestorOrSelf<PropertyDeclarationSyntax>())
            .OfType<PropertyDeclarationSyntax>()
            .Where(property => IsConvertible(property, model.GetDeclaredSymbol(property, cancellationToken)))
            .ToList();
        return properties.Count > 0
            ? root.ReplaceNodes(properties, (_, property) => Field(property))
            : null;
    }

    /// <summary>
    /// A field has no accessors of their own accessibility, overrides nothing and implements nothing, and an attribute
    /// of the property may not be allowed on it.
    /// </summary>
    private static bool IsConvertible(PropertyDeclarationSyntax property, IPropertySymbol? symbol) =>
        symbol is { IsOverride: false, IsVirtual: false, IsAbstract: false, IsRequired: false, SetMethod: null or { IsInitOnly: false } }
        && property.AttributeLists.Count == 0
        && property.AccessorList is { } accessors
        && accessors.Accessors.All(accessor => accessor is { Body: null, ExpressionBody: null, Modifiers.Count: 0, AttributeLists.Count: 0 })
        && !ImplementsInterface(symbol);

    private static bool ImplementsInterface(IPropertySymbol property) =>
        property.ContainingType.AllInterfaces
            .SelectMany(type => type.GetMembers(property.Name))
            .Any(member => SymbolEqualityComparer.Default.Equals(property.ContainingType.FindImplementationForInterfaceMember(member), property));

    private static FieldDeclarationSyntax Field(PropertyDeclarationSyntax property)
    {
        var variable = SyntaxFactory.VariableDeclarator(property.Identifier.WithoutTrivia()).WithInitializer(property.Initializer);
        var isReadOnly = property.AccessorList!.Accessors.All(accessor => accessor.IsKind(SyntaxKind.GetAccessorDeclaration));
        var field = SyntaxFactory.FieldDeclaration(SyntaxFactory.VariableDeclaration(property.Type.WithoutTrivia(), [variable]))
            .WithModifiers(property.Modifiers);
        if (isReadOnly)
            field = field.AddModifiers(SyntaxFactory.Token(SyntaxKind.ReadOnlyKeyword));
        return field.WithTriviaFrom(property).WithAdditionalAnnotations(Formatter.Annotation);
    }
}
