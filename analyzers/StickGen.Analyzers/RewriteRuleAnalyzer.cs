using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using StickGen.Capture;
using StickGen.Capture.Diagnostics;

namespace StickGen.Analyzers;

/// <summary>Reports what the capture finds in <c>[RewriteRule]</c> classes.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class RewriteRuleAnalyzer() : MarkedClassAnalyzer(KnownTypes.RewriteRuleAttribute)
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        Descriptors.RuleNotStaticPartial,
        Descriptors.RuleMethodCount,
        Descriptors.RuleUnknownParameter,
        Descriptors.RuleSignature,
        Descriptors.RulePattern,
        Descriptors.RuleUnusedParameter,
        Descriptors.RuleBenefit,
        Descriptors.RuleAmbiguous,
        Descriptors.RuleUnused,
    ];

    /// <inheritdoc/>
    protected override void Analyze(INamedTypeSymbol type, AttributeData attribute, SymbolAnalysisContext context)
    {
        foreach (var problem in Captures.Of(context.Compilation).Rule(type, context.CancellationToken).Problems)
            Report(context, problem, isFixable: false);
    }

    /// <inheritdoc/>
    protected override bool LooksAtAll => true;

    /// <inheritdoc/>
    protected override void AnalyzeAll(IReadOnlyCollection<INamedTypeSymbol> types, CompilationAnalysisContext context)
    {
        if (types.Count == 0)
            return;
        foreach (var problem in RuleSet.Problems(types, Captures.Of(context.Compilation), context.CancellationToken))
            context.ReportDiagnostic(problem.ToDiagnostic());
    }
}
