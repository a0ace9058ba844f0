using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using StickGen.Generators.Deployment;
using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Deployment;

/// <summary>Runs the generator of loaders over an app in memory.</summary>
internal static class LoaderDriver
{
    /// <summary>An app of that sourceagainst the run-time library, with nullable reference types.</summary>
    public static CSharpCompilation App(string source) => CSharpCompilation.Create(
        "App",
        [Tree(source, "App.cs")],
        References.Deployment,
        References.CompilationOptions);

    public static SyntaxTree Tree(string source, string path) => CSharpSyntaxTree.ParseText(source, References.ParseOptions, path);

    /// <summary>A driver that keeps track of its steps.</summary>
    public static GeneratorDriver Create(params IEnumerable<AdditionalText> files) => CSharpGeneratorDriver.Create(
        [new DeployedModelGenerator().AsSourceGenerator()],
        files,
        References.ParseOptions,
        driverOptions: new(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    /// <summary>The emitted files, whose compilation with the app gives no error and no warning.</summary>
    public static ImmutableArray<GeneratedSourceResult> Emit(string source, params (string Path, string Text)[] files)
    {
        var driver = Create(files.Select(file => new MemoryText(file.Path, file.Text))).RunGeneratorsAndUpdateCompilation(App(source), out var compilation, out var diagnostics);
        Assert.Empty(diagnostics);
        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning && !IsUndocumentedUserCode(diagnostic)));
        var result = Assert.Single(driver.GetRunResult().Results);
        Assert.Null(result.Exception);
        return result.GeneratedSources;
    }

    private static bool IsUndocumentedUserCode(Diagnostic diagnostic) =>
        diagnostic.Id == "CS1591" && diagnostic.Location.SourceTree is { FilePath: "App.cs" };
}
