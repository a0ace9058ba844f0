using System.Runtime.InteropServices;
using StickGen.Kernels;
using StickGen.Kernels.Avx2;
using StickGen.Kernels.Portable;
using StickGen.Operations;

namespace StickGen.Runtime.Tests.Kernels;

/// <summary>Bytes are multiplied as bytes only where <c>vpmaddubsw</c> cannot saturate.</summary>
public sealed class PairSafetyTests
{
    /// <summary>All pairs of weights, against the extreme sums themselves, which <c>vpmaddubsw</c> would have to hold.</summary>
    [Theory]
    [InlineData(255)]
    [InlineData(254)]
    [InlineData(128)]
    [InlineData(15)]
    [InlineData(1)]
    public void A_pair_is_safe_exactly_if_no_inputs_saturate(int highest)
    {
        for (var first = -128; first <= 127; first++)
        {
            for (var second = -128; second <= 127; second++)
            {
                int[] sums = [0, highest * first, highest * second, (highest * first) + (highest * second)];
                var fits = sums.All(s => s is >= short.MinValue and <= short.MaxValue);
                Assert.Equal(fits, PairSafety.IsSafe(first, second, highest));
            }
        }
    }

    [Fact]
    public void The_boundary_is_where_it_is()
    {
        Assert.True(PairSafety.IsSafe(127, 1, 255));
        Assert.False(PairSafety.IsSafe(127, 2, 255));
        Assert.True(PairSafety.IsSafe(64, 64, 255));
        Assert.False(PairSafety.IsSafe(64, 65, 255));
        Assert.True(PairSafety.IsSafe(-127, -1, 255));
        Assert.False(PairSafety.IsSafe(-127, -2, 255));
        Assert.True(PairSafety.IsSafe(-127, 127, 255));
    }

    /// <summary>
    /// Pairs of weights one below the boundary, at it and one above, in each place of a quad, with inputs that drive them to the
    /// extremes. Were one of them taken for safe that is not, or were a safe one not exact, the sums would be others.
    /// </summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    [InlineData(5, 1)]
    public void Sums_at_the_boundary_are_exact(int kernel, int stride)
    {
        if (!Avx2Kernels.IsSupported)
            return;
        const int Size = 9;
        var random = new Random(kernel);
        foreach (var (inputs, outputs) in new[] { (1, 1), (4, 16), (6, 24), (8, 9), (3, 17) })
        {
            foreach (var sum in new[] { 127, 128, 129, 200, 254, -127, -128, -129, -254 })
            {
                var weights = new sbyte[outputs * inputs * kernel * kernel];
                for (var i = 0; i < weights.Length; i++)
                {
                    // Neighbours in memory as channels-last has them are neighbours in the kernel's row or in the channel; with
                    // all weights about half of the sum, or one of them large, every pairing meets the boundary.
                    var half = sum / 2;
                    weights[i] = (sbyte)(random.Next(3) == 0 ? Math.Clamp(sum - half + random.Next(2), -127, 127) : half);
                }

                var definition = new ConvolutionDefinition
                {
                    Window = new(kernel, stride, kernel / 2, 1),
                    Groups = 1,
                    InputChannels = inputs,
                    OutputChannels = outputs,
                    Bias = [.. Enumerable.Range(0, outputs).Select(_ => random.Next(-1000, 1000))],
                    InputZeroPoint = 0,
                    HighestInput = 255,
                    Output = new FloatOutput([.. Enumerable.Repeat(1f, outputs)], Activation.None),
                };
                foreach (var pattern in new Func<int, byte>[] { _ => 255, i => (byte)(i % 2 * 255), i => (byte)((i + 1) % 2 * 255), _ => (byte)(random.Next(2) * 255) })
                {
                    var source = Enumerable.Range(0, Size * Size * inputs).Select(pattern).ToArray();
                    Assert.Equal(Run(PortableKernels.Instance, source), Run(Avx2Kernels.Instance, source));
                }

                float[] Run(IKernels kernels, byte[] source)
                {
                    var side = ((Size + (2 * (kernel / 2)) - kernel) / stride) + 1;
                    var convolution = kernels.Convolution(definition, weights).Bind(new(1, Size, Size, side, side));
                    var target = new float[side * side * outputs];
                    convolution.Run(source, MemoryMarshal.AsBytes(target.AsSpan()), new byte[convolution.ScratchBytes], Part.Whole);
                    return target;
                }
            }
        }
    }

    /// <summary>Were all quads safe, or none, the tests above would test one path only.</summary>
    [Fact]
    public void Both_paths_are_taken()
    {
        var random = new Random(1);
        var definition = new ConvolutionDefinition
        {
            Window = new(1, 1, 0, 1),
            Groups = 1,
            InputChannels = 64,
            OutputChannels = 16,
            Bias = new int[16],
            InputZeroPoint = 0,
            HighestInput = 255,
            Output = new FloatOutput(new float[16], Activation.None),
        };
        var weights = new sbyte[64 * 16];
        foreach (ref var w in weights.AsSpan())
            w = (sbyte)random.Next(-64, 65);
        weights[5] = 127;
        weights[4] = 2;
        var panels = new PackedPanels(definition, weights);
        Assert.Equal(15, Assert.Single(panels.Items).SafeQuads);
        Assert.Equal(16, panels.QuadsInPanel);
        Assert.Equal((15 * 64) + 128, panels.WeightBytes);
        Assert.Equal(4, panels.Quads[15].Offset);
    }
}
