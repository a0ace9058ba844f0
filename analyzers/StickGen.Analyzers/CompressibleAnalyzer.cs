using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using StickGen.Capture;
using StickGen.Capture.Diagnostics;

namespace StickGen.Analyzers;

/// <summary>Reports what the capture finds in <c>[Compressible]</c> classes.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CompressibleAnalyzer() : MarkedClassAnalyzer(KnownTypes.CompressibleAttribute)
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        Descriptors.NotPartial,
        Descriptors.NotAModule,
        Descriptors.NotRegistered,
        Descriptors.MemberClash,
        Descriptors.NotCaptured,
        Descriptors.OpaqueOperation,
        Descriptors.MalformedInputShape,
        Descriptors.FileLocal,
        Descriptors.AutoPropertyModule,
        Descriptors.KeptStatement,
    ];

    /// <inheritdoc/>
    protected override void Analyze(INamedTypeSymbol type, AttributeData attribute, SymbolAnalysisContext context)
    {
        foreach (var problem in ModelCapture.Capture(type, context.Compilation, context.CancellationToken).Problems)
            Report(context, problem, isFixable: problem.Descriptor == Descriptors.NotPartial || problem.Descriptor == Descriptors.OpaqueOperation);
    }
}
