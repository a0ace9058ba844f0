using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture;
using StickGen.Capture.Deployment;

namespace StickGen.Generators.Deployment;

/// <summary>
/// Emits the typed loader of every <c>[DeployedModel]</c> class from its signature file. What stands in the way of one
/// is told by the analyzer, which shares the readers, so nothing is reported here.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class DeployedModelGenerator : IIncrementalGenerator
{
    /// <summary>The steps, by the names under which tests look at their caching.</summary>
    internal const string ClassStep = "DeployedModel.Class", SignatureStep = "DeployedModel.Signature", LoaderStep = "DeployedModel.Loader";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var classes = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                LoaderClassReader.AttributeName,
                static (node, _) => node is ClassDeclarationSyntax,
                static (target, cancellation) => ReadClass(target, cancellation))
            .Where(static loader => loader is not null)
            .Select(static (loader, _) => loader!)
            .WithTrackingName(ClassStep);

        // Only the files that some class asks for are read: the others may be large, and are no signatures.
        var names = classes
            .Select(static (loader, _) => loader.SignatureName)
            .Collect()
            .Select(static (names, _) => names.Distinct().OrderBy(name => name, StringComparer.Ordinal).ToEquatableArray());
        var signatures = context.AdditionalTextsProvider
            .Combine(names)
            .Where(static pair => pair.Right.Any(name => SignatureName.Matches(name, pair.Left.Path)))
            .Select(static (pair, cancellation) => SignatureFile.Read(pair.Left.Path, pair.Left.GetText(cancellation)))
            .WithTrackingName(SignatureStep);

        var loaders = classes
            .Combine(signatures.Collect())
            .Select(static (pair, _) => Resolve(pair.Left, pair.Right))
            .WithTrackingName(LoaderStep);
        var hasRuntime = context.CompilationProvider
            .Select(static (compilation, _) => LoaderClassReader.HasRuntime(compilation));

        context.RegisterSourceOutput(loaders.Combine(hasRuntime), static (output, pair) =>
        {
            if (pair.Right && LoaderEmitter.Emit(pair.Left) is { } source)
                output.AddSource(pair.Left.Class.HintName, source);
        });
    }

    private static LoaderClass? ReadClass(GeneratorAttributeSyntaxContext target, CancellationToken cancellation)
    {
        if (!MarkedDeclarations.IsFirst(target))
            return null;
        var symbol = (INamedTypeSymbol)target.TargetSymbol;
        var loader = LoaderClassReader.Read(symbol, target.Attributes[0]);
        return LoaderClassReader.Problems(symbol, cancellation).Any() ? null : loader;
    }

    private static Loader Resolve(LoaderClass loader, IReadOnlyList<SignatureFile> signatures) =>
        Loader.Resolve(loader, signatures.Where(file => SignatureName.Matches(loader.SignatureName, file.Path)), []);
}
