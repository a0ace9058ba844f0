using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;
using StickGen.Capture;
using StickGen.Capture.Diagnostics;

namespace StickGen.CodeFixes;

/// <summary>STK0006: emits the trainable variants alone, which run an operation that the integer model has no kernel for.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(TrainableVariantsCodeFix)), Shared]
public sealed class TrainableVariantsCodeFix : DocumentCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Descriptors.OpaqueOperation.Id];

    /// <inheritdoc/>
    protected override string Title(Diagnostic diagnostic) => "Emit the trainable variants only";

    /// <inheritdoc/>
    protected override async Task<SyntaxNode?> FixAsync(
        Document document, ImmutableArray<Diagnostic> diagnostics, CancellationToken cancellationToken)
    {
        if (await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false) is not { } root
            || await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false) is not { } model)
        {
            return null;
        }

        var attributes = TypeDeclarations.At(root, diagnostics)
            .SelectMany(declaration => declaration.AttributeLists)
            .SelectMany(list => list.Attributes)
            .Where(attribute => IsCompressible(attribute, model, cancellationToken) && !NamesVariants(attribute))
            .ToList();
        return attributes.Count > 0
            ? root.ReplaceNodes(attributes, (_, attribute) => attribute.AddArgumentListArguments(Argument()))
            : null;
    }

    private static bool IsCompressible(AttributeSyntax attribute, SemanticModel model, CancellationToken cancellationToken) =>
        model.GetTypeInfo(attribute, cancellationToken).Type is { } type && KnownTypes.Is(type, KnownTypes.CompressibleAttribute);

    /// <summary>Who chose the variants is not overruled.</summary>
    private static bool NamesVariants(AttributeSyntax attribute) => attribute.ArgumentList is { Arguments.Count: > 0 };

    private static AttributeArgumentSyntax Argument() =>
        SyntaxFactory.AttributeArgument(
            SyntaxFactory.NameEquals("Emit").NormalizeWhitespace(),
            null,
            SyntaxFactory.ParseExpression("global::StickGen.Variants.FakeQuantized").WithAdditionalAnnotations(Simplifier.Annotation));
}
