using StickGen.Graphs;
using StickGen.Quantization;

namespace StickGen.Runtime.Tests.Vocabulary;

public sealed class QuantizationSchemeTests
{
    [Theory]
    [InlineData(8, false, false, 0, 255)]
    [InlineData(8, true, false, -128, 127)]
    [InlineData(8, true, true, -127, 127)]
    [InlineData(4, true, true, -7, 7)]
    [InlineData(4, false, true, 1, 15)]
    [InlineData(2, true, false, -2, 1)]
    public void The_range_follows_from_the_bits(int bits, bool signed, bool narrow, int low, int high)
    {
        var scheme = new QuantizationScheme { Bits = bits, Signed = signed, NarrowRange = narrow };
        Assert.Equal((low, high), (scheme.QMin, scheme.QMax));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void Other_bits_are_refused_by_name(int bits) => Assert.Contains(
        $"Bits is {bits}; 2 to 8 bits are supported.",
        Assert.Throws<ArgumentOutOfRangeException>(() => new QuantizationScheme { Bits = bits }).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData(1, -1, 1)]
    [InlineData(2, -3, 3)]
    [InlineData(4, -15, 15)]
    [InlineData(6, -63, 63)]
    public void Odd_levels_are_as_many_as_bits_say(int bits, int low, int high)
    {
        var scheme = QuantizationScheme.OddWeights(bits, perChannel: false);
        Assert.Equal((low, high), (scheme.QMin, scheme.QMax));
        Assert.Equal(1 << bits, ((high - low) / 2) + 1);
        Assert.NotEqual(scheme, QuantizationScheme.OddWeights(bits, perChannel: true));
        Assert.Throws<ArgumentOutOfRangeException>(() => QuantizationScheme.OddWeights(bits == 1 ? 0 : 7, perChannel: false));
    }

    [Theory]
    [InlineData(0f, 0, 0, 255)]
    [InlineData(-1f, 0, 0, 255)]
    [InlineData(float.NaN, 0, 0, 255)]
    [InlineData(float.PositiveInfinity, 0, 0, 255)]
    [InlineData(float.Epsilon, 0, 0, 255)]
    [InlineData(1f, 256, 0, 255)]
    [InlineData(1f, -1, 0, 255)]
    [InlineData(1f, 0, 0, 0)]
    public void A_quantization_that_makes_no_sense_is_refused(float scale, int zeroPoint, int low, int high) =>
        Assert.Throws<ArgumentException>(() => ValueQuantization.PerTensor(scale, zeroPoint, low, high));

    [Fact]
    public void Quantizations_are_compared_by_value()
    {
        Assert.Equal(ValueQuantization.PerTensor(0.1f, 3, 0, 255), ValueQuantization.PerTensor(0.1f, 3, 0, 255));
        Assert.NotEqual(ValueQuantization.PerTensor(0.1f, 3, 0, 255), ValueQuantization.PerTensor(0.1f, 3, 0, 254));
        Assert.NotEqual(ValueQuantization.PerTensor(0.1f, 0, -127, 127), ValueQuantization.PerChannel([0.1f], 0, -127, 127));
        Assert.Throws<ArgumentException>(() => ValueQuantization.PerChannel([], 0, -127, 127));
    }
}
