using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Operations;

namespace StickGen.Onnx;

/// <content>Adaptive pools, whose windows follow from the sizes of image and result.</content>
internal sealed partial class OnnxTranslation
{
    private void AdaptiveMeanPool(GraphNode node)
    {
        var output = ((AdaptiveAvgPool2d)node.Operation).Output;
        if (output == 1)
        {
            Compute(node, "GlobalAveragePool", [Real(node.Inputs[0])]);
            return;
        }

        var rows = AdaptiveAxis(node, 2, output.Height);
        var columns = AdaptiveAxis(node, 3, output.Width);
        if (Uniform(rows) is { } height && Uniform(columns) is { } width)
        {
            AveragePool(node, new(height.Kernel, width.Kernel), new(height.Stride, width.Stride), [0, 0, 0, 0], countPadding: false);
            return;
        }

        // Windows of different sizes: a product with the matrix of their means from each side that is not kept.
        var source = Real(node.Inputs[0]);
        if (output.Width == 0)
        {
            Compute(node, "MatMul", [MeanMatrix($"{node.Name}.rows", rows, transposed: false), source]);
            return;
        }

        var right = MeanMatrix($"{node.Name}.columns", columns, transposed: true);
        if (output.Height == 0)
        {
            Compute(node, "MatMul", [source, right]);
            return;
        }

        var across = onnx.Fresh($"{node.Name}.across");
        onnx.Add("MatMul", [source, right], across);
        Compute(node, "MatMul", [MeanMatrix($"{node.Name}.rows", rows, transposed: false), across]);
    }

    private static MeanAxis AdaptiveAxis(GraphNode node, int dimension, int output)
    {
        // A size that is kept may be dynamic: its windows are single values whatever it is.
        if (output == 0)
            return new(1, 1, 0, 0, 0, false);
        if (node.Inputs[0].Shape?[dimension] is not { IsFixed: true } size)
            throw Unsupported(node, $"its windows follow from the size of its input, which has to be fixed unless the result is 1×1; it is {node.Inputs[0]}.");
        return new(checked((int)size.Size), output, 0, 0, 0, false);
    }

    /// <summary>Kernel and stride, if all windows have one size and are equally far apart.</summary>
    private static (int Kernel, int Stride)? Uniform(MeanAxis axis)
    {
        var (first, firstEnd, kernel) = axis.Window(0);
        var stride = axis.Output > 1 ? axis.Window(1).Begin - first : 1;
        if (stride < 1 || first != 0 || firstEnd != kernel)
            return null;
        for (var i = 1; i < axis.Output; i++)
        {
            var (begin, _, count) = axis.Window(i);
            if (begin != i * stride || count != kernel)
                return null;
        }

        // Else a window would follow that the result does not have.
        return ((axis.Input - kernel) / stride) + 1 == axis.Output ? (kernel, stride) : null;
    }

    /// <summary>A row for each window, with 1 / count at the values in it; or a column.</summary>
    private string MeanMatrix(string name, MeanAxis axis, bool transposed)
    {
        var matrix = new float[axis.Input * axis.Output];
        for (var i = 0; i < axis.Output; i++)
        {
            var (begin, end, count) = axis.Window(i);
            for (var position = begin; position < end; position++)
                matrix[transposed ? (position * axis.Output) + i : (i * axis.Input) + position] = 1f / count;
        }

        return onnx.AddConstant<float>(name, OnnxType.Float, transposed ? [axis.Input, axis.Output] : [axis.Output, axis.Input], matrix);
    }
}
