using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Onnx;

/// <content>What moves, repeats or selects values, and reductions.</content>
internal sealed partial class OnnxTranslation
{
    private void Permute(GraphNode node, Permute permute)
    {
        var rank = permute.Order.Count;
        Move(node, "Transpose", [], OnnxAttribute.Integers("perm", [.. permute.Order.Select(axis => axis < 0 ? axis + rank : axis)]));
    }

    private void Slice(GraphNode node, Slice slice)
    {
        // To the end of the dimension, if that is not known: then the slice is the whole of it.
        var end = slice.Length.IsFixed ? slice.Start + ((slice.Length.Size - 1) * slice.Step) + 1 : long.MaxValue;
        var isWhole = slice.Start == 0 && slice.Step == 1 && node.Inputs[0].Shape is { } shape && shape[slice.Axis] == slice.Length;
        if (!slice.Length.IsFixed && !isWhole)
            throw Unsupported(node, $"its length {slice.Length} is not a number.");
        Move(
            node, "Slice",
            [
                Integers(node, "start", slice.Start), Integers(node, "end", slice.Start < 0 && end >= 0 ? long.MaxValue : end),
                Integers(node, "axis", slice.Axis), Integers(node, "step", slice.Step),
            ]);
    }

    private void Select(GraphNode node, Select select) => Move(
        node, "Gather", [onnx.AddConstant<long>($"{node.Name}.index", OnnxType.Int64, [], select.Index)], OnnxAttribute.Integer("axis", select.Axis));

    private void Expand(GraphNode node, Expand expand)
    {
        var from = node.Inputs[0].Shape ?? throw Unsupported(node, "the rank of its input is not known.");
        var target = new long[expand.Target.Rank];
        for (var i = 1; i <= target.Length; i++)
        {
            // ONNX keeps a dimension where the target is 1.
            target[^i] = expand.Target[-i].IsFixed ? expand.Target[-i].Size
                : i <= from.Rank && from[-i] == expand.Target[-i] ? 1
                : throw Unsupported(node, $"the size {expand.Target[-i]} that it expands to is not a number.");
        }

        Move(node, "Expand", [onnx.AddConstant($"{node.Name}.shape", OnnxType.Int64, [target.Length], target.AsSpan())]);
    }

    private void Upsample(GraphNode node, Upsample upsample) => Move(
        node,
        "Resize",
        ["", onnx.AddConstant<float>($"{node.Name}.factors", OnnxType.Float, [4], 1, 1, upsample.Factor.Height, upsample.Factor.Width)],
        OnnxAttribute.Text("mode", "nearest"),
        OnnxAttribute.Text("coordinate_transformation_mode", "asymmetric"),
        OnnxAttribute.Text("nearest_mode", "floor"));

    private void Reduce(GraphNode node, Reduce reduce)
    {
        var keep = OnnxAttribute.Integer("keepdims", reduce.KeepDimensions ? 1 : 0);
        long[] axes = [.. reduce.Axes];
        if (reduce.Function == "mean")
            Compute(node, "ReduceMean", [Real(node.Inputs[0])], Activation.None, OnnxAttribute.Integers("axes", axes), keep);
        else
            Compute(node, "ReduceSum", [Real(node.Inputs[0]), onnx.AddConstant($"{node.Name}.axes", OnnxType.Int64, [axes.Length], axes.AsSpan())], Activation.None, keep);
    }

    /// <summary>
    /// Softmax of integers, written out: ONNX Runtime fuses the operator Softmax between DequantizeLinear and QuantizeLinear, and what it makes of it
    /// does not saturate (1 becomes 0).
    /// </summary>
    private void Softmax(GraphNode node, Softmax softmax)
    {
        var real = Real(node.Inputs[0]);
        if (node.Output.Quantization is null)
        {
            onnx.Add("Softmax", [real], node.Output.Name, OnnxAttribute.Integer("axis", softmax.Axis));
            return;
        }

        var (greatest, distance, exponential, sum) = (
            onnx.Fresh($"{node.Name}.greatest"), onnx.Fresh($"{node.Name}.distance"), onnx.Fresh($"{node.Name}.exponential"), onnx.Fresh($"{node.Name}.sum"));
        onnx.Add("ReduceMax", [real], greatest, OnnxAttribute.Integers("axes", softmax.Axis), OnnxAttribute.Integer("keepdims", 1));
        onnx.Add("Sub", [real, greatest], distance);
        onnx.Add("Exp", [distance], exponential);
        onnx.Add("ReduceSum", [exponential, Integers(node, "axes", softmax.Axis)], sum, OnnxAttribute.Integer("keepdims", 1));
        Compute(node, "Div", [exponential, sum]);
    }

    private string Integers(GraphNode node, string what, long value) => onnx.AddConstant<long>($"{node.Name}.{what}", OnnxType.Int64, [1], value);
}
