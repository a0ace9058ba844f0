using FsCheck;
using FsCheck.Xunit;
using StickGen.Quantization;
using StickGen.Runtime.Tests.Reference;

namespace StickGen.Runtime.Tests.Vocabulary;

public sealed class AffineQuantizationTests
{
    private static readonly QuantizationScheme U8 = QuantizationScheme.Activations8;
    private static readonly QuantizationScheme S8 = QuantizationScheme.Weights8;
    private static readonly QuantizationScheme U8Symmetric = new() { Bits = 8, Symmetric = true };

    /// <summary>
    /// The range of ImageNet's normalised pixels, whose scale and zero point are those of published models, and ranges worked
    /// out by hand. Of [−1, 1] the scale is rounded up, so that −1 is 127.49999 steps.
    /// </summary>
    [Theory]
    [InlineData(-1f, 1f, 2f / 255, 127)]
    [InlineData(0f, 255f, 1f, 0)]
    [InlineData(-255f, 0f, 1f, 255)]
    [InlineData(-2.117904f, 2.64f, 0.018658448f, 114)]
    [InlineData(2f, 255f, 1f, 0)]
    [InlineData(-51f, -10f, 0.2f, 255)]
    public void Asymmetric_parameters(float min, float max, float scale, int zeroPoint) =>
        Assert.Equal((scale, zeroPoint), AffineQuantization.ChooseParameters(min, max, U8));

    [Theory]
    [InlineData(-6f, 6f, 12f / 254)]
    [InlineData(-1.27f, 0.5f, 0.01f)]
    [InlineData(0f, 127f, 1f)]
    public void Symmetric_parameters(float min, float max, float scale) =>
        Assert.Equal((scale, 0), AffineQuantization.ChooseParameters(min, max, S8));

    [Fact]
    public void A_symmetric_unsigned_range_has_its_zero_in_the_middle() =>
        Assert.Equal((2f, 128), AffineQuantization.ChooseParameters(-255, 10, U8Symmetric));

    [Fact]
    public void Half_a_zero_point_is_rounded_to_even()
    {
        // min / scale = −0.5 and −1.5, exactly.
        Assert.Equal((1f, 0), AffineQuantization.ChooseParameters(-0.5f, 254.5f, U8));
        Assert.Equal((1f, 2), AffineQuantization.ChooseParameters(-1.5f, 253.5f, U8));
    }

    [Fact]
    public void An_empty_range_has_scale_one()
    {
        Assert.Equal((1f, 0), AffineQuantization.ChooseParameters(0, 0, U8));
        Assert.Equal((1f, 0), AffineQuantization.ChooseParameters(0, 0, S8));
        Assert.Equal((1f, 128), AffineQuantization.ChooseParameters(0, 0, U8Symmetric));
        Assert.Equal((1f, 0), AffineQuantization.ChooseParameters(-0f, 0, U8));
    }

    [Fact]
    public void Extreme_ranges_have_finite_positive_scales()
    {
        Assert.Equal((AffineQuantization.MinimumScale, 0), AffineQuantization.ChooseParameters(0, float.Epsilon, U8));
        var (scale, zeroPoint) = AffineQuantization.ChooseParameters(float.MinValue, float.MaxValue, U8);
        Assert.True(float.IsFinite(scale));
        Assert.Equal(128, zeroPoint);
        Assert.True(float.IsFinite(AffineQuantization.ChooseParameters(float.MinValue, float.MaxValue, S8).Scale));
    }

    [Theory]
    [InlineData(float.NaN, 1f)]
    [InlineData(0f, float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(2f, 1f)]
    public void What_is_not_a_range_is_refused(float min, float max) =>
        Assert.Throws<ArgumentException>(() => AffineQuantization.ChooseParameters(min, max, U8));

    [Theory]
    [InlineData(0.5f, 0)]
    [InlineData(1.5f, 2)]
    [InlineData(2.5f, 2)]
    [InlineData(-0.5f, 0)]
    [InlineData(-1.5f, -2)]
    [InlineData(-2.5f, -2)]
    [InlineData(0.49999997f, 0)]
    [InlineData(1e30f, 127)]
    [InlineData(-1e30f, -127)]
    [InlineData(float.PositiveInfinity, 127)]
    [InlineData(float.NegativeInfinity, -127)]
    [InlineData(float.NaN, 0)]
    [InlineData(127.5f, 127)]
    [InlineData(-0f, 0)]
    public void Quantization_rounds_half_to_even_and_clamps(float value, int expected) =>
        Assert.Equal(expected, AffineQuantization.Quantize(value, 1, 0, -127, 127));

    [Fact]
    public void NaN_is_the_zero_point() => Assert.Equal(38, AffineQuantization.Quantize(float.NaN, 0.1f, 38, 0, 255));

    [Fact]
    public void Zero_is_represented_exactly()
    {
        Assert.Equal(38, AffineQuantization.Quantize(0, 0.1f, 38, 0, 255));
        Assert.Equal(0f, AffineQuantization.Dequantize(38, 0.1f, 38));
    }

    /// <summary>Golden Stick's value: 1 at a range of ±6 and 8 bits without the lowest is 21 steps of 12/254.</summary>
    [Fact]
    public void A_published_value()
    {
        var (scale, zeroPoint) = AffineQuantization.ChooseParameters(-6, 6, S8);
        Assert.Equal(21, AffineQuantization.Quantize(1, scale, zeroPoint, S8.QMin, S8.QMax));
        Assert.Equal(0.992126f, AffineQuantization.Dequantize(21, scale, zeroPoint), 1e-6f);
    }

    [Property(MaxTest = 1000)]
    public void Quantization_is_that_of_the_reference(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var scheme = new QuantizationScheme { Bits = random.Next(2, 9), Symmetric = random.Next(2) == 0, Signed = random.Next(2) == 0 };
        var (scale, zeroPoint) = AffineQuantization.ChooseParameters(-random.NextSingle() * 10, random.NextSingle() * 10, scheme);
        Assert.InRange(zeroPoint, scheme.QMin, scheme.QMax);
        // Many values are halves of a step.
        var value = random.Next(2) == 0 ? scale * (random.Next(-600, 600) / 2f) : BitConverter.Int32BitsToSingle(random.Next());
        Assert.Equal(
            Exact.Quantize(value, scale, zeroPoint, scheme.QMin, scheme.QMax),
            AffineQuantization.Quantize(value, scale, zeroPoint, scheme.QMin, scheme.QMax));
    }

    [Property(MaxTest = 500)]
    public void Every_integer_survives_the_way_to_a_real_number_and_back(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var (scale, zeroPoint) = AffineQuantization.ChooseParameters(-random.NextSingle() * 100, random.NextSingle() * 100, U8);
        for (var q = 0; q <= 255; q++)
            Assert.Equal(q, AffineQuantization.Quantize(AffineQuantization.Dequantize(q, scale, zeroPoint), scale, zeroPoint, 0, 255));
    }
}
