using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using StickGen.Capture.Diagnostics;

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
            var marked = new ConcurrentQueue<INamedTypeSymbol>();
            start.RegisterSymbolAction(
                symbol =>
                {
                    var type = (INamedTypeSymbol)symbol.Symbol;
                    if (type.GetAttributes().FirstOrDefault(a => attributes.Contains(a.AttributeClass!, SymbolEqualityComparer.Default)) is { } attribute)
                    {
                        marked.Enqueue(type);
                        Analyze(type, attribute, symbol);
                    }
                },
                SymbolKind.NamedType);
            if (LooksAtAll)
                start.RegisterCompilationEndAction(end => AnalyzeAll([.. marked], end));
        });
    }

    /// <summary>Whether there is something to be told of all the classes together.</summary>
    protected virtual bool LooksAtAll => false;

    /// <summary>Reports what is to be told of all the classes together.</summary>
    protected virtual void AnalyzeAll(IReadOnlyCollection<INamedTypeSymbol> types, CompilationAnalysisContext context)
    {
    }

    /// <summary>Reports what is to be told of a class.</summary>
    protected abstract void Analyze(INamedTypeSymbol type, AttributeData attribute, SymbolAnalysisContext context);

    /// <summary>Reports a problem of the class.</summary>
    /// <param name="context">The context of the class.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="isFixable">
    /// Whether there is a fix. The IDE offers fixes only for what lies inside of the class that was analyzed, so a
    /// problem elsewhere, such as in a type around it, is then reported on the class and points there.
    /// </param>
    private protected static void Report(SymbolAnalysisContext context, CaptureProblem problem, bool isFixable)
    {
        var diagnostic = problem.ToDiagnostic();
        if (isFixable && !IsInside(problem.Location, context))
        {
            diagnostic = Diagnostic.Create(
                problem.Descriptor, context.Symbol.Locations[0], [problem.Location], problem.Properties, [.. problem.Arguments]);
        }

        context.ReportDiagnostic(diagnostic);
    }

    private static bool IsInside(Location location, SymbolAnalysisContext context) =>
        context.Symbol.DeclaringSyntaxReferences.Any(part =>
            part.SyntaxTree == location.SourceTree && part.Span.Contains(location.SourceSpan));
}
