using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Kernels.Float;
using StickGen.Operations;

namespace StickGen.Planning;

/// <content>Pools.</content>
internal sealed partial class Lowering
{
    private void MaxPool(GraphNode node, MaxPool2d pool)
    {
        var image = node.Inputs[0];
        var shape = image.Shape!;
        var geometry = new MaxPoolGeometry(
            (int)shape[0].Size,
            Coordinate(shape[2].Size, pool.Window.Padding.Height, image),
            Coordinate(shape[3].Size, pool.Window.Padding.Width, image),
            (int)shape[1].Size,
            (int)node.Output.Shape![2].Size,
            (int)node.Output.Shape[3].Size,
            pool.Window);
        var source = LoadImage(image);
        var target = Store(node.Output, ImageLayout(node.Output));
        if (image.Quantization is { } quantization)
        {
            var lowest = (byte)quantization.Low;
            Emit([source], node.Output, f => kernels.MaxPool(f.Bytes(source), f.Bytes(target), geometry, lowest));
        }
        else
        {
            Emit([source], node.Output, f => FloatKernels.MaxPool(f.Floats(source), f.Floats(target), geometry));
        }
    }

    private void MeanPool(GraphNode node, AvgPool2d pool)
    {
        var image = node.Inputs[0];
        MeanPool(
            node,
            Axis(2, pool.Window.Kernel.Height, pool.Window.Stride.Height, pool.Window.Padding.Height),
            Axis(3, pool.Window.Kernel.Width, pool.Window.Stride.Width, pool.Window.Padding.Width),
            pool.DivisorOverride ?? 0);

        MeanAxis Axis(int dimension, int kernel, int stride, int padding) => new(
            Coordinate(image.Shape![dimension].Size, padding, image),
            (int)node.Output.Shape![dimension].Size,
            kernel,
            stride,
            padding,
            pool.CountIncludePad);
    }

    private void AdaptiveMeanPool(GraphNode node)
    {
        var image = node.Inputs[0];
        var (rows, columns) = (Axis(2), Axis(3));
        if (Longest(rows) * Longest(columns) * byte.MaxValue > int.MaxValue)
            throw new ArgumentException($"A mean over '{image.Name}' of shape {image.Shape} can overflow an int32.");
        MeanPool(node, rows, columns, divisor: 0);

        MeanAxis Axis(int dimension) => new(
            Coordinate(image.Shape![dimension].Size, 0, image), (int)node.Output.Shape![dimension].Size, 0, 0, 0, false);

        static long Longest(MeanAxis axis) => (axis.Input / axis.Output) + 2L;
    }

    private void MeanPool(GraphNode node, MeanAxis rows, MeanAxis columns, int divisor)
    {
        var image = node.Inputs[0];
        var geometry = new MeanPoolGeometry((int)image.Shape![0].Size, (int)image.Shape[1].Size, rows, columns, divisor);
        var source = LoadImage(image);
        var target = Store(node.Output, ImageLayout(node.Output));
        if (image.Quantization is { } input)
        {
            var scales = new MeanPoolScales(input.Scale, input.ZeroPoint, Range(node.Output.Quantization!));
            Emit([source], node.Output, f => kernels.MeanPool(f.Bytes(source), f.Bytes(target), geometry, scales));
        }
        else
        {
            Emit([source], node.Output, f => FloatKernels.MeanPool(f.Floats(source), f.Floats(target), geometry));
        }
    }
}
