using StickGen.Kernels.Float;
using StickGen.Operations;
using StickGen.Runtime.Tests.Reference;

namespace StickGen.Runtime.Tests.Kernels;

/// <summary>Functions of float32 values: how far they are from the real numbers, and that sums have the order that <see cref="Lanes"/> states.</summary>
public sealed class FloatFunctionTests
{
    private static readonly float[] special = [0f, -0f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN];

    /// <summary>The error that is allowed: relative to the result, and absolute where that is what the definition gives.</summary>
    [Theory]
    [InlineData(ElementFunction.Exp, -103, 88.7, 3e-7, 1e-45)]
    [InlineData(ElementFunction.Sigmoid, -80, 80, 3e-7, 1e-45)]
    [InlineData(ElementFunction.Silu, -80, 80, 3e-7, 1e-45)]
    [InlineData(ElementFunction.Tanh, -12, 12, 3e-7, 0)]
    [InlineData(ElementFunction.Tanh, -1e-3, 1e-3, 3e-7, 0)]
    [InlineData(ElementFunction.Erf, -5, 5, 3e-7, 0)]
    [InlineData(ElementFunction.Erf, -1e-3, 1e-3, 3e-7, 0)]
    [InlineData(ElementFunction.Gelu, -8, 8, 3e-7, 5e-7)]
    [InlineData(ElementFunction.GeluTanh, -8, 8, 3e-7, 5e-7)]
    [InlineData(ElementFunction.Sqrt, 0, 1e6, 6e-8, 0)]
    [InlineData(ElementFunction.Rsqrt, 1e-6, 1e6, 1.3e-7, 0)]
    [InlineData(ElementFunction.Reciprocal, 1e-6, 1e6, 6e-8, 0)]
    [InlineData(ElementFunction.Square, -1e3, 1e3, 6e-8, 0)]
    [InlineData(ElementFunction.Neg, -1e3, 1e3, 0, 0)]
    [InlineData(ElementFunction.Abs, -1e3, 1e3, 0, 0)]
    [InlineData(ElementFunction.Relu, -1e3, 1e3, 0, 0)]
    public void Functions_are_near_the_real_numbers(ElementFunction function, double from, double to, double relative, double absolute)
    {
        const int Points = 20_011;
        var x = Enumerable.Range(0, Points).Select(i => (float)(from + ((to - from) * i / (Points - 1)))).ToArray();
        var y = Compute(function, x);
        for (var i = 0; i < x.Length; i++)
        {
            var expected = ReferenceDecoder.Function(function, x[i]);
            Assert.True(Math.Abs(y[i] - expected) <= (relative * Math.Abs(expected)) + absolute, $"{function}({x[i]}) is {y[i]:g9}; {expected:g9} is expected.");
        }
    }

    [Theory]
    [InlineData(ElementFunction.Exp)]
    [InlineData(ElementFunction.Sigmoid)]
    [InlineData(ElementFunction.Tanh)]
    [InlineData(ElementFunction.Erf)]
    [InlineData(ElementFunction.Relu)]
    public void Extremes_are_what_they_are_of_real_numbers(ElementFunction function)
    {
        var y = Compute(function, special);
        for (var i = 0; i < special.Length; i++)
            Assert.Equal((float)ReferenceDecoder.Function(function, special[i]), y[i], tolerance: 1e-6f);
    }

