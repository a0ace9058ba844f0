using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Rules;

namespace StickGen.Analyzers;

/// <summary>Reports the rules of referenced assemblies that cannot be read.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ReferencedRuleAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Descriptors.RuleVersion, Descriptors.RuleDamaged];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationAction(static compilation =>
        {
            foreach (var problem in ReferencedRules.Read(compilation.Compilation, compilation.CancellationToken).Problems)
                compilation.ReportDiagnostic(problem.ToDiagnostic());
        });
    }
}
