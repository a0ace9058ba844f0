using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Xunit;
using StickGen.Kernels;
using StickGen.Kernels.Avx2;
using StickGen.Kernels.Portable;
using StickGen.Operations;

namespace StickGen.Runtime.Tests.Kernels;

/// <summary>3×3 convolutions by fewer products have the sums of the definition.</summary>
public sealed class WinogradTests
{
    [Property(MaxTest = 80)]
    public void Sums_are_those_of_the_definition(DoNotSize<int> seed)
    {
        if (!Avx2Kernels.IsSupported)
            return;
        var random = new Random(seed.Item);
        // Few weights are kept transformed, more are not.
        var (inputs, outputs, padding) = (16 * random.Next(1, 6), 16 * random.Next(1, 6), random.Next(3));
        var (images, height, width) = (random.Next(1, 3), random.Next(3, 16), random.Next(3, 16));
        var definition = Define(inputs, outputs, padding, (byte)random.Next(256), random);
        var weights = new sbyte[outputs * inputs * 9];
        // Extremes of one sign drive transformed values to their bounds; so do inputs that are 0 or 255.
        var style = random.Next(3);
        foreach (ref var w in weights.AsSpan())
            w = (sbyte)(style == 0 ? 127 : style == 1 ? 127 - (254 * random.Next(2)) : random.Next(-127, 128));
        var source = new byte[images * height * width * inputs];
        var isExtreme = random.Next(2) == 0;
        foreach (ref var value in source.AsSpan())
            value = (byte)(isExtreme ? 255 * random.Next(2) : random.Next(256));

        Assert.True(WinogradWeights.Suits(definition, weights));
        var geometry = new ConvolutionGeometry(images, height, width, height + (2 * padding) - 2, width + (2 * padding) - 2);
        var expected = Run(new PortableConvolution(definition, weights), geometry, source, outputs, 1);
        var convolution = new WinogradConvolution(definition, weights);
        Assert.Equal(expected, Run(convolution, geometry, source, outputs, 1));
        Assert.Equal(expected, Run(convolution, geometry, source, outputs, random.Next(2, 5)));
    }

    /// <summary>The most that is multiplied by 64 within 32 bits, and does not fit with one more channel.</summary>
    [Theory]
    [InlineData(127, 255)]
    [InlineData(-127, 255)]
    public void The_largest_sums_are_those_of_the_definition(int weight, byte value)
    {
        if (!Avx2Kernels.IsSupported)
            return;
        var random = new Random(2);
        const int Inputs = 112;
        var definition = Define(Inputs, 16, 1, 255, random);
        var weights = new sbyte[16 * Inputs * 9];
        Array.Fill(weights, (sbyte)weight);
        Assert.True(WinogradWeights.Suits(definition, weights));
        var source = new byte[6 * 6 * Inputs];
        Array.Fill(source, value);
        var geometry = new ConvolutionGeometry(1, 6, 6, 6, 6);
        Assert.Equal(
            Run(new PortableConvolution(definition, weights), geometry, source, 16, 1),
            Run(new WinogradConvolution(definition, weights), geometry, source, 16, 1));

        var more = new sbyte[16 * (Inputs + 16) * 9];
        Array.Fill(more, (sbyte)weight);
        Assert.False(WinogradWeights.Suits(Define(Inputs + 16, 16, 1, 0, random), more));
    }

    [Fact]
    public void Other_convolutions_do_not_suit()
    {
        var random = new Random(1);
        var definition = Define(16, 16, 1, 0, random);
        Assert.True(WinogradWeights.Suits(definition, new sbyte[16 * 16 * 9]));
        Assert.False(WinogradWeights.Suits(Define(8, 16, 1, 0, random), new sbyte[8 * 16 * 9]));
        Assert.False(WinogradWeights.Suits(Define(16, 8, 1, 0, random), new sbyte[8 * 16 * 9]));
        Assert.False(WinogradWeights.Suits(Define(16, 16, 1, 0, random, new(3, 2, 1, 1)), new sbyte[16 * 16 * 9]));
        Assert.False(WinogradWeights.Suits(Define(16, 16, 1, 0, random, new(3, 1, 1, 2)), new sbyte[16 * 16 * 9]));
        Assert.False(WinogradWeights.Suits(Define(16, 16, 1, 0, random, new(new(3, 1), 1, 0, 1)), new sbyte[16 * 16 * 3]));
    }

    private static ConvolutionDefinition Define(int inputs, int outputs, int padding, byte zeroPoint, Random random, Window? window = null) => new()
    {
        Window = window ?? new(3, 1, padding, 1),
        Groups = 1,
        InputChannels = inputs,
        OutputChannels = outputs,
        Bias = [.. Enumerable.Range(0, outputs).Select(_ => random.Next(-100_000, 100_000))],
        InputZeroPoint = zeroPoint,
        HighestInput = 255,
        Output = new FloatOutput([.. Enumerable.Repeat(1f, outputs)], Activation.None),
    };

    private static float[] Run(IConvolution convolution, in ConvolutionGeometry geometry, byte[] source, int outputs, int parts)
    {
        var bound = convolution.Bind(geometry);
        var target = new float[geometry.Images * geometry.OutputHeight * geometry.OutputWidth * outputs];
        for (var i = 0; i < parts; i++)
            bound.Run(source, MemoryMarshal.AsBytes(target.AsSpan()), new byte[bound.ScratchBytes], new(i, parts));
        return target;
    }
}
