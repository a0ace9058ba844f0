using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using StickGen.Capture.Diagnostics;

namespace StickGen.CodeFixes;

/// <summary>STK0003: calls <c>RegisterComponents()</c> where a constructor ends, which is when all fields are set.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(RegisterComponentsCodeFix)), Shared]
public sealed class RegisterComponentsCodeFix : DocumentCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Descriptors.NotRegistered.Id];

    /// <inheritdoc/>
    protected override string Title(Diagnostic diagnostic) => "Call RegisterComponents() in the constructor";

    /// <inheritdoc/>
    protected override async Task<SyntaxNode?> FixAsync(
        Document document, ImmutableArray<Diagnostic> diagnostics, CancellationToken cancellationToken)
    {
        if (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } root)
            return null;
        var constructors = TypeDeclarations.At(root, diagnostics).SelectMany(Constructors).ToList();
        return constructors.Count > 0
            ? root.ReplaceNodes(constructors, (_, constructor) => AddCall(constructor))
            : null;
    }

    /// <summary>
    /// The constructors that others end in. A primary constructor has no body to call from, and another constructor of
    /// such a class calls it first, before fields that it sets itself.
    /// </summary>
    private static IEnumerable<ConstructorDeclarationSyntax> Constructors(TypeDeclarationSyntax declaration) =>
        declaration.ParameterList is null
            ? declaration.Members.OfType<ConstructorDeclarationSyntax>().Where(constructor =>
                !constructor.Modifiers.Any(SyntaxKind.StaticKeyword)
                && !constructor.Initializer.IsKind(SyntaxKind.ThisConstructorInitializer)
                && (constructor.Body is not null || constructor.ExpressionBody is not null))
            : [];

    private static ConstructorDeclarationSyntax AddCall(ConstructorDeclarationSyntax constructor)
    {
        var call = SyntaxFactory.ParseStatement("RegisterComponents();").WithAdditionalAnnotations(Formatter.Annotation);
        if (constructor.Body is { } body)
            return constructor.WithBody(body.AddStatements(call));
        var statement = SyntaxFactory.ExpressionStatement(constructor.ExpressionBody!.Expression);
        return constructor
            .WithExpressionBody(null)
            .WithSemicolonToken(default)
            .WithBody(SyntaxFactory.Block(statement, call).WithTrailingTrivia(constructor.GetTrailingTrivia()))
            .WithAdditionalAnnotations(Formatter.Annotation);
    }
}
