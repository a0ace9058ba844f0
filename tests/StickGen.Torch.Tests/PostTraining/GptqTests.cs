using FsCheck;
using FsCheck.Xunit;
using StickGen.Compression;
using StickGen.Deployment;
using StickGen.PostTraining;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>GPTQ, against the elimination it stands for: after each input, the inverse Hessian without it, in plain loops.</summary>
public sealed class GptqTests
{
    [Property(MaxTest = 40)]
    public void Rounds_as_the_elimination_of_one_input_after_the_other(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var groupSize = new[] { 0, 4, 40 }[random.Next(3)];
        var columns = groupSize == 0 ? random.Next(1, 150) : groupSize * random.Next(1, 6);
        var scheme = new GroupScheme { Bits = new[] { 2, 3, 4 }[random.Next(3)], GroupSize = groupSize, Symmetric = random.Next(2) == 0 };
        var descending = random.Next(2) == 0;
        var options = new GptqOptions { Damping = 0.02, DescendingActivations = descending, StaticGroups = descending || random.Next(2) == 0 };
        using var scope = NewDisposeScope();
        var (weight, input) = Layer(random, 3, columns);
        // Inputs that never differ from 0 have no say in anything.
        input[.., random.Next(columns)] = 0;
        using var covariance = new InputCovariance(columns);
        covariance.Add(input[..50]);
        covariance.Add(input[50..].view(2, -1, columns));

        var ranges = random.Next(2) == 0 ? weight.clamp(-0.9, 0.6) : null;

        var actual = Gptq.Quantize(weight, covariance, scheme, options, ranges);

        var expected = new Elimination(weight, input, ranges, scheme, options).Run();
        // The two compute inverses differently; a weight that is all but half way between two integers may be rounded either way, which changes those after it.
        var different = actual.Values.ToArray().Zip(expected).Count(p => p.First != p.Second);
        Assert.True(different == 0, $"{different} of {expected.Length} integers differ; {columns} inputs, {scheme}, {options}");
    }

    [Fact]
    public void The_output_error_is_smaller_than_with_rounding_to_nearest()
    {
        using var scope = NewDisposeScope();
        var (weight, input) = Layer(new Random(1), 64, 128);
        using var covariance = new InputCovariance(128);
        covariance.Add(input);
        foreach (var bits in new[] { 2, 3, 4 })
        {
            var scheme = new GroupScheme { Bits = bits, GroupSize = 32 };
            var nearest = Error(GroupedWeights.RoundToNearest(scheme, 64, 128, weight.data<float>().ToArray()));
            var gptq = Error(Gptq.Quantize(weight, covariance, scheme));
            var ordered = Error(Gptq.Quantize(weight, covariance, scheme, new() { DescendingActivations = true, StaticGroups = true }));
            Assert.True(gptq < 0.7 * nearest, $"{bits} bits: {gptq} and {nearest}");
            Assert.True(ordered < 0.7 * nearest, $"{bits} bits, descending: {ordered} and {nearest}");
        }

        double Error(GroupedWeights quantized) =>
            (input.matmul((tensor(quantized.Dequantize(), [64, 128]) - weight).t())).pow(2).mean().ToDouble();
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        using var scope = NewDisposeScope();
        var (weight, input) = Layer(new Random(1), 2, 8);
        using var covariance = new InputCovariance(8);
        Contains("No input was seen", () => Gptq.Quantize(weight, covariance, new()));
        Contains("An input has the shape [3, 9]; the layer has 8 inputs", () => covariance.Add(zeros(3, 9)));
        Contains("values that are not finite", () => covariance.Add(tensor([1, 2, 3, 4, float.NaN, 6, 7, 8])));
        covariance.Add(input);
        Contains("The weight has the shape [8, 2]", () => Gptq.Quantize(weight.t(), covariance, new()));
        Contains("The weight that has the ranges has the shape [2, 4], and the weight [2, 8]", () => Gptq.Quantize(weight, covariance, new(), ranges: weight[.., ..4]));
        Contains("Damping is 0; allowed: larger than 0, at most 1", () => Gptq.Quantize(weight, covariance, new(), new() { Damping = 0 }));
        Contains(
            "DescendingActivations with groups of 4 needs StaticGroups",
            () => Gptq.Quantize(weight, covariance, new() { GroupSize = 4 }, new() { DescendingActivations = true }));
        Assert.Contains(
            "GroupSize is 3, which does not divide the 8 inputs",
            Assert.Throws<ArgumentException>(() => Gptq.Quantize(weight, covariance, new() { GroupSize = 3 })).Message,
            StringComparison.Ordinal);

        static void Contains(string text, Action action) => Assert.Contains(text, Assert.Throws<CompressionException>(action).Message, StringComparison.Ordinal);
    }

    /// <summary>Inputs that depend on each other, or there would be nothing to make up for.</summary>
    private static (Tensor Weight, Tensor Input) Layer(Random random, int rows, int columns)
    {
        using var generator = new Generator((ulong)random.Next());
        var weight = randn([rows, columns], generator: generator);
        var input = randn([100, columns], generator: generator).matmul(randn([columns, columns], generator: generator)) / Math.Sqrt(columns);
        return (weight, input);
    }

