using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;
using StickGen.Cli.Calls;
using StickGen.Generators;
using StickGen.Generators.Emission;
using StickGen.Kinds;

namespace StickGen.Cli.Check;

/// <summary>Checks the classes of one project: captures each, emits for all together, and looks at what was emitted.</summary>
internal sealed class ProjectCheck
{
    private readonly Compilation marked;
    private readonly Compilation output;
    private readonly IReadOnlyList<(INamedTypeSymbol Type, CaptureResult<CapturedModel> Capture)> captures;
    private readonly HintNames hintNames;
    private readonly ImmutableArray<GeneratedSourceResult> emitted;

    private ProjectCheck(Compilation compilation)
    {
        var types = Candidates.In(compilation);
        marked = Annotation.Mark(compilation, types);
        captures = [.. Candidates.In(marked).Select(type => (type, ModelCapture.Capture(type, marked, CancellationToken.None)))];
        hintNames = HintNames.Of(captures.Select(pair => pair.Capture.Model?.Type.UniqueName).OfType<string>());
        var driver = CSharpGeneratorDriver
            .Create([new CompressionGenerator().AsSourceGenerator()], parseOptions: (CSharpParseOptions?)marked.SyntaxTrees.FirstOrDefault()?.Options)
            .RunGeneratorsAndUpdateCompilation(marked, out output, out _);
        var run = driver.GetRunResult().Results.Single();
        if (run.Exception is { } exception)
            throw new InvalidOperationException($"The generator failed: {exception}", exception);
        emitted = run.GeneratedSources;
    }

    /// <summary>Checks a project, and gives it as others see it: with what is emitted.</summary>
    public static (Compilation Output, IReadOnlyList<ClassResult> Classes, ImmutableArray<GeneratedSourceResult> Emitted) Run(Compilation compilation)
    {
        var check = new ProjectCheck(compilation);
        return (check.output, [.. check.captures.Select(pair => check.Check(pair.Type, pair.Capture))], check.emitted);
    }

    private ClassResult Check(INamedTypeSymbol type, CaptureResult<CapturedModel> capture)
    {
        var name = type.Locations[0].GetLineSpan();
        var diagnostics = capture.Problems.Select(Told).ToList();
        var opaque = capture.Model?.Body.Steps().Count(step => step is NodeStep { Node.Kind: NodeKinds.Opaque } or KeptStep) ?? 0;
        var status = capture.Model is null ? CaptureStatus.Unsupported : opaque > 0 ? CaptureStatus.Partial : CaptureStatus.Full;
        bool? compiles = null;
        if (capture.Model is { } model)
        {
            var files = EmittedFor(model);
            var errors = files.SelectMany(file => output.GetSemanticModel(file.SyntaxTree).GetDiagnostics()).Where(error => error.Severity >= DiagnosticSeverity.Warning).ToArray();
            compiles = files.Count > 0 && errors.Length == 0 ? true : CompilesItself(type) ? false : null;
            diagnostics.AddRange(errors.Select(error => Emitted(error.Id, DiagnosticSeverity.Error, $"the emitted code does not compile: {error.GetMessage(CultureInfo.InvariantCulture)}: {Line(error)}")));
            if (status == CaptureStatus.Full && Difference(type, files) is { } difference)
            {
                status = CaptureStatus.Partial;
                diagnostics.Add(Emitted("STKC001", DiagnosticSeverity.Warning, difference));
            }
        }

        return new(name.Path, name.StartLinePosition.Line + 1, type.ToDisplayString(), status, opaque, compiles, diagnostics);

        ClassDiagnostic Told(CaptureProblem problem)
        {
            var diagnostic = problem.ToDiagnostic();
            var place = diagnostic.Location.SourceTree is null ? name : diagnostic.Location.GetLineSpan();
            return new(diagnostic.Id, diagnostic.Severity, diagnostic.GetMessage(CultureInfo.InvariantCulture), place.Path, place.StartLinePosition.Line + 1);
        }

        ClassDiagnostic Emitted(string id, DiagnosticSeverity severity, string message) => new(id, severity, message, name.Path, name.StartLinePosition.Line + 1);
    }

    /// <summary>How the calls in the emitted code differ from those in <c>forward</c>, if they do.</summary>
    private string? Difference(INamedTypeSymbol type, IReadOnlyList<GeneratedSourceResult> files)
    {
        var code = new EmittedCode([.. files.Select(file => file.SyntaxTree)]);
        return CallSequence.Difference(SourceCalls.Of(type, marked), code.Replayed, type.Name) ?? code.VariantProblem();
    }

    private IReadOnlyList<GeneratedSourceResult> EmittedFor(CapturedModel model)
    {
        var prefix = hintNames.Prefix(model.Type);
        string[] names = [$"{prefix}.g.cs", .. VariantNames.Of(model.Variants).Select(variant => $"{prefix}.{variant}.g.cs")];
        return [.. emitted.Where(file => names.Contains(file.HintName, StringComparer.Ordinal))];
    }

    /// <summary>Whether the user's own class compiles: if not, its emitted code cannot be blamed.</summary>
    private bool CompilesItself(INamedTypeSymbol type) => type.DeclaringSyntaxReferences
        .Select(reference => reference.GetSyntax()).OfType<ClassDeclarationSyntax>()
        .All(declaration => marked.GetSemanticModel(declaration.SyntaxTree).GetDiagnostics(declaration.FullSpan).All(error => error.Severity < DiagnosticSeverity.Error));

    private static string Line(Diagnostic error) =>
        error.Location.SourceTree is { } tree ? tree.GetText().Lines[error.Location.GetLineSpan().StartLinePosition.Line].ToString().Trim() : "";
}
