using StickGen.Capture.Models;
using StickGen.Kinds;
using StickGen.Matching;

namespace StickGen.Capture.Planning;

/// <summary>The settings of a call, as far as its source says them.</summary>
internal static class CallSettings
{
    private static readonly string[] Operators = [" + ", " - ", " * ", " / "];

    /// <summary>A setting: what the call says, or the default; <see langword="null"/> where only the instance knows it.</summary>
    public static SettingValue? Of(CapturedNode node, string name)
    {
        foreach (var argument in node.Arguments)
        {
            if (argument.Parameter == name)
                return Constant(argument);
        }

        return Default(node.Kind, name);
    }

    /// <summary>The settings of a kind that patterns can compare.</summary>
    public static IEnumerable<string> Names(string kind) =>
        NodeKinds.IsArithmetic(kind) ? kind is "mul" or "add_scaled" ? ["number"] : ["number", "numberFirst"]
        : NodeKinds.Get(kind).Parameters.Values.Where(parameter => parameter.Default is not null).Select(parameter => parameter.Traced!).Distinct();

    /// <summary>Whether a node is an operator on tensors and literals, so that its kind says all of it.</summary>
    public static bool IsOperator(CapturedNode node) =>
        NodeKinds.IsArithmetic(node.Kind)
        && node.Code.Forward.All(part => part.Kind is CodePartKind.Value or CodePartKind.Code)
        && node.Code.Forward.Where(part => part.Kind == CodePartKind.Code).ToArray() is { Length: 1 } code
        && Operators.Any(text => code[0].Text.StartsWith(text, StringComparison.Ordinal) || code[0].Text.EndsWith(text, StringComparison.Ordinal))
        && node.Arguments.All(IsConstant);

    public static bool IsConstant(CapturedArgument argument) => Constant(argument) is not null;

    /// <summary>The value of an argument that is a literal.</summary>
    public static SettingValue? Constant(CapturedArgument argument) =>
        argument.Value.Forward is { Count: 1 } code && code[0].Kind == CodePartKind.Code ? SettingValue.OfCode(code[0].Text) : null;

    private static SettingValue? Default(string kind, string name) =>
        NodeKinds.Get(kind).Parameters.Values.FirstOrDefault(parameter => parameter.Traced == name && parameter.Default is not (null or "?")) is { } parameter
            ? SettingValue.Parse(parameter.Default!)
            : NodeKinds.IsArithmetic(kind) ? default(SettingValue) : null;
}