    /// <summary>The slow reference.</summary>
    private sealed class Elimination(Tensor weight, Tensor input, Tensor? ranges, GroupScheme scheme, GptqOptions options)
    {
        private readonly int rows = (int)weight.shape[0], columns = (int)weight.shape[1];

        public sbyte[] Run()
        {
            var length = scheme.GroupSize == 0 ? columns : scheme.GroupSize;
            var original = weight.to_type(ScalarType.Float64).data<double>().ToArray();
            var x = input.to_type(ScalarType.Float64).data<double>().ToArray();
            var tokens = x.Length / columns;
            var hessian = new double[columns, columns];
            for (var i = 0; i < columns; i++)
            {
                for (var j = 0; j < columns; j++)
                {
                    for (var t = 0; t < tokens; t++)
                        hessian[i, j] += x[(t * columns) + i] * x[(t * columns) + j] / tokens;
                }
            }

            for (var i = 0; i < columns; i++)
            {
                if (hessian[i, i] != 0)
                    continue;
                hessian[i, i] = 1;
                for (var row = 0; row < rows; row++)
                    original[(row * columns) + i] = 0;
            }

            var clipped = ranges is null ? [.. original] : ranges.to_type(ScalarType.Float64).contiguous().data<double>().ToArray();
            var order = Enumerable.Range(0, columns).ToArray();
            if (options.DescendingActivations)
                order = [.. order.OrderByDescending(i => hessian[i, i])];
            var mean = Enumerable.Range(0, columns).Average(i => hessian[i, i]);
            for (var i = 0; i < columns; i++)
                hessian[i, i] += options.Damping * mean;
            var result = new sbyte[rows * columns];
            for (var row = 0; row < rows; row++)
            {
                var own = Eliminate(Row(original), Row(original), options.StaticGroups || scheme.GroupSize == 0, Inverse(hessian), order, length);
                var given = Eliminate(Row(original), Row(clipped), isStatic: true, Inverse(hessian), order, length);
                var best = ranges is not null && Cost(Row(original), given.Values, hessian) < Cost(Row(original), own.Values, hessian) ? given : own;
                best.Integers.CopyTo(result, row * columns);

                double[] Row(double[] matrix) => matrix.AsSpan(row * columns, columns).ToArray();
            }

            return result;
        }

        /// <summary>What the integers cost the layer's output, by the quadratic form itself.</summary>
        private double Cost(double[] weights, double[] rounded, double[,] hessian)
        {
            var cost = 0.0;
            for (var i = 0; i < columns; i++)
            {
                for (var j = 0; j < columns; j++)
                    cost += (weights[i] - rounded[i]) * hessian[i, j] * (weights[j] - rounded[j]);
            }

            return cost;
        }

        private (sbyte[] Integers, double[] Values) Eliminate(double[] weights, double[] clipped, bool isStatic, double[,] inverse, int[] order, int length)
        {
            var (result, values) = (new sbyte[columns], new double[columns]);
            var parameters = new (float Scale, int ZeroPoint)[columns / length];
            for (var group = 0; group < parameters.Length; group++)
                parameters[group] = Choose(clipped.AsSpan(group * length, length));
            foreach (var i in order)
            {
                if (!isStatic && i % length == 0)
                    parameters[i / length] = Choose(weights.AsSpan(i, length));
                var (scale, zeroPoint) = parameters[i / length];
                result[i] = (sbyte)scheme.Quantize((float)weights[i], scale, zeroPoint);
                values[i] = scale * (result[i] - zeroPoint);
                var error = weights[i] - values[i];
                for (var j = 0; j < columns; j++)
                    weights[j] -= error / inverse[i, i] * inverse[i, j];
                // The inverse of the Hessian without input i.
                var row = Enumerable.Range(0, columns).Select(j => inverse[i, j]).ToArray();
                for (var j = 0; j < columns; j++)
                {
                    for (var k = 0; k < columns; k++)
                        inverse[j, k] -= row[j] * row[k] / row[i];
                }
            }

            return (result, values);
        }

        private (float Scale, int ZeroPoint) Choose(ReadOnlySpan<double> weights)
        {
            var floats = new float[weights.Length];
            for (var i = 0; i < floats.Length; i++)
                floats[i] = (float)weights[i];
            return scheme.ChooseParameters(floats);
        }

        /// <summary>By Gauss and Jordan.</summary>
        private static double[,] Inverse(double[,] matrix)
        {
            var n = matrix.GetLength(0);
            var (left, right) = ((double[,])matrix.Clone(), new double[n, n]);
            for (var i = 0; i < n; i++)
                right[i, i] = 1;
            for (var i = 0; i < n; i++)
            {
                var pivot = left[i, i];
                for (var j = 0; j < n; j++)
                {
                    left[i, j] /= pivot;
                    right[i, j] /= pivot;
                }

                for (var row = 0; row < n; row++)
                {
                    var factor = left[row, i];
                    if (row == i || factor == 0)
                        continue;
                    for (var j = 0; j < n; j++)
                    {
                        left[row, j] -= factor * left[i, j];
                        right[row, j] -= factor * right[i, j];
                    }
                }
            }

            return right;
        }
    }
}
