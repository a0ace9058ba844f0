using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Kernels.Float;
using StickGen.Operations;

namespace StickGen.Planning;

/// <content>Layers that have weights.</content>
internal sealed partial class Lowering
{
    private void Convolution(GraphNode node, Conv2d conv)
    {
        var image = node.Inputs[0];
        var geometry = new ConvolutionGeometry(
            (int)image.Shape![0].Size,
            Coordinate(image.Shape[2].Size, conv.Window.Padding.Height, image),
            Coordinate(image.Shape[3].Size, conv.Window.Padding.Width, image),
            (int)node.Output.Shape![2].Size,
            (int)node.Output.Shape[3].Size);
        Convolution(node, LoadImage(image), default, ImageLayout(node.Output), geometry);
    }

    private void LinearLayer(GraphNode node)
    {
        var input = node.Inputs[0];
        // Only a matrix can be read in the layout of a flattened image.
        var layout = input.Shape!.Rank == 2 ? stored[input].Layout : Layout.RowMajor;
        var source = Load(input, layout);
        var rows = (int)(Elements(input) / input.Shape[-1].Size);
        Convolution(node, source, layout, Layout.RowMajor, new(1, rows, 1, rows, 1));
    }

    private void Convolution(GraphNode node, Buffer source, Layout sourceLayout, Layout targetLayout, ConvolutionGeometry geometry)
    {
        var target = Store(node.Output, targetLayout);
        if (node.Inputs[0].Quantization is null)
        {
            var convolution = weights.Float(node, sourceLayout);
            var pixels = geometry.Images * geometry.OutputHeight * geometry.OutputWidth;
            var work = (long)pixels * node.Inputs[1].Data.Length / 4;
            Emit([source], node.Output, Math.Min(pixels, PartsOf(work)), (f, part) => convolution.Run(f.Floats(source), f.Floats(target), geometry, part));
        }
        else
        {
            var convolution = weights.Integer(node, sourceLayout).Bind(geometry);
            var parts = convolution.Parts(threads);
            var scratch = Array.ConvertAll(new int[parts], _ => Allocate(convolution.ScratchBytes, node.Name));
            Emit(
                [source, .. scratch],
                node.Output,
                parts,
                (f, part) => convolution.Run(f.Bytes(source), f.Bytes(target), f.Bytes(scratch[part.Index]), part));
        }
    }

    /// <summary>Folded into a factor and an offset for each channel: γ / √(variance + ε) and β − mean · factor.</summary>
    private void Normalization(GraphNode node, BatchNorm norm)
    {
        var input = node.Inputs[0];
        var parameters = node.Inputs.Skip(1).Select(p => MemoryMarshal.Cast<byte, float>(p.Data.Span).ToArray()).ToArray();
        var factors = new float[parameters[0].Length];
        var offsets = new float[factors.Length];
        for (var c = 0; c < factors.Length; c++)
        {
            factors[c] = (float)(parameters[0][c] / Math.Sqrt(parameters[3][c] + norm.Epsilon));
            offsets[c] = parameters[1][c] - (parameters[2][c] * factors[c]);
        }

        var positions = (int)(Elements(input) / input.Shape![0].Size / factors.Length);
        var layout = Layout.ChannelsLast(factors.Length, positions);
        var source = Load(input, layout);
        var target = Store(node.Output, layout);
        // One channel is row-major and channels-last at once; one position has its channels innermost in both.
        Emit([source], node.Output, f => FloatKernels.ScaleAndShift(f.Floats(source), f.Floats(target), factors, offsets));
    }

    private static int Coordinate(long size, int padding, GraphValue image) =>
        size + (2L * padding) <= MaxCoordinate
            ? (int)size
            : throw new ArgumentException($"The image '{image.Name}' of shape {image.Shape} is too large with a padding of {padding}.");
}
