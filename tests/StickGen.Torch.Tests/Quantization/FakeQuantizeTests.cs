using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Quantization;

public sealed class FakeQuantizeTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    private static QuantizationScheme Symmetric8 { get; } = new() { Bits = 8, Signed = true, Symmetric = true };

    // Values of the reference system, which computed them in half precision.
    [Fact]
    public void Convolution_of_the_reference_system()
    {
        var weight = FakeQuantize.Apply(ones(1, 1, 2, 2), Range(Symmetric8, -6, 6));
        var y = nn.functional.conv2d(tensor(new float[] { 1, 0, 3, 1, 4, 7, 2, 5, 2 }).reshape(1, 1, 3, 3), weight);
        float[] expected = [5.9297f, 13.8359f, 11.8594f, 17.7813f];
        foreach (var (e, a) in expected.Zip(y.ToArray()))
            Assert.Equal(1, a / e, 1e-3);
    }

    [Fact]
    public void Linear_of_the_reference_system()
    {
        var weight = FakeQuantize.Apply(ones(1, 2), Range(Symmetric8, -6, 6));
        var y = nn.functional.linear(tensor(new float[] { 1, 5, 3, 4 }).reshape(2, 2), weight, ones(1)).ToArray();
        Assert.Equal(6.9294f, y[0], 1e-3);
        Assert.Equal(7.9176f, y[1], 1e-3);
    }

    public static TheoryData<int, bool, bool, bool> Schemes
    {
        get
        {
            var data = new TheoryData<int, bool, bool, bool>();
            for (var bits = 2; bits <= 8; bits++)
            {
                foreach (var symmetric in new[] { true, false })
                {
                    data.Add(bits, symmetric, true, true);
                    data.Add(bits, symmetric, false, false);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Values_agree_with_the_definition_in_every_bit(int bits, bool symmetric, bool signed, bool narrow)
    {
        var scheme = new QuantizationScheme { Bits = bits, Symmetric = symmetric, Signed = signed, NarrowRange = narrow };
        var (scale, zeroPoint) = AffineQuantization.ChooseParameters(-1.37f, 2.21f, scheme);
        // The middles between steps too, where half to even decides.
        var x = cat([Data.Normal(bits, 5000) * 2, (arange(-300, 300, ScalarType.Float32) + 0.5f) * scale, tensor([-0f, float.MaxValue, float.MinValue, float.Epsilon])]);
        var expected = x.ToArray().Select(v => AffineQuantization.Dequantize(
            AffineQuantization.Quantize(v, scale, zeroPoint, scheme.QMin, scheme.QMax), scale, zeroPoint));
        var parameters = new AffineParameters([scale], [zeroPoint], scheme);
        Assert.Equal(expected, FakeQuantize.Apply(x, parameters).ToArray());
        Assert.Equal(expected, FakeQuantize.Steps(x, parameters).mul(scale).ToArray());
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Gradient_is_one_inside_the_range_and_zero_outside(int bits, bool symmetric, bool signed, bool narrow)
    {
        var scheme = new QuantizationScheme { Bits = bits, Symmetric = symmetric, Signed = signed, NarrowRange = narrow };
        var (scale, zeroPoint) = AffineQuantization.ChooseParameters(-1.37f, 2.21f, scheme);
        var (low, high) = (scale * (scheme.QMin - zeroPoint), scale * (scheme.QMax - zeroPoint));
        var x = cat([Data.Normal(bits, 500) * 2, tensor([low, high, (high * 1.000001f) + 1e-6f, (low * 1.000001f) - 1e-6f])]).requires_grad_();
        var upstream = Data.Normal(99, x.shape);
        FakeQuantize.Apply(x, new([scale], [zeroPoint], scheme)).mul(upstream).sum().backward();
        var expected = x.ToArray().Zip(upstream.ToArray(), (v, g) => v >= low && v <= high ? g : 0);
        Assert.Equal(expected, x.grad!.ToArray());
    }

    [Fact]
    public void The_largest_weight_has_a_gradient()
    {
        var x = Data.Normal(3, 200, 1).requires_grad_();
        using var quantizer = new ObservingQuantizer(QuantizationScheme.Weights8, new LatestObserver(), channels: 200);
        quantizer.call(x).sum().backward();
        Assert.All(x.grad!.ToArray(), g => Assert.Equal(1, g));
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void The_type_of_the_values_is_kept(ScalarType type)
    {
        var x = tensor([0.5f, -0.25f, 3f, -3f]).reshape(2, 2).to_type(type);
        var wide = new AffineParameters([0.25f, 0.25f], [0, 0], new() { Bits = 4, Signed = true, Symmetric = true, PerChannel = true });
        Assert.Equal(type, FakeQuantize.Apply(x, wide).dtype);
        Assert.Equal([0.5f, -0.25f, 1.75f, -2f], FakeQuantize.Apply(x, wide).ToArray());
    }

    [Fact]
    public void Per_channel_is_per_tensor_in_each_channel()
    {
        var scheme = new QuantizationScheme { Bits = 4, Symmetric = false, Signed = true, PerChannel = true };
        var one = scheme with { PerChannel = false };
        var x = Data.Normal(4, 3, 5, 2, 2).requires_grad_();
        foreach (var range in new[] { 1, 10 })
            CheckChannels(x, range, scheme, one);
    }

    private static void CheckChannels(Tensor x, float range, QuantizationScheme scheme, QuantizationScheme one)
    {
        x.grad?.zero_();
        var pairs = new[] { (-1f, 1f), (-0.2f, 2f), (-3f, 0.1f) }.Select(r => (r.Item1 * range, r.Item2 * range)).Select(r => AffineQuantization.ChooseParameters(r.Item1, r.Item2, scheme)).ToArray();
        var y = FakeQuantize.Apply(x, new([.. pairs.Select(p => p.Scale)], [.. pairs.Select(p => p.ZeroPoint)], scheme));
        y.sum().backward();
        for (var c = 0; c < 3; c++)
        {
            var part = x[c].detach().requires_grad_();
            var expected = FakeQuantize.Apply(part, new([pairs[c].Scale], [pairs[c].ZeroPoint], one));
            expected.sum().backward();
            Data.AssertSame(expected, y[c]);
            Data.AssertSame(part.grad!, x.grad![c]);
        }
    }

    private static AffineParameters Range(QuantizationScheme scheme, float low, float high)
    {
        var (scale, zeroPoint) = AffineQuantization.ChooseParameters(low, high, scheme);
        return new([scale], [zeroPoint], scheme);
    }
}
