using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using StickGen.Analyzers;
using StickGen.Generators.Deployment;
using StickGen.Generators.Tests.Deployment;
using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Analyzers;

/// <summary>A project as a user has it: source, signature files, the generators and every analyzer.</summary>
internal sealed class UserCode
{
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.Linq;
        global using StickGen;
        global using TorchSharp;
        global using TorchSharp.Modules;
        global using static TorchSharp.torch;
        global using static TorchSharp.torch.nn;
        global using static TorchSharp.torch.nn.functional;
        """;

    /// <summary>All analyzers.</summary>
    public static ImmutableArray<DiagnosticAnalyzer> Analyzers { get; } =
        [new CompressibleAnalyzer(), new RewriteRuleAnalyzer(), new ReferencedRuleAnalyzer(), new DeployedModelAnalyzer()];

    private readonly AnalyzerOptions options;

    /// <param name="source">The source, without usings.</param>
    /// <param name="references">What it is compiled against, <see cref="References.All"/> if not given.</param>
    /// <param name="files">The additional files.</param>
    public UserCode(string source, IEnumerable<MetadataReference>? references = null, params (string Path, string Text)[] files)
    {
        SyntaxTree[] trees =
        [
            CSharpSyntaxTree.ParseText(source, References.ParseOptions, "User.cs"),
            .. references is null ? [CSharpSyntaxTree.ParseText(Usings, References.ParseOptions, "Usings.cs")] : Array.Empty<SyntaxTree>(),
        ];
        options = new([.. files.Select(file => new MemoryText(file.Path, file.Text))]);
        CSharpGeneratorDriver
            .Create([new CompressionGenerator().AsSourceGenerator(), new DeployedModelGenerator().AsSourceGenerator()], options.AdditionalFiles, References.ParseOptions)
            .RunGeneratorsAndUpdateCompilation(
                CSharpCompilation.Create("User", trees, references ?? References.All, References.CompilationOptions), out var generated, out var diagnostics);
        (Compilation, GeneratorDiagnostics) = (generated, diagnostics);
    }

    /// <summary>The compilation with what is emitted.</summary>
    public Compilation Compilation { get; }

    /// <summary>What the compiler says of the generators, such as that one has thrown.</summary>
    public ImmutableArray<Diagnostic> GeneratorDiagnostics { get; }

    /// <summary>What the analyzers report.</summary>
    public async Task<ImmutableArray<Diagnostic>> AnalyzeAsync() =>
        await Compilation.WithAnalyzers(Analyzers, options).GetAnalyzerDiagnosticsAsync(CancellationToken.None);
}
