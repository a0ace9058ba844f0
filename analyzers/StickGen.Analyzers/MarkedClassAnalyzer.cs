using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace StickGen.Analyzers;

/// <summary>What the analyzers have in common: each looks at the classes that carry one attribute.</summary>
/// <param name="attributeName">The full name of the attribute.</param>
public abstract class MarkedClassAnalyzer(string attributeName) : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public sealed override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();

        // Generated code too: who marks a class wants code emitted for it, and is to be told why there is none.
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.RegisterCompilationStartAction(start =>
        {
            var attributes = start.Compilation.GetTypesByMetadataName(attributeName);
            if (attributes.IsEmpty)
                return;
            start.RegisterSymbolAction(
                symbol =>
                {
                    var type = (INamedTypeSymbol)symbol.Symbol;
                    if (type.GetAttributes().FirstOrDefault(a => attributes.Contains(a.AttributeClass!, SymbolEqualityComparer.Default)) is { } attribute)
                        Analyze(type, attribute, symbol);
                },
                SymbolKind.NamedType);
        });
    }

    /// <summary>Reports what is to be told of a class.</summary>
    protected abstract void Analyze(INamedTypeSymbol type, AttributeData attribute, SymbolAnalysisContext context);
}
