using System.Globalization;
using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>A reshape to sizes that are written in <c>forward</c>, or come from fields: they may have to follow when channels are removed.</summary>
internal static class SizedReshape
{
    /// <summary>Whether a node is one.</summary>
    public static bool Is(CapturedNode node) =>
        node is { Kind: "reshape", Module: null, Operands.Count: 1 }
        && node.Arguments.All(argument => !IsWhole(argument.Value)) && node.Arguments.Any(argument => IsSize(argument.Value));

    /// <summary>Whether an argument is such a size: not -1, and not read from a shape on the spot.</summary>
    public static bool IsSize(CapturedExpression argument) =>
        !(argument.Forward.Count == 1 && argument.Forward[0] is { Kind: CodePartKind.Code, Text: "-1" })
        && !(argument.Forward.Count == 2 && argument.Forward[0].Kind == CodePartKind.Value);

    /// <summary>The reshape, whose sizes are looked up where pruning has changed them.</summary>
    /// <param name="node">The node.</param>
    /// <param name="sizes">What they are looked up in.</param>
    /// <param name="value">The value that is reshaped.</param>
    /// <param name="code">Writes the sizes.</param>
    public static string Write(CapturedNode node, string sizes, string value, CodeRenderer code)
    {
        var shape = node.Arguments.Select((argument, i) => IsSize(argument.Value)
            ? $"{sizes}.Of({node.Id.ToString(CultureInfo.InvariantCulture)}, {i.ToString(CultureInfo.InvariantCulture)}, {code.Render(argument.Value.Forward)})"
            : code.Render(argument.Value.Forward));
        return $"{value}.reshape({string.Join(", ", shape)})";
    }

    /// <summary>Whether it is a whole shape in one expression.</summary>
    private static bool IsWhole(CapturedExpression argument) =>
        argument.Replay is not { Count: > 0 } replay || (replay[0].Kind == CodePartKind.Code && replay[0].Text.StartsWith("[", StringComparison.Ordinal));
}
