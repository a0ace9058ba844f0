using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Analyzers;

/// <summary>What a project that trains and compresses models references. The assembly is only read: this process has no libtorch.</summary>
internal static class TrainingReferences
{
    public static readonly ImmutableArray<MetadataReference> All =
        [.. References.WithoutTorch, MetadataReference.CreateFromFile(Path.Combine(AppContext.BaseDirectory, "StickGen.Torch.dll"))];
}
