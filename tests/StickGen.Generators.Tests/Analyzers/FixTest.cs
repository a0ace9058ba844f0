using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;
using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Analyzers;

/// <summary>
/// A test of an analyzer and a fix: <c>{|STK0001:Name|}</c> in the source marks a diagnostic. Each fix is also tried as
/// Fix All in the document, the project and the solution.
/// </summary>
internal sealed class FixTest<TAnalyzer, TFix> : CSharpCodeFixTest<TAnalyzer, TFix, DefaultVerifier>
    where TAnalyzer : DiagnosticAnalyzer, new()
    where TFix : CodeFixProvider, new()
{
    private const string Usings = """
        global using StickGen;
        global using TorchSharp;
        global using TorchSharp.Modules;
        global using static TorchSharp.torch;
        global using static TorchSharp.torch.nn;
        global using static TorchSharp.torch.nn.functional;
        """;

    private FixTest(string source, string fixedSource)
    {
        // The testing library cannot resolve the packages of the framework; the references are given below.
        ReferenceAssemblies = new("net10.0");
        foreach (var (state, text) in new[] { (TestState, source), (FixedState, fixedSource) })
        {
            state.Sources.Add(("User.cs", text));
            state.Sources.Add(("Usings.cs", Usings));
            state.AdditionalReferences.AddRange(References.All);
        }

    }

    /// <summary>The fix of <paramref name="source"/> is <paramref name="fixedSource"/>.</summary>
    public static Task Fixes(string source, string fixedSource, Action<FixTest<TAnalyzer, TFix>>? configure = null)
    {
        var test = new FixTest<TAnalyzer, TFix>(source, fixedSource);
        configure?.Invoke(test);
        return test.RunAsync();
    }

    /// <summary>No fix is offered.</summary>
    public static Task OffersNothing(string source) => Fixes(source, source);

    protected override ParseOptions CreateParseOptions() => References.ParseOptions;

    protected override CompilationOptions CreateCompilationOptions() => References.CompilationOptions;
}
