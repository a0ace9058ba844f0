using StickGen.Graphs;

namespace StickGen.Onnx;

/// <content>Flatten and reshape.</content>
internal sealed partial class OnnxTranslation
{
    /// <summary>
    /// Both are Reshape, in which a size that is a number is given, one that stays in its place is copied (0), and one other may
    /// be computed (−1).
    /// </summary>
    private void SetShape(GraphNode node)
    {
        if (node.Inputs[0].Shape is not { } from || node.Output.Shape is not { } to)
            throw Unsupported(node, "the rank of its input is not known.");
        var target = new long[to.Rank];
        var computed = 0;
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = to[i].IsFixed ? to[i].Size : IsCopied(from, to, i) ? 0 : -1;
            if (target[i] < 0)
                computed++;
        }

        if (computed > 1)
            throw Unsupported(node, $"from {from} to {to} more than one size has to be computed; ONNX computes one.");
        Move(node, "Reshape", [onnx.AddConstant($"{node.Name}.shape", OnnxType.Int64, [target.Length], target.AsSpan())]);
    }

    /// <summary>Whether a dynamic size is that of the same dimension before.</summary>
    private static bool IsCopied(Shape from, Shape to, int index) =>
        index < from.Rank && !to[index].IsUnknown && from[index] == to[index];
}
