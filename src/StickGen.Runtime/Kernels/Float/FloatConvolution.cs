using System.Numerics;
using System.Runtime.InteropServices;
using StickGen.Operations;

namespace StickGen.Kernels.Float;

/// <summary>
/// Convolution and linear in float32, for layers that are kept so. Each output is bias + Σ x · w, summed one tap after the
/// other in the order row, column, input channel, without fused multiply-add; vectors hold different output channels, so
/// the bits are the same whatever their width.
/// </summary>
internal sealed class FloatConvolution
{
    private readonly Window window;
    private readonly int groups;
    private readonly int groupInputs;
    private readonly int groupOutputs;
    private readonly Activation activation;
    private readonly float[] bias;

    /// <summary>[group, row, column, input, output].</summary>
    private readonly float[] weights;

    /// <param name="window">Kernel, stride, padding, dilation.</param>
    /// <param name="groups">The number of groups.</param>
    /// <param name="weights">As stored: [output, input of the group, row, column].</param>
    /// <param name="bias">One for each output channel.</param>
    /// <param name="activation">Applied to the sums.</param>
    public FloatConvolution(Window window, int groups, ReadOnlySpan<float> weights, float[] bias, Activation activation)
    {
        (this.window, this.groups, this.activation, this.bias) = (window, groups, activation, bias);
        groupOutputs = bias.Length / groups;
        var taps = window.Kernel.Height * window.Kernel.Width;
        groupInputs = weights.Length / bias.Length / taps;
        this.weights = new float[weights.Length];
        for (var output = 0; output < bias.Length; output++)
        {
            var (group, channel) = Math.DivRem(output, groupOutputs);
            for (var input = 0; input < groupInputs; input++)
            {
                for (var tap = 0; tap < taps; tap++)
                {
                    this.weights[(((((group * taps) + tap) * groupInputs) + input) * groupOutputs) + channel] =
                        weights[(((output * groupInputs) + input) * taps) + tap];
                }
            }
        }
    }

    /// <summary>Computes the pixels of a part.</summary>
    public void Run(ReadOnlySpan<float> source, Span<float> target, in ConvolutionGeometry geometry, Part part)
    {
        var (images, height, width, outputHeight, outputWidth) = geometry;
        var (first, end) = part.Of(images * outputHeight * outputWidth);
        for (var pixel = first; pixel < end; pixel++)
        {
            var (row, x) = Math.DivRem(pixel, outputWidth);
            var (n, y) = Math.DivRem(row, outputHeight);
            var image = source.Slice(n * height * width * groups * groupInputs, height * width * groups * groupInputs);
            for (var group = 0; group < groups; group++)
            {
                var sums = target.Slice(((pixel * groups) + group) * groupOutputs, groupOutputs);
                bias.AsSpan(group * groupOutputs, groupOutputs).CopyTo(sums);
                Accumulate(image, height, width, (y * window.Stride.Height) - window.Padding.Height, (x * window.Stride.Width) - window.Padding.Width, group, sums);
                FloatKernels.Activate(sums, sums, activation);
            }
        }
    }

    private void Accumulate(ReadOnlySpan<float> image, int height, int width, int top, int left, int group, Span<float> sums)
    {
        var kernel = window.Kernel;
        for (var row = 0; row < kernel.Height; row++)
        {
            var h = top + (row * window.Dilation.Height);
            if ((uint)h >= (uint)height)
                continue;
            for (var column = 0; column < kernel.Width; column++)
            {
                var w = left + (column * window.Dilation.Width);
                if ((uint)w >= (uint)width)
                    continue;
                var inputs = image.Slice(((((h * width) + w) * groups) + group) * groupInputs, groupInputs);
                var tap = (((group * kernel.Height) + row) * kernel.Width) + column;
                MultiplyAdd(inputs, weights.AsSpan(tap * groupInputs * groupOutputs, groupInputs * groupOutputs), sums);
            }
        }
    }

    /// <summary>sums += Σ inputs[i] · weights[i, …], for one i after the other; of four vectors at a time, whose chains do not wait for each other.</summary>
    private static void MultiplyAdd(ReadOnlySpan<float> inputs, ReadOnlySpan<float> weights, Span<float> sums)
    {
        const int Width = 4;
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(sums);
        var v = 0;
        for (; v + Width <= vectors.Length; v += Width)
        {
            var (s0, s1, s2, s3) = (vectors[v], vectors[v + 1], vectors[v + 2], vectors[v + 3]);
            for (var i = 0; i < inputs.Length; i++)
            {
                var row = MemoryMarshal.Cast<float, Vector<float>>(weights.Slice((i * sums.Length) + (v * Vector<float>.Count), Width * Vector<float>.Count));
                var input = new Vector<float>(inputs[i]);
                s0 += input * row[0];
                s1 += input * row[1];
                s2 += input * row[2];
                s3 += input * row[3];
            }

            (vectors[v], vectors[v + 1], vectors[v + 2], vectors[v + 3]) = (s0, s1, s2, s3);
        }

        for (; v < vectors.Length; v++)
        {
            var sum = vectors[v];
            var column = v * Vector<float>.Count;
            for (var i = 0; i < inputs.Length; i++)
                sum += new Vector<float>(inputs[i]) * new Vector<float>(weights.Slice((i * sums.Length) + column));
            vectors[v] = sum;
        }

        for (var column = vectors.Length * Vector<float>.Count; column < sums.Length; column++)
        {
            var sum = sums[column];
            for (var i = 0; i < inputs.Length; i++)
                sum += inputs[i] * weights[(i * sums.Length) + column];
            sums[column] = sum;
        }
    }
}
