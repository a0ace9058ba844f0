using FsCheck;
using FsCheck.Xunit;
using StickGen.Deployment;
using StickGen.Kernels;
using StickGen.Kernels.Avx2;
using StickGen.Kernels.Portable;
using StickGen.Quantization;

namespace StickGen.Runtime.Tests.Kernels;

/// <summary>Products with grouped weights, against loops over the integers as they were given.</summary>
public sealed class GroupedProductTests
{
    [Property(MaxTest = 150)]
    public void Floats_are_summed_in_the_stated_order(DoNotSize<int> seed)
    {
        var layer = new Layer(new Random(seed.Item));
        var expected = layer.Expected((row, group) =>
        {
            var (sum, inputs) = (0f, 0f);
            for (var i = group * layer.GroupLength; i < (group + 1) * layer.GroupLength; i++)
            {
                sum = MathF.FusedMultiplyAdd(layer.Values[(row * layer.Columns) + i], layer.Input[i], sum);
                inputs += layer.Input[i];
            }

            return layer.Scheme.Symmetric ? sum : sum - (layer.ZeroPoint(row, group) * inputs);
        });
        layer.Check(expected, ActivationPrecision.Float);
    }

    [Property(MaxTest = 150)]
    public void Integers_are_summed_exactly(DoNotSize<int> seed)
    {
        var layer = new Layer(new Random(seed.Item));
        var scale = layer.Input.Max(MathF.Abs) / 127;
        var tokens = layer.Input.Select(x => (long)Math.Clamp(MathF.Round(x / scale, MidpointRounding.ToEven), -127, 127)).ToArray();
        var expected = layer.Expected((row, group) =>
        {
            var sum = 0L;
            for (var i = group * layer.GroupLength; i < (group + 1) * layer.GroupLength; i++)
                sum += tokens[i] * (layer.Values[(row * layer.Columns) + i] - (layer.Scheme.Symmetric ? 0 : layer.ZeroPoint(row, group)));
            return sum;
        });
        layer.Check([.. expected.Select(e => e * scale)], ActivationPrecision.DynamicInt8);
    }

    [Property(MaxTest = 150)]
    public void Integers_with_a_zero_point_are_summed_exactly(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var layer = new Layer(random);
        // Some inputs are outside of the range.
        var (scale, zeroPoint) = (layer.Input.Max(MathF.Abs) / random.Next(50, 300), random.Next(256));
        var tokens = layer.Input.Select(x => (long)Math.Clamp(MathF.Round(x / scale, MidpointRounding.ToEven) + zeroPoint, 0, 255) - zeroPoint).ToArray();
        var expected = layer.Expected((row, group) =>
        {
            var sum = 0L;
            for (var i = group * layer.GroupLength; i < (group + 1) * layer.GroupLength; i++)
                sum += tokens[i] * (layer.Values[(row * layer.Columns) + i] - (layer.Scheme.Symmetric ? 0 : layer.ZeroPoint(row, group)));
            return sum;
        });
        layer.Check([.. expected.Select(e => e * scale)], ActivationPrecision.StaticInt8, scale, zeroPoint);
    }

