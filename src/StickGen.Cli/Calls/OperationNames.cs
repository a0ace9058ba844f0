using System.Text;
using StickGen.Kinds;

namespace StickGen.Cli.Calls;

/// <summary>Compares the names of operations: <c>relu_</c> and <c>op_Addition</c> in code, <c>Relu</c> and <c>Add</c> in the tracer.</summary>
internal static class OperationNames
{
    /// <summary>The kind that a method of the tracer is named after: <c>max_pool2d</c> for <c>MaxPool2d</c>.</summary>
    public static string KindOf(string tracerMethod)
    {
        var kind = new StringBuilder();
        foreach (var letter in tracerMethod)
        {
            if (char.IsUpper(letter) && kind.Length > 0)
                kind.Append('_');
            kind.Append(char.ToLowerInvariant(letter));
        }

        return kind.ToString();
    }

    /// <summary>Whether a function, method, property or operator of TorchSharp can be a node of a kind.</summary>
    public static bool IsCallOf(string name, string kind) =>
        name.TrimEnd('_') == kind || KindsOf(name).Any(possible => possible.Name == kind);

    /// <summary>Whether a call gives several tensors, of which each one that is read is a node.</summary>
    public static bool GivesList(string name) => KindsOf(name).Any(kind => kind.GivesList);

    private static IEnumerable<NodeKind> KindsOf(string name) => NodeKinds.OfCall(name).Concat(NodeKinds.OfCall("." + name));
}
