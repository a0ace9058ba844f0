using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using StickGen.Capture.Deployment;
using StickGen.Capture.Diagnostics;

namespace StickGen.Analyzers;

/// <summary>Reports why a <c>[DeployedModel]</c> class gets no loader.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class DeployedModelAnalyzer() : MarkedClassAnalyzer(LoaderClassReader.AttributeName)
{
    /// <summary>The property of a diagnostic with the names that the attribute could have, one a line.</summary>
    internal const string NamesProperty = "Names";

    private const string SignatureExtension = ".model.json";

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        DeployedModelDiagnostics.SignatureNotFound,
        DeployedModelDiagnostics.SignatureAmbiguous,
        DeployedModelDiagnostics.SignatureMalformed,
        DeployedModelDiagnostics.SignatureVersionUnsupported,
        DeployedModelDiagnostics.LoaderNotPartial,
        DeployedModelDiagnostics.LoaderShapeUnsupported,
        DeployedModelDiagnostics.LoaderMemberClash,
        DeployedModelDiagnostics.RuntimeNotReferenced,
    ];

    /// <inheritdoc/>
    protected override void Analyze(INamedTypeSymbol type, AttributeData attribute, SymbolAnalysisContext context)
    {
        var attributeLocation = attribute.ApplicationSyntaxReference!.GetSyntax(context.CancellationToken).GetLocation();

        foreach (var problem in LoaderClassReader.Problems(type, context.CancellationToken))
            Report(context, problem, isFixable: true);
        if (!LoaderClassReader.HasRuntime(context.Compilation))
            context.ReportDiagnostic(Diagnostic.Create(DeployedModelDiagnostics.RuntimeNotReferenced, attributeLocation, type.Name));
        foreach (var problem in Resolve(LoaderClassReader.Read(type, attribute), context).Problems)
            context.ReportDiagnostic(Diagnostic.Create(problem.Descriptor, Location(problem), Properties(problem, context), [.. problem.Arguments]));

        Location Location(LoaderProblem problem) =>
            problem.Descriptor.Id == DeployedModelDiagnostics.LoaderMemberClash.Id
                ? (LoaderClassReader.Member(type, problem.Arguments[1]) ?? type).Locations[0]
                : attributeLocation;
    }

    private static Loader Resolve(LoaderClass loader, SymbolAnalysisContext context)
    {
        var files = context.Options.AdditionalFiles;
        var candidates = files
            .Where(file => SignatureName.Matches(loader.SignatureName, file.Path))
            .Select(file => SignatureFile.Read(file.Path, file.GetText(context.CancellationToken)));
        return Loader.Resolve(loader, candidates, files.Select(file => file.Path));
    }

    /// <summary>For the fix: the names by which the attribute could ask for a file that is there.</summary>
    private static ImmutableDictionary<string, string?> Properties(LoaderProblem problem, SymbolAnalysisContext context)
    {
        var paths = context.Options.AdditionalFiles.Select(file => file.Path).Distinct(StringComparer.Ordinal).ToList();
        var names = problem.Descriptor.Id switch
        {
            var id when id == DeployedModelDiagnostics.SignatureNotFound.Id => paths.Where(path => path.EndsWith(SignatureExtension, StringComparison.Ordinal)),
            var id when id == DeployedModelDiagnostics.SignatureAmbiguous.Id => paths.Where(path => SignatureName.Matches(problem.Arguments[1], path)),
            _ => [],
        };
        return ImmutableDictionary<string, string?>.Empty.Add(
            NamesProperty, string.Join("\n", names.Select(path => SignatureName.Shortest(path, paths)).OrderBy(name => name, StringComparer.Ordinal)));
    }
}
