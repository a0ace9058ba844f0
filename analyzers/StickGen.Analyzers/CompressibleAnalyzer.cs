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
        Descriptors.MalformedBits,
        Descriptors.FileLocal,
        Descriptors.AutoPropertyModule,
        Descriptors.KeptStatement,
        Descriptors.TensorBranch,
        Descriptors.ItemInForward,
        Descriptors.WhileLoop,
        Descriptors.FieldWritten,
        Descriptors.SliceAssignment,
        Descriptors.ModuleCreated,
        Descriptors.RegisteredTooEarly,
        Descriptors.ModuleCollection,
        Descriptors.ScopedResult,
        Descriptors.InputReturned,
        Descriptors.ConstantReshape,
        Descriptors.ModuleCalledTwice,
        Descriptors.InPlaceOnObserved,
        Descriptors.FoldBlocked,
        Descriptors.ChildNotCompressible,
        Descriptors.UnexpectedMatches,
        Descriptors.MalformedExpectation,
    ];

    /// <inheritdoc/>
    protected override void Analyze(INamedTypeSymbol type, AttributeData attribute, SymbolAnalysisContext context)
    {
        var captures = Captures.Of(context.Compilation);
        var result = captures.Model(type, context.CancellationToken);
        foreach (var problem in result.Problems)
            Report(context, problem, isFixable: problem.Descriptor == Descriptors.NotPartial || problem.Descriptor == Descriptors.OpaqueOperation);
        foreach (var problem in Expectations.Problems(type, result.Model, captures, context.CancellationToken))
            Report(context, problem, isFixable: false);
    }
}
