using FsCheck;
using FsCheck.Xunit;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;
using StickGen.Runtime.Tests.Reference;

namespace StickGen.Runtime.Tests.Vocabulary;

public sealed class RequantizationTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 2)]
    [InlineData(5, 2)]
    [InlineData(-1, 0)]
    [InlineData(-3, -2)]
    [InlineData(-5, -2)]
    [InlineData(1000, 127)]
    [InlineData(int.MinValue, -127)]
    [InlineData(int.MaxValue, 127)]
    public void Halves_are_rounded_to_even(int accumulator, int expected) =>
        Assert.Equal(expected, Requantization.Requantize(accumulator, 0.5f, 0, -127, 127));

    /// <summary>2²⁴ + 1 is no float32: the accumulator is rounded before it is multiplied.</summary>
    [Fact]
    public void The_accumulator_is_rounded_to_float32_first()
    {
        Assert.Equal(1, Requantization.Requantize((1 << 24) + 1, 1f / (1 << 24), 0, 0, 255));
        Assert.Equal(2, Requantization.Requantize((1 << 24) + 1, 1.5f / (1 << 24), 0, 0, 255));
    }

    [Property(MaxTest = 1000)]
    public void Requantization_is_that_of_the_reference(DoNotSize<int> accumulator, DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var high = random.Next(1, 256);
        var zeroPoint = random.Next(high + 1);
        var factor = random.Next(2) == 0
            ? (random.Next(-600, 600) / 2f) / accumulator.Item
            : MathF.Exp((random.NextSingle() * 30) - 25);
        if (!float.IsFinite(factor))
            return;
        Assert.Equal(
            Exact.Requantize(accumulator.Item, factor, zeroPoint, 0, high),
            Requantization.Requantize(accumulator.Item, factor, zeroPoint, 0, high));
    }

    [Fact]
    public void Factors_are_rounded_once_from_float64()
    {
        Assert.Equal((float)((double)0.1f * 0.3f / 0.7f), Requantization.Multiplier(0.1f, 0.3f, 0.7f));
        Assert.Equal((float)((double)0.1f * 0.3f), Requantization.FloatFactor(0.1f, 0.3f));
        Assert.Equal((float)((double)0.1f / 0.7f), Requantization.AddMultiplier(0.1f, 0.7f));
        Assert.Equal((float)(0.1f / (0.7f * 49.0)), Requantization.MeanMultiplier(0.1f, 0.7f, 49));
    }

    [Fact]
    public void Biases_are_rounded_half_to_even_and_limited()
    {
        Assert.Equal(2, Requantization.Bias(0.625f, 0.5f, 0.5f));
        Assert.Equal(-2, Requantization.Bias(-0.625f, 0.5f, 0.5f));
        Assert.Equal(1 << 30, Requantization.Bias(1 << 30, 1, 1));
        Assert.Throws<OverflowException>(() => Requantization.Bias(1.1f * (1 << 30), 1, 1));
        Assert.Throws<OverflowException>(() => Requantization.Bias(float.NaN, 1, 1));
        Assert.Throws<OverflowException>(() => Requantization.Bias(float.PositiveInfinity, 1, 1));
    }

    [Theory]
    [InlineData(Activation.None, 0, 255)]
    [InlineData(Activation.Relu, 38, 255)]
    [InlineData(Activation.Relu6, 38, 98)]
    public void Activations_are_bounds(Activation activation, int low, int high) =>
        Assert.Equal((low, high), activation.Bounds(ValueQuantization.PerTensor(0.1f, 38, 0, 255)));

    [Fact]
    public void Six_beyond_the_range_is_no_bound() =>
        Assert.Equal((0, 15), ActivationBounds.Relu6(0.1f, 0, 0, 15));

    [Fact]
    public void An_unknown_activation_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ((Activation)9).Bounds(ValueQuantization.PerTensor(1, 0, 0, 255)));
}
