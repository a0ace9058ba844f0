using StickGen.Capture;
using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>
/// The fields whose modules may be replaced by ones of another class: layers that <c>forward</c> only calls. The variants of a class that can be
/// pruned declare them by their base class.
/// </summary>
internal static class ReplaceableFields
{
    /// <summary>The base class of modules with one input and one result.</summary>
    public const string Type = "global::TorchSharp.torch.nn.Module<global::TorchSharp.torch.Tensor, global::TorchSharp.torch.Tensor>";

    private static readonly HashSet<string> Layers = new(StringComparer.Ordinal)
    {
        "global::TorchSharp.Modules.Conv2d", "global::TorchSharp.Modules.Linear", "global::TorchSharp.Modules.BatchNorm2d", "global::TorchSharp.Modules.ReLU",
    };

    private static readonly string[] Calls = [".forward(", ".call(", "!.forward(", "!.call("], Tests = [" is null", " is not null", " == null", " != null"];

    /// <summary>The names of such fields.</summary>
    public static HashSet<string> Of(CapturedModel model)
    {
        var result = new HashSet<string>(model.Modules.Where(field => Layers.Contains(field.Type)).Select(field => field.Name), StringComparer.Ordinal);
        foreach (var code in Code(model.Body))
        {
            for (var i = 0; i < code.Count; i++)
            {
                if (code[i].Kind == CodePartKind.Member && !IsCalledOrTested(code, i))
                    result.Remove(code[i].Text);
            }
        }

        // One that is given more than a tensor is called in a way that others do not know.
        foreach (var node in model.Body.Steps().OfType<NodeStep>().Select(step => step.Node).Where(node => node.Module is not null && (node.Operands.Count != 1 || node.Arguments.Count > 0)))
            result.ExceptWith(node.Module!.Code.Forward.Where(part => part.Kind == CodePartKind.Member).Select(part => part.Text));
        return result;
    }

    private static bool IsCalledOrTested(EquatableArray<CodePart> code, int member) =>
        member + 1 < code.Count && code[member + 1] is { Kind: CodePartKind.Code, Text: var next }
        && (Array.Exists(Calls, call => next.StartsWith(call, StringComparison.Ordinal)) || Array.Exists(Tests, test => next.StartsWith(test, StringComparison.Ordinal)));

    /// <summary>All code of a <c>forward</c>, but for how modules are reached where they are called.</summary>
    private static IEnumerable<EquatableArray<CodePart>> Code(SequenceRegion body) =>
        body.Steps().SelectMany(Code).Concat(body.Conditions()).Select(expression => expression.Forward);

    private static IEnumerable<CapturedExpression> Code(CapturedStep step) => step switch
    {
        NodeStep { Node: var node } => node.Arguments.Select(argument => argument.Value).Append(node.Code),
        LocalStep { Value: { } value } => [value],
        AssignmentStep { Value: var value } => [value],
        ListChangeStep { Code: var code } => [code],
        ElementStep { Element: var element } => [element],
        CodeStep { Code: var code } => [code],
        ThrowStep { Exception: var exception } => [exception],
        ReturnStep { Code: { } code } => [code],
        _ => [],
    };
}
