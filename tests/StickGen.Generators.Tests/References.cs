using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;

namespace StickGen.Generators.Tests;

/// <summary>What user code is compiled against. Shared by all tests, because reading them is what takes the time.</summary>
internal static class References
{
    /// <summary>An app that runs a deployed model: no TorchSharp.</summary>
    public static IReadOnlyList<MetadataReference> Deployment { get; } =
    [
        .. Net100.References.All,
        File(typeof(DeployedModelAttribute)),
        File(typeof(Graphs.ModelGraph)),
    ];

    private static PortableExecutableReference File(Type type) => MetadataReference.CreateFromFile(type.Assembly.Location);
}
