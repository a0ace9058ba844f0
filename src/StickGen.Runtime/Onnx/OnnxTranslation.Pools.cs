using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Operations;

namespace StickGen.Onnx;

/// <content>
/// Pools. Where the last window of <c>ceil_mode</c> ends outside of the image is written as padding: the attribute
/// <c>ceil_mode</c> of opset 17 says less than PyTorch about the last window and what it counts, and runtimes differ.
/// </content>
internal sealed partial class OnnxTranslation
{
    private void MaxPool(GraphNode node, MaxPool2d pool)
    {
        var window = pool.Window;
        var pads = Pads(node, window, pool.CeilMode);
        if (window.Dilation == 1 || pads.All(p => p == 0))
        {
            Move(node, "MaxPool", [], Attributes(pads));
            return;
        }

        // Dilated windows may be padded by more than the kernel's size, which ONNX Runtime does not take, and may miss the image.
        // In real numbers: a Pad of integers with 0 it would merge into the pool.
        var padded = onnx.Fresh($"{node.Name}.padded");
        var sizes = onnx.AddConstant<long>($"{node.Name}.pads", OnnxType.Int64, [8], [0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]]);
        var lowest = onnx.AddConstant($"{node.Name}.lowest", OnnxType.Float, [], float.NegativeInfinity);
        onnx.Add("Pad", [Real(node.Inputs[0]), sizes, lowest], padded);
        Compute(node, "MaxPool", [padded], Activation.None, Attributes([0, 0, 0, 0]));

        OnnxAttribute[] Attributes(ReadOnlySpan<long> pads) =>
        [
            OnnxAttribute.Integers("kernel_shape", window.Kernel.Height, window.Kernel.Width),
            OnnxAttribute.Integers("strides", window.Stride.Height, window.Stride.Width),
            OnnxAttribute.Integers("pads", pads),
            OnnxAttribute.Integers("dilations", window.Dilation.Height, window.Dilation.Width),
        ];
    }

    private void MeanPool(GraphNode node, AvgPool2d pool)
    {
        var window = pool.Window;
        var pads = Pads(node, window, pool.CeilMode);
        var hangsOver = pads[2] > window.Padding.Height || pads[3] > window.Padding.Width;
        if (pool.DivisorOverride is null && !(pool.CountIncludePad && hangsOver))
        {
            AveragePool(node, window.Kernel, window.Stride, pads, pool.CountIncludePad);
            return;
        }

        // Every window is divided by the size of the kernel, and what it should have been divided by is made up for.
        double area = (double)window.Kernel.Height * window.Kernel.Width;
        var factors = pool.DivisorOverride is { } divisor
            ? onnx.AddConstant($"{node.Name}.factor", OnnxType.Float, [], (float)(area / divisor))
            : Factors(node, pool, area);
        var mean = onnx.Fresh($"{node.Name}.mean");
        onnx.Add("AveragePool", [Real(node.Inputs[0])], mean, PoolAttributes(window.Kernel, window.Stride, pads, countPadding: true));
        Compute(node, "Mul", [mean, factors]);
    }

    /// <summary>For each window, by what the mean over the whole kernel is too small.</summary>
    private string Factors(GraphNode node, AvgPool2d pool, double area)
    {
        var (window, from, to) = (pool.Window, node.Inputs[0].Shape!, node.Output.Shape!);
        var rows = Axis(2, window.Kernel.Height, window.Stride.Height, window.Padding.Height);
        var columns = Axis(3, window.Kernel.Width, window.Stride.Width, window.Padding.Width);
        var factors = new float[rows.Output * columns.Output];
        for (var i = 0; i < factors.Length; i++)
        {
            var (row, column) = Math.DivRem(i, columns.Output);
            factors[i] = (float)(area / (rows.Window(row).Count * (double)columns.Window(column).Count));
        }

        return onnx.AddConstant<float>($"{node.Name}.factors", OnnxType.Float, [1, 1, rows.Output, columns.Output], factors);

        MeanAxis Axis(int dimension, int kernel, int stride, int padding) =>
            new(checked((int)from[dimension].Size), checked((int)to[dimension].Size), kernel, stride, padding, pool.CountIncludePad);
    }

    private void AveragePool(GraphNode node, Size2 kernel, Size2 stride, ReadOnlySpan<long> pads, bool countPadding) => Compute(
        node, "AveragePool", [Real(node.Inputs[0])], Activation.None, PoolAttributes(kernel, stride, pads, countPadding));

    private static OnnxAttribute[] PoolAttributes(Size2 kernel, Size2 stride, ReadOnlySpan<long> pads, bool countPadding) =>
    [
        OnnxAttribute.Integers("kernel_shape", kernel.Height, kernel.Width),
        OnnxAttribute.Integers("strides", stride.Height, stride.Width),
        OnnxAttribute.Integers("pads", pads),
        OnnxAttribute.Integer("count_include_pad", countPadding ? 1 : 0),
    ];

    /// <summary>The padding before (rows, columns) and after (rows, columns) the image.</summary>
    private static long[] Pads(GraphNode node, Window window, bool ceiling)
    {
        return
        [
            window.Padding.Height,
            window.Padding.Width,
            After(2, window.Kernel.Height, window.Stride.Height, window.Padding.Height, window.Dilation.Height),
            After(3, window.Kernel.Width, window.Stride.Width, window.Padding.Width, window.Dilation.Width),
        ];

        long After(int dimension, int kernel, int stride, int padding, int dilation)
        {
            if (!ceiling)
                return padding;
            var (size, windows) = (node.Inputs[0].Shape?[dimension], node.Output.Shape?[dimension]);
            if (size is not { IsFixed: true } || windows is not { IsFixed: true })
                throw Unsupported(node, $"with ceil_mode the size of its input has to be fixed; it is {node.Inputs[0]}.");
            var end = ((windows.Value.Size - 1) * stride) + ((kernel - 1L) * dilation) + 1;
            return Math.Max(padding, end - size.Value.Size - padding);
        }
    }
}
