using Microsoft.CodeAnalysis;
using StickGen.Capture;

namespace StickGen.Generators;

/// <summary>Whether the library that emitted code stands on is there: without it nothing is emitted.</summary>
internal static class RuntimeLibrary
{
    /// <summary>Whether the compilation references StickGen.Torch, or is it.</summary>
    public static bool IsReferenced(Compilation compilation) =>
        compilation.GetTypeByMetadataName(KnownTypes.Compressible) is not null;
}
