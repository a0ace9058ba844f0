using FsCheck;
using FsCheck.Xunit;
using StickGen.Kernels;
using StickGen.Kernels.Avx2;
using StickGen.Kernels.Portable;
using StickGen.Operations;

namespace StickGen.Runtime.Tests.Kernels;

/// <summary>Depthwise 3×3 convolutions, whose stores go beyond their channels, write the portable kernel's bytes and no others.</summary>
public sealed class DepthwiseTests
{
    [Property(MaxTest = 200)]
    public void Bytes_are_those_of_the_portable_kernel(DoNotSize<int> seed)
    {
        if (!Avx2Kernels.IsSupported)
            return;
        var random = new Random(seed.Item);
        var channels = random.Next(2) == 0 ? random.Next(2, 40) : 16 * random.Next(1, 5);
        var window = new Window(3, new(random.Next(1, 4), random.Next(1, 4)), new(random.Next(3), random.Next(3)), 1);
        var (images, height, width) = (random.Next(1, 3), random.Next(3, 14), random.Next(3, 14));
        var low = random.Next(0, 100);
        var isSmall = random.Next(5) > 0;
        var definition = new ConvolutionDefinition
        {
            Window = window,
            Groups = channels,
            InputChannels = channels,
            OutputChannels = channels,
            Bias = [.. Enumerable.Range(0, channels).Select(_ => random.Next(-20_000, 20_000))],
            InputZeroPoint = (byte)random.Next(256),
            HighestInput = 255,
            Output = new RequantizedOutput(
                // From 1 on, the product with an accumulator may not fit an int32.
                [.. Enumerable.Range(0, channels).Select(_ => random.NextSingle() / (isSmall ? 300 : 1e-6f))], new(1, random.Next(256), low, random.Next(low, 256))),
        };
        var weights = new sbyte[channels * 9];
        foreach (ref var weight in weights.AsSpan())
            weight = (sbyte)random.Next(-127, 128);
        var source = new byte[images * height * width * channels];
        random.NextBytes(source);
        var geometry = new ConvolutionGeometry(
            images,
            height,
            width,
            ((height + (2 * window.Padding.Height) - 3) / window.Stride.Height) + 1,
            ((width + (2 * window.Padding.Width) - 3) / window.Stride.Width) + 1);

        Assert.True(Depthwise3x3.Suits(definition));
        var expected = Run(new PortableConvolution(definition, weights), 1);
        var convolution = new Depthwise3x3(definition, weights);
        Assert.Equal(expected, Run(convolution, 1));
        Assert.Equal(expected, Run(convolution, random.Next(2, 5)));

        // In reverse order: a part must not write where a part before it did. What comes after the output has to stay, too.
        byte[] Run(IConvolution convolution, int parts)
        {
            var bound = convolution.Bind(geometry);
            var length = images * geometry.OutputHeight * geometry.OutputWidth * channels;
            var memory = new byte[length + 16];
            memory.AsSpan(length).Fill(77);
            for (var i = parts - 1; i >= 0; i--)
                bound.Run(source, memory.AsSpan(0, length), new byte[bound.ScratchBytes], new(i, parts));
            return memory;
        }
    }
}
