using StickGen.Compression;
using StickGen.Deployment;
using StickGen.PostTraining;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>A linear layer with integer weights is the linear layer of the weights that the integers stand for.</summary>
public sealed class QuantizedLinearTests
{
    [Theory]
    [InlineData(8, 0, true)]
    [InlineData(4, 32, true)]
    [InlineData(4, 32, false)]
    [InlineData(3, 16, false)]
    [InlineData(2, 32, false)]
    public void Computes_what_a_linear_layer_of_its_weights_does(int bits, int groupSize, bool bias)
    {
        using var scope = NewDisposeScope();
        var linear = nn.Linear(96, 70, hasBias: bias);
        var scheme = new GroupScheme { Bits = bits, GroupSize = groupSize, Symmetric = bits != 2 };
        using var quantized = new QuantizedLinear(linear, scheme);
        using var noGrad = no_grad();
        var restored = GroupedWeights.RoundToNearest(scheme, 70, 96, linear.weight.data<float>().ToArray()).Dequantize();
        var input = randn(2, 5, 96);
        var expected = nn.functional.linear(input, tensor(restored, [70, 96]), linear.bias);

        var actual = quantized.call(input);

        Assert.Equal([2, 5, 70], actual.shape);
        Assert.True((actual - expected).abs().max().ToSingle() < 1e-5f);
    }

    [Fact]
    public void Tokens_are_quantized_each_by_its_own_scale()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var linear = nn.Linear(64, 64, hasBias: false);
        using var quantized = new QuantizedLinear(linear, new() { Bits = 8 }, ActivationPrecision.DynamicInt8);
        var input = randn(4, 64) * tensor(new[] { 1e-3f, 1, 30, 1e4f }).unsqueeze(1);

        var error = (quantized.call(input) - linear.call(input)).norm(1) / linear.call(input).norm(1);

        Assert.True(error.max().ToSingle() < 0.02f, $"{error[0].ToSingle()} {error[1].ToSingle()} {error[2].ToSingle()} {error[3].ToSingle()}");
    }

    [Theory]
    [InlineData(8, 0, true, -1.5f, 2f)]
    [InlineData(8, 32, false, 0f, 3f)]
    [InlineData(4, 32, false, -0.4f, 3f)]
    [InlineData(4, 0, true, -3f, -1f)]
    public void Inputs_of_a_range_are_integers(int bits, int groupSize, bool symmetric, float low, float high)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var linear = nn.Linear(96, 70);
        var weights = GroupedWeights.RoundToNearest(new() { Bits = bits, GroupSize = groupSize, Symmetric = symmetric }, 70, 96, linear.weight.data<float>().ToArray());
        using var quantized = new QuantizedLinear(weights, linear.bias, (low, high));
        Assert.Equal(ActivationPrecision.StaticInt8, quantized.Precision);
        var input = randn(2, 5, 96) * 1.5;

        // With sums in float64 nothing is lost: what differs is the rounding of a few sums to float32.
        var (scale, zeroPoint) = AffineQuantization.ChooseParameters(low, high, QuantizationScheme.Activations8);
        var rounded = GroupFakeQuantize.PerTensor(input, scale, zeroPoint).to_type(ScalarType.Float64);
        var expected = nn.functional.linear(rounded, tensor(weights.Dequantize(), [70, 96]).to_type(ScalarType.Float64), linear.bias!.to_type(ScalarType.Float64));
        Assert.True((quantized.call(input) - expected).abs().max().ToDouble() < 3e-6);
    }

    [Fact]
    public void Takes_the_place_of_a_layer_in_a_sequence()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (first, last) = (nn.Linear(8, 16), nn.Linear(16, 4));
        using var model = nn.Sequential(new QuantizedLinear(first, new()), nn.ReLU(), new QuantizedLinear(last, new()));
        var input = randn(3, 8);

        var error = (model.call(input) - last.call(nn.functional.relu(first.call(input)))).abs().max().ToSingle();

        Assert.True(error is > 0 and < 0.02f, $"{error}");
        Assert.Empty(model.parameters());
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        using var scope = NewDisposeScope();
        using var layer = new QuantizedLinear(nn.Linear(8, 4), new());
        Assert.Contains("[3, 7]; the layer has 8 inputs", Assert.Throws<ArgumentException>(() => layer.call(zeros(3, 7))).Message, StringComparison.Ordinal);
        var weights = GroupedWeights.RoundToNearest(new(), 4, 8, new float[32]);
        Assert.Contains("cannot read integers: The range [2, 1] is not", Assert.Throws<CompressionException>(() => new QuantizedLinear(weights, null, (2, 1))).Message, StringComparison.Ordinal);
        Assert.Contains("StaticInt8 needs the range", Assert.Throws<CompressionException>(() => new QuantizedLinear(weights, null, ActivationPrecision.StaticInt8)).Message, StringComparison.Ordinal);
        Assert.Contains("The bias has 5 values; the layer has 4 outputs", Assert.Throws<CompressionException>(() => new QuantizedLinear(weights, zeros(5))).Message, StringComparison.Ordinal);
    }
}