    /// <summary>Both ends of what an input can be, with all zero points that matter, and weights at both ends.</summary>
    [Theory]
    [InlineData(2, -2, 0)]
    [InlineData(2, 1, -2)]
    [InlineData(4, 7, -8)]
    [InlineData(4, -8, 7)]
    [InlineData(8, -128, 0)]
    [InlineData(8, 127, 0)]
    [InlineData(8, 127, -128)]
    [InlineData(8, -128, 127)]
    public void The_largest_products_with_a_zero_point_do_not_overflow(int bits, int weight, int zeroPoint)
    {
        const int Rows = 65;
        var scheme = new GroupScheme { Bits = bits, Symmetric = zeroPoint == 0 };
        // The most inputs whose sums fit 32 bits.
        var columns = Math.Min(GroupedWeights.MaximumColumns, int.MaxValue / (255 * Math.Abs(weight - zeroPoint)));
        var values = new sbyte[Rows * columns];
        values.AsSpan().Fill((sbyte)weight);
        var zeroPoints = scheme.Symmetric ? [] : Enumerable.Repeat((sbyte)zeroPoint, Rows).ToArray();
        var weights = new GroupedWeights(scheme, Rows, columns, values, Enumerable.Repeat(1f, Rows).ToArray(), zeroPoints);
        var input = new float[columns];
        foreach (var inputZeroPoint in new[] { 0, 127, 128, 255 })
        {
            foreach (var kernels in Kernels())
            {
                var matrix = new GroupQuantizedMatrix(weights, 1, inputZeroPoint, kernels);
                foreach (var x in new[] { -inputZeroPoint, 255 - inputZeroPoint })
                {
                    Array.Fill(input, x);
                    var output = new float[Rows];
                    matrix.Multiply(input, output, ActivationPrecision.StaticInt8);
                    Assert.All(output, value => Assert.Equal((float)((long)x * columns * (weight - zeroPoint)), value));
                }
            }
        }
    }

    /// <summary>Where sums of 16 bits would overflow first: all products as large as they can be, of one sign.</summary>
    [Theory]
    [InlineData(2, -2, 0)]
    [InlineData(2, 1, -2)]
    [InlineData(4, 7, -8)]
    [InlineData(4, -8, 7)]
    [InlineData(8, -128, 0)]
    [InlineData(8, 127, -128)]
    [InlineData(8, -128, 127)]
    public void The_largest_products_do_not_overflow(int bits, int weight, int zeroPoint)
    {
        const int Columns = GroupedWeights.MaximumColumns, Rows = 65;
        var scheme = new GroupScheme { Bits = bits, Symmetric = zeroPoint == 0 };
        var values = new sbyte[Rows * Columns];
        values.AsSpan().Fill((sbyte)weight);
        var input = new float[Columns];
        foreach (var sign in new[] { 1f, -1f })
        {
            Array.Fill(input, 127 * sign);
            foreach (var kernels in Kernels())
            {
                var zeroPoints = scheme.Symmetric ? [] : Enumerable.Repeat((sbyte)zeroPoint, Rows).ToArray();
                var matrix = new GroupQuantizedMatrix(new(scheme, Rows, Columns, values, Enumerable.Repeat(1f, Rows).ToArray(), zeroPoints), kernels);
                var output = new float[Rows];
                matrix.Multiply(input, output, ActivationPrecision.DynamicInt8);
                Assert.All(output, value => Assert.Equal((float)(127L * (long)sign * Columns * (weight - zeroPoint)), value));
            }
        }
    }

