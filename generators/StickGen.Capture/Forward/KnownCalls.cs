using Microsoft.CodeAnalysis;
using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <summary>A function of TorchSharp that is a node of a known kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Parameters">The parameters besides its tensors that the kind has.</param>
internal sealed record KnownCall(string Kind, string[] Parameters)
{
    /// <summary>Whether it writes into its first operand.</summary>
    public bool IsInPlace { get; init; }
}

/// <summary>
/// The table of functions and tensor methods. <c>functional.relu(x)</c>, <c>x.relu()</c> and <c>x.relu_()</c> are one
/// kind. To add one, add a line here, its kind to <see cref="NodeKinds"/> and its method to the run-time tracer.
/// </summary>
internal static class KnownCalls
{
    private static readonly Dictionary<string, KnownCall> Calls = new(StringComparer.Ordinal)
    {
        ["relu"] = new(NodeKinds.Relu, ["inplace"]),
        ["relu_"] = new(NodeKinds.Relu, []) { IsInPlace = true },
        ["relu6"] = new(NodeKinds.Relu6, ["inplace"]),
        ["relu6_"] = new(NodeKinds.Relu6, []) { IsInPlace = true },
        ["max_pool2d"] = new(NodeKinds.MaxPool2d, ["kernel_size", "stride", "strides", "padding", "dilation", "ceil_mode"]),
        ["avg_pool2d"] = new(
            NodeKinds.AvgPool2d, ["kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"]),
        ["adaptive_avg_pool2d"] = new(NodeKinds.AdaptiveAvgPool2d, ["output_size"]),
        ["dropout"] = new(NodeKinds.Dropout, ["p", "training", "inplace"]),
        ["flatten"] = new(NodeKinds.Flatten, ["start_dim", "end_dim"]),
        ["view"] = new(NodeKinds.Reshape, ["shape"]),
        ["reshape"] = new(NodeKinds.Reshape, ["shape"]),
        ["add"] = new(NodeKinds.Add, []),
        ["add_"] = new(NodeKinds.Add, []) { IsInPlace = true },
        ["op_Addition"] = new(NodeKinds.Add, []),
        ["cat"] = new(NodeKinds.Concat, ["dim"]),
        ["concat"] = new(NodeKinds.Concat, ["dim"]),
        ["alias"] = new(NodeKinds.Identity, []),
        ["contiguous"] = new(NodeKinds.Identity, []),
        ["clone"] = new(NodeKinds.Identity, []),
    };

    /// <summary>What a method of TorchSharp computes, if that is a known kind.</summary>
    public static KnownCall? Find(IMethodSymbol method, KnownTypes known) =>
        Calls.TryGetValue(method.Name, out var call)
        && (Same(method.ContainingType, known.Tensor) || Same(method.ContainingType, known.Torch) || Same(method.ContainingType, known.Functional))
            ? call
            : null;

    /// <summary>The number of tensors that a node of the kind reads, or -1 for any number.</summary>
    public static int OperandCount(string kind) => kind switch
    {
        NodeKinds.Add => 2,
        NodeKinds.Concat => -1,
        _ => 1,
    };

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
