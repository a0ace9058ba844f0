using Microsoft.CodeAnalysis;
using StickGen.Kinds;

namespace StickGen.Capture.Forward;

/// <summary>What calls of TorchSharp's functions and tensor methods are.</summary>
internal static class KnownCalls
{
    /// <summary>The kinds that a method of TorchSharp may be, depending on its arguments.</summary>
    public static IEnumerable<NodeKind> Find(IMethodSymbol method, KnownTypes known) =>
        Same(method.ContainingType, known.Tensor) || Same(method.ContainingType, known.Torch) || Same(method.ContainingType, known.Functional)
            ? NodeKinds.OfCall(method.Name)
            : [];

    /// <summary>Whether a method of this name writes into its first tensor, by PyTorch's convention.</summary>
    public static bool IsInPlace(string name) => name.EndsWith("_", StringComparison.Ordinal);

    /// <summary>Whether a call of this name hands its tensor through, and only changes who disposes it.</summary>
    public static bool ChangesScopeOnly(string name) =>
        name is "MoveToOuterDisposeScope" or "DetachFromDisposeScope" or "MoveToOtherDisposeScope" or "MoveToOuter" or "Detach" or "Attach" or "Include";

    /// <summary>Whether a call of this name, without a result, only disposes.</summary>
    public static bool DisposesOnly(string name) =>
        name is "Dispose" or "DisposeEarly" or "DisposeEverything" or "DisposeEverythingBut" or "MoveToOuterDisposeScope" or "MoveToOuter"
            or "DetachFromDisposeScope" or "Detach" or "Attach" or "Include" or "Exclude";

    private static bool Same(INamedTypeSymbol? left, INamedTypeSymbol? right) =>
        right is not null && SymbolEqualityComparer.Default.Equals(left, right);
}