    [Fact]
    public void Rounds_to_nearest()
    {
        // Scales 2 · 3.5 / 15 and 2 · 7.5 / 15.
        float[] weights = [3.5f, -3.5f, 0.2f, -0.3f, 7.5f, 1.4f, -2.6f, -7.5f];
        var quantized = GroupedWeights.RoundToNearest(new() { Bits = 4, GroupSize = 4 }, 1, 8, weights);
        var matrix = new GroupQuantizedMatrix(quantized);
        var output = new float[1];
        // 7.5 and −7.5 steps round to the even 8, which is clamped to 7, and to −8.
        float[] restored = [7 * (7f / 15), -8 * (7f / 15), 0, -1 * (7f / 15), 7, 1, -3, -8];
        for (var i = 0; i < weights.Length; i++)
        {
            var unit = new float[8];
            unit[i] = 1;
            matrix.Multiply(unit, output);
            Assert.Equal(restored[i], output[0], 1e-6);
            Assert.Equal(output[0], quantized.Dequantize()[i]);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_token_that_is_not_finite_has_no_finite_outputs(float value)
    {
        var matrix = new GroupQuantizedMatrix(GroupedWeights.RoundToNearest(new() { Bits = 4 }, 3, 40, Enumerable.Range(0, 120).Select(i => (float)i).ToArray()));
        for (var place = 0; place < 40; place++)
        {
            var input = new float[80];
            input[place] = value;
            input[79] = 1;
            var output = new float[6];
            matrix.Multiply(input, output, ActivationPrecision.DynamicInt8);
            Assert.All(output[..3], o => Assert.False(float.IsFinite(o)));
            Assert.All(output[3..], o => Assert.True(float.IsFinite(o)));
        }
    }

    [Fact]
    public void With_a_fixed_scale_values_are_clamped_and_what_is_no_number_is_zero()
    {
        foreach (var kernels in Kernels())
        {
            var matrix = new GroupQuantizedMatrix(new(new(), 1, 4, [1, 1, 1, 1], [1f]), 0.5f, 100, kernels);
            var output = new float[5];
            matrix.Multiply(
                [float.NaN, 0, 0, 0, float.PositiveInfinity, 0, 0, 0, float.NegativeInfinity, 0, 0, 0, 1e30f, 0, 0, 0, 0.2f, 0.3f, -1e30f, 1], output, ActivationPrecision.StaticInt8);
            Assert.Equal([0f, 77.5f, -50f, 77.5f, 0.5f - 50f + 1f], output);
        }
    }

    [Fact]
    public void A_token_of_zeros_gives_zeros()
    {
        var matrix = new GroupQuantizedMatrix(GroupedWeights.RoundToNearest(new() { Bits = 8, Symmetric = false }, 2, 8, Enumerable.Range(0, 16).Select(i => (float)i).ToArray()));
        var output = new float[2];
        matrix.Multiply(new float[8], output, ActivationPrecision.DynamicInt8);
        Assert.Equal([0f, 0f], output);
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        var scheme = new GroupScheme { Bits = 4, GroupSize = 32 };
        Contains("GroupSize is 32, which does not divide the 40 inputs", () => new GroupedWeights(scheme, 1, 40, new sbyte[40], new float[1]));
        Contains("values has 31 elements; 32 are expected", () => new GroupedWeights(scheme, 1, 32, new sbyte[31], new float[1]));
        Contains("scales has 2 elements; 1 are expected", () => new GroupedWeights(scheme, 1, 32, new sbyte[32], new float[2]));
        Contains("zeroPoints has 1 elements; 0 are expected", () => new GroupedWeights(scheme, 1, 32, new sbyte[32], new float[1], new sbyte[1]));
        Contains("values has a 8; s4 g32 symmetric has integers from -8 to 7", () => new GroupedWeights(scheme, 1, 32, Enumerable.Repeat((sbyte)8, 32).ToArray(), new float[1]));
        Contains("A scale is NaN", () => new GroupedWeights(scheme, 1, 32, new sbyte[32], [float.NaN]));
        Contains("A weight is", () => GroupedWeights.RoundToNearest(scheme, 1, 32, Enumerable.Repeat(float.PositiveInfinity, 32).ToArray()));
        Contains("Bits is 5; weights have 2, 3, 4 or 8 bits", () => new GroupScheme { Bits = 5 });
        Contains("GroupSize is -1", () => new GroupScheme { GroupSize = -1 });
        var matrix = new GroupQuantizedMatrix(new(scheme, 1, 32, new sbyte[32], new float[1]));
        Contains("33 values are not whole tokens of 32 inputs", () => matrix.Multiply(new float[33], new float[1]));
        Contains("output has 2 elements; 1 are expected", () => matrix.Multiply(new float[32], new float[2]));
        Contains("made without a scale of inputs", () => matrix.Multiply(new float[32], new float[1], ActivationPrecision.StaticInt8));
        var weights = new GroupedWeights(scheme, 1, 32, new sbyte[32], new float[1]);
        Contains("scale of inputs is NaN", () => _ = new GroupQuantizedMatrix(weights, float.NaN, 0));
        Contains("scale of inputs is 0", () => _ = new GroupQuantizedMatrix(weights, 0, 0));
        Contains("zero point of inputs is 256; it is in [0, 255]", () => _ = new GroupQuantizedMatrix(weights, 1, 256));
        var wide = new GroupedWeights(new() { Symmetric = false }, 1, 33026, new sbyte[33026], new float[1], new sbyte[1]);
        Contains("A sum of 33026 inputs with s8 per-channel asymmetric may not fit 32 bits; at most 33025", () => _ = new GroupQuantizedMatrix(wide, 1, 0));

        static void Contains(string text, Action action) => Assert.Contains(text, Assert.ThrowsAny<ArgumentException>(action).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<IKernels> Kernels() => KernelSelector.All;

    /// <summary>A random layer and a token.</summary>
    private sealed class Layer
    {
        private readonly float[] scales;
        private readonly sbyte[] zeroPoints;

        public Layer(Random random)
        {
            var groupSize = new[] { 0, 1, 7, 32, 64 }[random.Next(5)];
            Columns = groupSize == 0 ? random.Next(1, 200) : groupSize * random.Next(1, 5);
            Rows = random.Next(1, 150);
            Scheme = new() { Bits = new[] { 2, 3, 4, 8 }[random.Next(4)], GroupSize = groupSize, Symmetric = random.Next(2) == 0 };
            GroupLength = Scheme.GroupLength(Columns);
            Values = Integers(Rows * Columns);
            scales = [.. Enumerable.Range(0, Rows * Groups).Select(_ => random.NextSingle() + 0.01f)];
            zeroPoints = Scheme.Symmetric ? [] : Integers(scales.Length);
            Input = [.. Enumerable.Range(0, Columns).Select(_ => MathF.Exp(random.NextSingle() * 4) * (random.NextSingle() - 0.5f))];

            sbyte[] Integers(int count) => [.. Enumerable.Range(0, count).Select(_ => (sbyte)random.Next(Scheme.QMin, Scheme.QMax + 1))];
        }

        public GroupScheme Scheme { get; }

        public int Rows { get; }

        public int Columns { get; }

        public int GroupLength { get; }

        public sbyte[] Values { get; }

        public float[] Input { get; }

        private int Groups => Columns / GroupLength;

        public int ZeroPoint(int row, int group) => zeroPoints[(row * Groups) + group];

        /// <summary>The sum over groups of what a function has for each, times its scale.</summary>
        public float[] Expected(Func<int, int, float> sum)
        {
            var expected = new float[Rows];
            for (var row = 0; row < Rows; row++)
            {
                for (var group = 0; group < Groups; group++)
                    expected[row] += sum(row, group) * scales[(row * Groups) + group];
            }

            return expected;
        }

        public void Check(float[] expected, ActivationPrecision precision, float inputScale = 1, int inputZeroPoint = 0)
        {
            foreach (var kernels in Kernels())
            {
                var weights = new GroupedWeights(Scheme, Rows, Columns, Values, scales, zeroPoints);
                var matrix = precision == ActivationPrecision.StaticInt8 ? new GroupQuantizedMatrix(weights, inputScale, inputZeroPoint, kernels) : new GroupQuantizedMatrix(weights, kernels);
                foreach (var threads in new[] { 1, 3 })
                {
                    var output = new float[2 * Rows];
                    matrix.Multiply([.. Input, .. Input], output, precision, threads);
                    for (var row = 0; row < output.Length; row++)
                    {
                        var (e, actual) = (expected[row % Rows], output[row]);
                        Assert.True(BitConverter.SingleToInt32Bits(e) == BitConverter.SingleToInt32Bits(actual), $"{Rows}×{Columns} {Scheme}, {kernels.Name}, row {row}: {actual:r}, not {e:r}");
                    }
                }
            }
        }
    }
}
