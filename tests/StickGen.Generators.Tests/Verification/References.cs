using System.Collections.Immutable;
using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace StickGen.Generators.Tests.Verification;

/// <summary>What user code in the tests is compiled against; made once, because reading them dominates a test.</summary>
internal static class References
{
    public static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.CSharp14, DocumentationMode.Diagnose);

    /// <summary>What a project with nullable and warnings as errors compiles with.</summary>
    public static readonly CSharpCompilationOptions CompilationOptions = new(
        OutputKind.DynamicallyLinkedLibrary,
        nullableContextOptions: NullableContextOptions.Enable,
        warningLevel: 9999,
        // The SDK silences these two in every project: a reference to an older version of an assembly.
        specificDiagnosticOptions: [new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]);

    /// <summary>The framework and StickGen's attributes.</summary>
    public static readonly ImmutableArray<MetadataReference> Attributes =
        [.. Net100.References.All, MetadataReference.CreateFromFile(typeof(CompressibleAttribute).Assembly.Location)];

    /// <summary>What an application that runs a deployed model references: no TorchSharp.</summary>
    public static readonly ImmutableArray<MetadataReference> Deployment =
        [.. Attributes, MetadataReference.CreateFromFile(typeof(Graphs.ModelGraph).Assembly.Location)];

    /// <summary>The framework, TorchSharp and StickGen's attributes, without StickGen.Torch.</summary>
    public static readonly ImmutableArray<MetadataReference> WithoutTorch =
        [.. Deployment, MetadataReference.CreateFromFile(typeof(TorchSharp.torch).Assembly.Location)];

    /// <summary>All that an application which compresses models references; StickGen.Torch brings the built-in rules.</summary>
    public static readonly ImmutableArray<MetadataReference> All =
        [.. WithoutTorch, MetadataReference.CreateFromFile(typeof(Compression.ICompressible).Assembly.Location)];

    /// <summary>
    /// An empty compilation whose references are bound: what is made from it shares the symbols of all assemblies, as
    /// compilations do while a user types.
    /// </summary>
    public static CSharpCompilation EmptyCompilation => LazyCompilation.Value;

    private static readonly Lazy<CSharpCompilation> LazyCompilation = new(() =>
    {
        var compilation = CSharpCompilation.Create("App", [], All, CompilationOptions);
        Assert.NotNull(compilation.GetTypeByMetadataName("TorchSharp.torch"));
        return compilation;
    });
}
