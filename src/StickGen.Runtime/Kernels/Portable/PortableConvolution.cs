using System.Runtime.InteropServices;
using StickGen.Operations;
using StickGen.Quantization;

namespace StickGen.Kernels.Portable;

/// <summary>Convolution as it is defined: acc = bias + Σ (q − zero point) · w over the taps inside the image.</summary>
internal sealed class PortableConvolution(ConvolutionDefinition definition, ReadOnlySpan<sbyte> stored) : IConvolution
{
    private readonly sbyte[] weights = Pack(definition, stored);

    public IBoundConvolution Bind(in ConvolutionGeometry geometry) => new Bound(this, geometry);

    private sealed class Bound(PortableConvolution convolution, ConvolutionGeometry geometry) : IBoundConvolution
    {
        public long ScratchBytes => 0;

        public int Parts(int threads) => Math.Min(threads, geometry.OutputHeight);

        public void Run(ReadOnlySpan<byte> source, Span<byte> target, Span<byte> scratch, Part part) =>
            convolution.Run(source, target, geometry, part);
    }

    private void Run(ReadOnlySpan<byte> source, Span<byte> target, in ConvolutionGeometry geometry, Part part)
    {
        var (images, height, width, outputHeight, outputWidth) = geometry;
        var (firstRow, endRow) = part.Of(outputHeight);
        var window = definition.Window;
        var (groupInputs, groupOutputs) = (definition.GroupInputs, definition.GroupOutputs);
        for (var n = 0; n < images; n++)
        {
            var position = ((n * outputHeight) + firstRow) * outputWidth * definition.OutputChannels;
            for (var y = firstRow; y < endRow; y++)
            {
                for (var x = 0; x < outputWidth; x++)
                {
                    for (var output = 0; output < definition.OutputChannels; output++)
                    {
                        var sum = definition.Bias[output];
                        var firstInput = output / groupOutputs * groupInputs;
                        for (var row = 0; row < window.Kernel.Height; row++)
                        {
                            var h = (y * window.Stride.Height) - window.Padding.Height + (row * window.Dilation.Height);
                            if ((uint)h >= (uint)height)
                                continue;
                            for (var column = 0; column < window.Kernel.Width; column++)
                            {
                                var w = (x * window.Stride.Width) - window.Padding.Width + (column * window.Dilation.Width);
                                if ((uint)w >= (uint)width)
                                    continue;
                                var pixel = source.Slice(
                                    (((((n * height) + h) * width) + w) * definition.InputChannels) + firstInput, groupInputs);
                                var tap = weights.AsSpan(
                                    ((((output * window.Kernel.Height) + row) * window.Kernel.Width) + column) * groupInputs, groupInputs);
                                for (var c = 0; c < pixel.Length; c++)
                                    sum += (pixel[c] - definition.InputZeroPoint) * tap[c];
                            }
                        }

                        Store(target, position++, output, sum);
                    }
                }
            }
        }
    }

    private void Store(Span<byte> target, int position, int channel, int accumulator)
    {
        switch (definition.Output)
        {
            case RequantizedOutput(var factors, var (_, zeroPoint, low, high)):
                target[position] = (byte)Requantization.Requantize(accumulator, factors[channel], zeroPoint, low, high);
                break;
            case FloatOutput(var factors, var activation):
                MemoryMarshal.Cast<byte, float>(target)[position] = activation.Apply(accumulator * factors[channel]);
                break;
        }
    }

    /// <summary>[output, row, column, input], as images are stored.</summary>
    private static sbyte[] Pack(ConvolutionDefinition definition, ReadOnlySpan<sbyte> source)
    {
        var packed = new sbyte[source.Length];
        var kernel = definition.Window.Kernel;
        var position = 0;
        for (var output = 0; output < definition.OutputChannels; output++)
        {
            for (var row = 0; row < kernel.Height; row++)
            {
                for (var column = 0; column < kernel.Width; column++)
                {
                    for (var input = 0; input < definition.GroupInputs; input++)
                        packed[position++] = definition.Weight(source, output, input, row, column);
                }
            }
        }

        return packed;
    }
}
