using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using StickGen.Capture;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;

namespace StickGen.Generators.Tests.Verification;

/// <summary>Captures a class of user code, without the generator.</summary>
internal static class CaptureRun
{
    public static CaptureResult<CapturedModel> Model(string source, string type = "Net")
    {
        var compilation = GeneratorRun.CompileUser(source);
        return ModelCapture.Capture(Find(compilation, type), compilation, CancellationToken.None);
    }

    public static CaptureResult<CapturedRule> Rule(string source, string type = "Rule")
    {
        var compilation = GeneratorRun.CompileUser(source);
        return RuleCapture.Capture(Find(compilation, type), compilation, CancellationToken.None);
    }

    /// <summary>Each problem on a line: its id, the code it underlines and its message.</summary>
    public static string Describe(ImmutableArray<CaptureProblem> problems) => string.Join("\n", problems.Select(problem =>
    {
        var location = problem.Location;
        var code = location.SourceTree?.GetText().ToString(location.SourceSpan) ?? "";
        return $"{problem.Descriptor.Id} at '{code}': {problem.ToDiagnostic().GetMessage(System.Globalization.CultureInfo.InvariantCulture)}";
    }));

    /// <summary>Asserts that a model is captured with a statement that is kept as it is written, whatever the rule that says so.</summary>
    public static void AssertKept(string place, string reason, CaptureResult<CapturedModel> result)
    {
        var problem = Assert.Single(result.Problems, problem => problem.ToDiagnostic().GetMessage(System.Globalization.CultureInfo.InvariantCulture).Contains("is kept as it is written", StringComparison.Ordinal));
        Assert.StartsWith($"{problem.Descriptor.Id} at '{place}': part of the forward of 'Net' is kept as it is written, because {reason}", Describe([problem]), StringComparison.Ordinal);
        Assert.NotNull(result.Model);
    }

    private static INamedTypeSymbol Find(Compilation compilation, string type) =>
        compilation.GetSymbolsWithName(type, SymbolFilter.Type).OfType<INamedTypeSymbol>().First();
}
