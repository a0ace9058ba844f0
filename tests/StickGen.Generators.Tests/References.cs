using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;

namespace StickGen.Generators.Tests;

/// <summary>What user code is compiled against. Shared by all tests, because reading them is what takes the time.</summary>
internal static class References
{
    /// <summary>An app that has the attributes alone.</summary>
    public static IReadOnlyList<MetadataReference> Attributes { get; } = [.. Net100.References.All, File(typeof(DeployedModelAttribute))];

    /// <summary>An app that runs a deployed model: no TorchSharp.</summary>
    public static IReadOnlyList<MetadataReference> Deployment { get; } = [.. Attributes, File(typeof(Graphs.ModelGraph))];

    /// <summary>A project that trains: TorchSharp's managed assembly, which user models are compiled against and never run.</summary>
    public static IReadOnlyList<MetadataReference> Training { get; } =
    [
        .. Deployment,
        File(typeof(TorchSharp.torch)),
        MetadataReference.CreateFromFile(Path.Combine(AppContext.BaseDirectory, "StickGen.Torch.dll")),
    ];

    private static PortableExecutableReference File(Type type) => MetadataReference.CreateFromFile(type.Assembly.Location);
}
