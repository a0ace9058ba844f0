using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StickGen.Generators.Tests.Verification;

/// <summary>Runs the generator over user code, and asserts what holds for every run.</summary>
internal static class GeneratorRun
{
    private const string Usings = """
        using System;
        using System.Collections.Generic;
        using System.Linq;
        using StickGen;
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;
        using static TorchSharp.torch.nn.functional;

        namespace Zoo;


        """;

    /// <summary>
    /// Compares the emitted files with their snapshots, but for the list of all visible rules; asserts that they compile
    /// without a warning, and that unrelated edits leave every step of the pipeline as it was.
    /// </summary>
    public static Task Verify(string source, [CallerFilePath] string sourceFile = "", [CallerMemberName] string method = "")
    {
        var files = Emit(source);
        return Snapshot.Verify(
            [.. files.Where(file => file.HintName != "StickGen.VisibleRules.g.cs").Select(file => (Path.GetFileNameWithoutExtension(file.HintName), file.SourceText.ToString()))], "cs", sourceFile, method);
    }

    /// <summary>Like <see cref="Verify"/>, but compares the bodies of the emitted methods alone, in one snapshot.</summary>
    public static Task VerifyBodies(string source, [CallerFilePath] string sourceFile = "", [CallerMemberName] string method = "")
    {
        var bodies = Emit(source)
            .SelectMany(file => file.SyntaxTree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>())
            .Where(declaration => declaration.Identifier.Text is "Replay" or "forward" && declaration.ExplicitInterfaceSpecifier is null)
            .OrderBy(declaration => declaration.Identifier.Text, StringComparer.Ordinal)
            .Select(declaration => $"// {Container(declaration)}.{declaration.Identifier.Text}\n{Dedent(declaration.Body!)}");
        return Snapshot.Verify(string.Join("\n", bodies), "cs", sourceFile, method);
    }

    /// <summary>The emitted files, checked as in <see cref="Verify"/>.</summary>
    public static ImmutableArray<GeneratedSourceResult> Emit(string source, params MetadataReference[] references)
    {
        var compilation = Compile(Usings + source, references);
        var driver = Driver().RunGeneratorsAndUpdateCompilation(compilation, out var output, out var diagnostics);
        Assert.Empty(diagnostics);
        var files = driver.GetRunResult().Results.Single().GeneratedSources;
        AssertCompiles(output);
        Caching.AssertCached(driver, compilation);
        return files;
    }

    /// <summary>A compilation of user code with the usings that TorchSharp's users write.</summary>
    public static CSharpCompilation CompileUser(string source, params MetadataReference[] references) => Compile(Usings + source, references);

    /// <summary>A compilation of code as it is.</summary>
    public static CSharpCompilation Compile(string source, params MetadataReference[] references)
    {
        var compilation = references.Length == 0 ? References.EmptyCompilation : References.EmptyCompilation.AddReferences(references);
        return compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText(source, References.ParseOptions, "Model.cs"));
    }

    /// <summary>A referenced assembly, compiled with the generator.</summary>
    public static MetadataReference EmitAssembly(string name, string source, string attributes = "")
    {
        var compilation = CompileUser(source).WithAssemblyName(name).AddSyntaxTrees(CSharpSyntaxTree.ParseText(attributes, References.ParseOptions));
        Driver().RunGeneratorsAndUpdateCompilation(compilation, out var output, out _);
        using var image = new MemoryStream();
        var result = output.Emit(image);
        Assert.True(result.Success, string.Join("\n", result.Diagnostics));
        return MetadataReference.CreateFromImage(image.ToArray());
    }

    /// <summary>A driver that records what its steps did.</summary>
    public static GeneratorDriver Driver() => CSharpGeneratorDriver.Create(
        [new CompressionGenerator().AsSourceGenerator()],
        parseOptions: References.ParseOptions,
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    private static string Container(SyntaxNode node) =>
        string.Join(".", node.Ancestors().OfType<TypeDeclarationSyntax>().Select(type => type.Identifier.Text).Reverse());

    private static string Dedent(BlockSyntax body)
    {
        var lines = body.ToString().Split('\n');
        var indent = lines[^1].Length - lines[^1].TrimStart().Length;
        return string.Concat(lines.Select(line => line[..Math.Min(indent, line.Length)].Trim().Length == 0 && line.Length >= indent ? line[indent..] + "\n" : line + "\n"));
    }

    /// <summary>Asserts that user code and emitted code compile without a warning, documentation included.</summary>
    public static void AssertCompiles(Compilation compilation)
    {
        var isEmitted = compilation.SyntaxTrees.Skip(1).ToHashSet();
        var problems = compilation.GetDiagnostics().Where(d =>
            d.Severity >= DiagnosticSeverity.Warning
            && (d.Id != "CS1591" || (d.Location.SourceTree is { } tree && isEmitted.Contains(tree))));
        var text = string.Join("\n", problems);
        Assert.True(text.Length == 0, text);
    }
}
