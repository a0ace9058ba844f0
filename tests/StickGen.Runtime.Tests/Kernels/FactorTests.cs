using FsCheck;
using FsCheck.Xunit;
using StickGen.Kernels;
using StickGen.Kernels.Avx2;
using StickGen.Kernels.Portable;
using StickGen.Operations;

namespace StickGen.Runtime.Tests.Kernels;

/// <summary>Tiles that are stored from registers, which small factors allow, and those that are not, have the portable kernel's bytes.</summary>
public sealed class FactorTests
{
    [Property(MaxTest = 150)]
    public void Bytes_are_those_of_the_portable_kernel(DoNotSize<int> seed)
    {
        if (!Avx2Kernels.IsSupported)
            return;
        var random = new Random(seed.Item);
        var (inputs, outputs, kernel) = (random.Next(1, 40), random.Next(1, 60), random.Next(1, 4));
        var window = new Window(kernel, random.Next(1, 3), random.Next(2), 1);
        var (height, width) = (random.Next(kernel, 9), random.Next(kernel, 9));
        // The last below 1, 1 itself, and far more.
        var largest = random.Next(4) switch { 0 => MathF.BitDecrement(1f), 1 => 1f, 2 => 1e6f, _ => 0.01f };
        var factors = Enumerable.Range(0, outputs).Select(_ => random.Next(8) == 0 ? largest : random.NextSingle() * 0.01f).ToArray();
        var low = random.Next(0, 200);
        var definition = new ConvolutionDefinition
        {
            Window = window,
            Groups = 1,
            InputChannels = inputs,
            OutputChannels = outputs,
            // Up to where a sum still fits: the products of 9 · 40 inputs take less than 2²⁴.
            Bias = [.. Enumerable.Range(0, outputs).Select(_ => random.Next(4) == 0 ? random.Next(-2_000_000_000, 2_000_000_000) : random.Next(-50_000, 50_000))],
            InputZeroPoint = (byte)random.Next(256),
            HighestInput = 255,
            Output = new RequantizedOutput(factors, new(1, random.Next(256), low, random.Next(low, 256))),
        };
        var weights = new sbyte[outputs * inputs * kernel * kernel];
        foreach (ref var weight in weights.AsSpan())
            weight = (sbyte)random.Next(-127, 128);
        var geometry = new ConvolutionGeometry(
            1,
            height,
            width,
            ((height + (2 * window.Padding.Height) - kernel) / window.Stride.Height) + 1,
            ((width + (2 * window.Padding.Width) - kernel) / window.Stride.Width) + 1);
        var source = new byte[height * width * inputs];
        random.NextBytes(source);

        Assert.Equal(Run(PortableKernels.Instance), Run(Avx2Kernels.Instance));

        byte[] Run(IKernels kernels)
        {
            var bound = kernels.Convolution(definition, weights).Bind(geometry);
            var target = new byte[geometry.OutputHeight * geometry.OutputWidth * outputs];
            bound.Run(source, target, new byte[bound.ScratchBytes], Part.Whole);
            return target;
        }
    }
}