    [Fact]
    public void Every_function_gives_the_same_bits_at_every_place()
    {
        var random = new Random(3);
        var x = Enumerable.Range(0, 40).Select(_ => (random.NextSingle() * 20) - 10).Concat(special).ToArray();
        foreach (var function in Enum.GetValues<ElementFunction>().Where(ElementFunctions.Has))
        {
            var alone = Array.ConvertAll(x, v => Compute(function, [v])[0]);
            for (var length = 1; length <= x.Length; length++)
                Assert.Equal(alone[..length].Select(BitConverter.SingleToInt32Bits), Compute(function, x[..length]).Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Fact]
    public void Sums_have_the_stated_order()
    {
        var random = new Random(5);
        for (var length = 1; length < 70; length++)
        {
            var (count, inner) = (random.Next(1, 20), random.Next(2, 20));
            var row = Numbers(random, length);
            Assert.Equal(Sum(row), Lanes.Sum(row));

            var mean = new float[1];
            FloatRows.Reduce(row, mean, length, 1, isMean: true);
            Assert.Equal(Sum(row) / length, mean[0]);
            var matrix = Numbers(random, count * inner);
            var columns = new float[inner];
            FloatRows.Reduce(matrix, columns, count, inner, isMean: false);
            for (var c = 0; c < inner; c++)
                Assert.Equal(Enumerable.Range(0, count).Aggregate(0f, (sum, r) => sum + matrix[(r * inner) + c]), columns[c]);
        }
    }

    [Fact]
    public void Softmax_and_normalization_have_the_stated_arithmetic()
    {
        var random = new Random(6);
        for (var length = 1; length < 40; length++)
        {
            var (row, weight, bias) = (Numbers(random, length), Numbers(random, length), Numbers(random, length));
            var actual = new float[length];
            FloatRows.Softmax(row, actual, length);
            var exponentials = Array.ConvertAll(row, x => Compute(ElementFunction.Exp, [x - row.Max()])[0]);
            Assert.Equal(Array.ConvertAll(exponentials, e => e / Sum(exponentials)), actual);

            FloatRows.Normalize(row, actual, weight, bias, length, 1e-5f);
            var mean = Sum(row) / length;
            var factor = 1f / MathF.Sqrt((Sum(Array.ConvertAll(row, x => (x - mean) * (x - mean))) / length) + 1e-5f);
            Assert.Equal(row.Select((x, i) => ((x - mean) * factor * weight[i]) + bias[i]), actual);
        }
    }

    [Fact]
    public void Products_and_attention_have_the_stated_order()
    {
        var random = new Random(7);
        for (var round = 0; round < 60; round++)
        {
            var (size, valueSize, keys) = (random.Next(1, 40), random.Next(1, 80), random.Next(1, 30));
            var seen = random.Next(1, keys + 1);
            var (query, key, value) = (Numbers(random, size), Numbers(random, keys * size), Numbers(random, keys * valueSize));
            var actual = new float[valueSize];
            Attention.Run(query, new WholeRows(key, size), new WholeRows(value, valueSize), seen, 0.3f, new float[keys], actual);
            var scores = Enumerable.Range(0, seen).Select(k => Sum([.. query.Select((q, i) => q * key[(k * size) + i])]) * 0.3f).ToArray();
            var exponentials = Array.ConvertAll(scores, s => Compute(ElementFunction.Exp, [s - scores.Max()])[0]);
            for (var c = 0; c < valueSize; c++)
                Assert.Equal(Enumerable.Range(0, seen).Aggregate(0f, (sum, k) => sum + (exponentials[k] * value[(k * valueSize) + c])) / Sum(exponentials), actual[c]);

            var (rows, columns) = (random.Next(1, 5), random.Next(1, 20));
            var (left, right, product) = (Numbers(random, rows * keys), Numbers(random, keys * columns), new float[rows * columns]);
            FloatRows.MatMul(left, right, product, rows, keys, columns);
            for (var i = 0; i < product.Length; i++)
                Assert.Equal(Enumerable.Range(0, keys).Aggregate(0f, (sum, k) => sum + (left[(i / columns * keys) + k] * right[(k * columns) + (i % columns)])), product[i]);
        }
    }

    private static float[] Compute(ElementFunction function, float[] x)
    {
        var y = new float[x.Length];
        ElementFunctions.Of(function)(x, y);
        return y;
    }

    /// <summary>Element i in partial sum i mod 8.</summary>
    private static float Sum(float[] row)
    {
        var s = new float[8];
        for (var i = 0; i < row.Length; i++)
            s[i % 8] += row[i];
        return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
    }

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 6) - 3)];
}
