using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using StickGen.Capture;
using StickGen.Capture.Models;

namespace StickGen.Generators;

/// <summary>Captures the classes of a compilation that are marked, several at once where the compiler does so too.</summary>
internal static class MarkedModels
{
    /// <summary>The name by which a compilation finds a class again. A symbol would keep its compilation alive.</summary>
    public static string NameOf(INamedTypeSymbol type) => type.ContainingType is { } container ? NameOf(container) + "+" + type.MetadataName
        : type.ContainingNamespace is { IsGlobalNamespace: false } @namespace ? @namespace.ToDisplayString(Qualified) + "." + type.MetadataName
        : type.MetadataName;

    private static readonly SymbolDisplayFormat Qualified = new(typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces);

    /// <summary>The models of classes, in the order of their names, without those that cannot be captured.</summary>
    public static IEnumerable<CapturedModel> Capture(ImmutableArray<string> names, Compilation compilation, CancellationToken cancellationToken)
    {
        var models = new CapturedModel?[names.Length];
        if (compilation.Options.ConcurrentBuild && names.Length > 1)
            Parallel.For(0, names.Length, new ParallelOptions { CancellationToken = cancellationToken }, Capture);
        else
            Array.ForEach([.. Enumerable.Range(0, names.Length)], Capture);
        return models.OfType<CapturedModel>();

        void Capture(int i)
        {
            if (compilation.Assembly.GetTypeByMetadataName(names[i]) is { } type)
                models[i] = ModelCapture.Capture(type, compilation, cancellationToken).Model;
        }
    }
}
