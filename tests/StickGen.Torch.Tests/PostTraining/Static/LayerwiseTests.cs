using System.Runtime.InteropServices;
using StickGen.Compression;
using StickGen.Graphs;
using StickGen.PostTraining;
using StickGen.Torch.Tests.Models;
using StickGen.Units;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>Bias correction and adaptive rounding, against the same on plain arrays.</summary>
public sealed class LayerwiseTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public LayerwiseTests() => random.manual_seed(41);

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Corrected_channels_have_the_mean_of_the_float_network(bool adaptive)
    {
        using var model = Uneven.Make(new PairsNet(), 1);
        var data = Uneven.Batches(1, 3, 8, 3, 8, 8);
        var algorithm = new StaticQuantization(new() { WeightBits = 3, CorrectBias = true, AdaptiveRounding = adaptive ? new() { Iterations = 30 } : null });
        using var variant = algorithm.Apply(model);
        algorithm.Calibrate(variant, data);
        var deployed = algorithm.ToGraph(variant);

        using var noGrad = no_grad();
        // What each layer computes before its activation: in the float network, by its own modules.
        var y1 = model.Norm1.forward(model.Conv1.forward(cat(data)));
        var y2 = model.Norm2.forward(model.Conv2.forward(functional.relu(y1)));
        var y3 = model.Conv3.forward(functional.relu(y2));
        var y4 = model.Hidden.forward(functional.relu(model.Pool.forward(y3)).flatten(1));
        var y5 = model.Classifier.forward(functional.relu(y4));

        var x = Inputs(variant, data);
        var wrong = new StaticQuantization(new() { WeightBits = 3 });
        using var uncorrected = wrong.Apply(model);
        wrong.Calibrate(uncorrected, data);
        var off = Inputs(uncorrected, data);
        var nearest = wrong.ToGraph(uncorrected);
        foreach (var (name, expected) in new (string, Tensor)[] { ("Conv1_Norm1_relu", y1), ("Conv2_Norm2_relu", y2), ("Conv3", y3), ("Hidden_relu", y4), ("Classifier", y5) })
        {
            var corrected = (Mean(Layer(deployed, variant.State, name, x[name])) - Mean(expected)).abs().max().item<float>();
            var before = (Mean(Layer(nearest, uncorrected.State, name, off[name])) - Mean(expected)).abs().max().item<float>();
            // The deployed bias is a whole number of steps, each of which is the scale of the input times that of the weight.
            var step = variant.State.Units.First(u => u.Name == name).Inputs[0].Parameters.Scale * deployed.Values[$"{name}.weight"].Quantization!.Scales.Max();
            Assert.InRange(corrected, 0, (0.5 * step) + 1e-5);
            Assert.True(before > step, $"{name}: {before}, in steps of {step}");
        }
    }

    [Fact]
    public void Learned_rounding_is_that_of_a_slow_reference()
    {
        // All samples in each step, in order, so that nothing is drawn.
        var options = new AdaptiveRoundingOptions { Iterations = 400, BatchSize = 1 << 20, LearningRate = 0.02 };
        using var model = Uneven.Make(new SingleConvNet(), 2, spread: 0.5);
        var data = Uneven.Batches(2, 2, 3, 2, 5, 5);
        var algorithm = new StaticQuantization(new() { WeightBits = 3, AdaptiveRounding = options, Samples = 1 << 20 });
        using var variant = algorithm.Apply(model);
        var report = algorithm.Calibrate(variant, data);

        var quantizer = variant.State.Quantizers["Conv_Norm_relu.weight"];
        var scales = quantizer.Parameters.Scales;
        var weights = FoldedWeight(model.Conv, model.Norm);
        var bias = Enumerable.Range(0, 4).Select(o => model.Norm.bias![o].item<float>() - (model.Norm.running_mean![o].item<float>() * Factor(model.Norm, o))).ToArray();
        var floats = cat(data);
        var steps = variant.State.Quantizers["x.output"].Parameters.Scale;
        var seen = Inputs(variant, data)["Conv_Norm_relu"];
        Assert.InRange((floats - seen).abs().max().item<float>(), 0.01 * steps, 0.51 * steps);

        var integers = new double[4][];
        var moved = 0;
        for (var o = 0; o < 4; o++)
        {
            var group = o / 2;
            var (inputs, targets) = (Patches(seen, group), Patches(floats, group).Select(p => Math.Max(0, p.Zip(weights[o], (a, b) => a * b).Sum() + bias[o])).ToArray());
            integers[o] = Learn(weights[o], scales[o], bias[o], inputs, targets, options, 4);
            moved += integers[o].Where((q, i) => q != Math.Clamp(Math.Round(weights[o][i] / scales[o]), -3, 3)).Count();
        }

        Assert.True(moved > 3, $"{moved} weights are rounded otherwise than to nearest.");
        var deployed = Integers(algorithm.ToGraph(variant), "Conv_Norm_relu");
        Assert.Equal(integers.SelectMany(r => r).Select(q => (sbyte)q), deployed);
        Assert.True(report.Layers[0].RelativeError < report.Layers[0].NearestError);
    }

    [Fact]
    public void Learned_rounding_is_near_to_the_best_of_all()
    {
        var (learned, nearest) = (0.0, 0.0);
        for (var seed = 0; seed < 3; seed++)
        {
            using var model = Uneven.Make(new TwoLayersNet(), seed, spread: 0.5);
            var data = Enumerable.Range(0, 4).Select(i => Data.Normal(50 + i, 16, 5).matmul(Data.Normal(60 + seed, 5, 5))).ToArray();
            var algorithm = new StaticQuantization(new() { WeightBits = 3, AdaptiveRounding = new() { Iterations = 200, LearningRate = 0.05, BatchSize = 64 } });
            using var variant = algorithm.Apply(model);
            var report = algorithm.Calibrate(variant, data);

            // One row of five weights: 32 ways to round.
            var (floats, seen) = (functional.relu(model.First.forward(cat(data))).detach(), Inputs(variant, data)["Second"]);
            var (weight, bias) = (model.Second.weight.ToArray(), model.Second.bias!.detach());
            var scale = variant.State.Quantizers["Second.weight"].Parameters.Scales[0];
            var target = floats.matmul(tensor(weight)) + bias;
            var errors = Enumerable.Range(0, 1 << weight.Length).Select(ways =>
            {
                var rounded = tensor(weight.Select((w, i) => (float)Math.Clamp(Math.Floor(w / scale) + ((ways >> i) & 1), -3, 3) * scale).ToArray());
                return (double)(seen.matmul(rounded) + bias - target).square().mean().item<float>() / target.square().mean().item<float>();
            }).Order().ToList();
            Assert.InRange(report.Layers[1].RelativeError, errors[0] * 0.999, errors[2] * 1.001);
            learned += report.Layers[1].RelativeError;
            nearest += report.Layers[1].NearestError;
        }

        Assert.True(learned < 0.8 * nearest, $"{learned} and {nearest}");
    }

    [Fact]
    public void Few_bits_lose_less_with_each_step()
    {
        using var model = Uneven.Make(new PairsNet(), 4, spread: 1);
        var data = Uneven.Batches(4, 2, 16, 3, 8, 8);
        var plain = Calibrate(new() { WeightBits = 3 });
        var corrected = Calibrate(new() { WeightBits = 3, CorrectBias = true });
        var learned = Calibrate(new() { WeightBits = 3, AdaptiveRounding = new() { Iterations = 200, LearningRate = 0.03 }, CorrectBias = true });
        Assert.True(corrected.OutputError < 0.5 * plain.OutputError && learned.OutputError < corrected.OutputError, $"{plain}{corrected}{learned}");
        Assert.True(learned.Layers.Average(l => l.RelativeError) < 0.85 * corrected.Layers.Average(l => l.RelativeError), $"{corrected}{learned}");

        StaticQuantizationReport Calibrate(StaticQuantizationOptions options)
        {
            var algorithm = new StaticQuantization(options);
            using var variant = algorithm.Apply(model);
            return algorithm.Calibrate(variant, data);
        }
    }

    [Fact]
    public void Beta_falls_after_the_warm_start()
    {
        var options = new AdaptiveRoundingOptions { Iterations = 100 };
        Assert.All(Enumerable.Range(0, 20), step => Assert.Null(AdaptiveRounding.Beta(options, step)));
        var betas = Enumerable.Range(20, 80).Select(step => AdaptiveRounding.Beta(options, step)!.Value).ToList();
        Assert.Equal(20, betas[0]);
        Assert.Equal(betas.OrderDescending(), betas);
        Assert.InRange(betas[^1], 2, 2.1);
        Assert.Equal(11, betas[40], 0.1);
    }

    /// <summary>AdaRound with Adam, in float64, weight by weight.</summary>
    private static double[] Learn(double[] weight, double scale, double bias, double[][] inputs, double[] targets, AdaptiveRoundingOptions options, int outputs)
    {
        var floor = Array.ConvertAll(weight, w => Math.Floor((float)w / (float)scale));
        var v = weight.Select((w, i) => -Math.Log((1.2 / (((float)w / (float)scale) - floor[i] + 0.1)) - 1)).ToArray();
        var (first, second) = (new double[v.Length], new double[v.Length]);
        for (var step = 0; step < options.Iterations; step++)
        {
            var up = Array.ConvertAll(v, Up);
            var gradient = new double[v.Length];
            for (var n = 0; n < inputs.Length; n++)
            {
                var sum = bias;
                for (var i = 0; i < v.Length; i++)
                    sum += inputs[n][i] * scale * Math.Clamp(floor[i] + up[i], -3, 3);
                var error = sum > 0 ? 2 * (sum - targets[n]) / inputs.Length : 0;
                for (var i = 0; i < v.Length; i++)
                    gradient[i] += floor[i] + up[i] is >= -3 and <= 3 ? error * inputs[n][i] * scale : 0;
            }

            for (var i = 0; i < v.Length; i++)
            {
                if (step >= options.WarmStart * options.Iterations)
                {
                    var done = (step - (options.WarmStart * options.Iterations)) / ((1 - options.WarmStart) * options.Iterations);
                    var beta = options.LastBeta + (0.5 * (options.FirstBeta - options.LastBeta) * (1 + Math.Cos(done * Math.PI)));
                    var d = (2 * up[i]) - 1;
                    gradient[i] -= options.Regularization * beta * Math.Pow(Math.Abs(d), beta - 1) * Math.Sign(d) * 2;
                }

                var s = 1 / (1 + Math.Exp(-v[i]));
                gradient[i] *= (1.2 * s) - 0.1 is >= 0 and <= 1 ? 1.2 * s * (1 - s) : 0;
                first[i] = (0.9 * first[i]) + (0.1 * gradient[i]);
                second[i] = (0.999 * second[i]) + (0.001 * gradient[i] * gradient[i]);
                v[i] -= options.LearningRate * (first[i] / (1 - Math.Pow(0.9, step + 1))) / (Math.Sqrt(second[i] / (1 - Math.Pow(0.999, step + 1))) + 1e-8);
            }
        }

        return [.. floor.Select((f, i) => Math.Clamp(f + (Up(v[i]) >= 0.5 ? 1 : 0), -3, 3))];

        static double Up(double choice) => Math.Clamp((1.2 / (1 + Math.Exp(-choice))) - 0.1, 0, 1);
    }

    /// <summary>The values under the window of <see cref="SingleConvNet"/> at all positions, for one of its groups.</summary>
    private static double[][] Patches(Tensor x, int group)
    {
        var (values, patches) = (x.ToArray(), new List<double[]>());
        for (var n = 0; n < x.shape[0]; n++)
        {
            for (var r = -1; r + 3 <= 6; r += 2)
            {
                for (var c = -1; c + 3 <= 6; c += 2)
                    patches.Add([.. Enumerable.Range(0, 9).Select(k => Pixel(n, r + (k / 3), c + (k % 3)))]);
            }
        }

        return [.. patches];

        double Pixel(int n, int r, int c) => r is >= 0 and < 5 && c is >= 0 and < 5 ? values[(((n * 2) + group) * 25) + (r * 5) + c] : 0;
    }

    private static double[][] FoldedWeight(Conv2d conv, BatchNorm2d norm) =>
        [.. conv.weight.ToArray().Chunk((int)(conv.weight.numel() / conv.weight.shape[0])).Select((row, o) => Array.ConvertAll(row, w => (double)(float)(w * (float)Factor(norm, o))))];

    private static double Factor(BatchNorm2d norm, int channel) => norm.weight![channel].item<float>() / MathF.Sqrt(norm.running_var![channel].item<float>() + (float)norm.eps);

    /// <summary>What each layer reads in the quantized network, all batches one after the other.</summary>
    private static Dictionary<string, Tensor> Inputs(nn.Module<Tensor, Tensor> variant, Tensor[] data)
    {
        var state = ((IFakeQuantized)variant).State;
        var inputs = new Dictionary<string, Tensor>();
        void Keep(Unit unit, ReadOnlySpan<Tensor> read, Tensor result)
        {
            if (unit is WeightedUnit)
                inputs[unit.Name] = read[0].clone().DetachFromDisposeScope();
        }

        variant.eval();
        state.Computed += Keep;
        using (no_grad())
            variant.forward(cat(data));
        state.Computed -= Keep;
        return inputs;
    }

    private static sbyte[] Integers(ModelGraph graph, string layer) => MemoryMarshal.Cast<byte, sbyte>(graph.Values[$"{layer}.weight"].Data.Span).ToArray();

    /// <summary>A layer of the integer model on real numbers: its integers times their scales, before the activation.</summary>
    private static Tensor Layer(ModelGraph graph, FakeQuantization state, string name, Tensor x)
    {
        var unit = state.Units.OfType<WeightedUnit>().First(u => u.Name == name);
        var constant = graph.Values[$"{name}.weight"];
        var scales = constant.Quantization!.Scales.ToArray();
        var weight = tensor(Array.ConvertAll(Integers(graph, name), q => (float)q)).reshape([.. constant.Shape!.Select(d => d.Size)]);
        weight *= tensor(scales).reshape([-1, .. Enumerable.Repeat(1L, (int)weight.dim() - 1)]);
        var bias = tensor(MemoryMarshal.Cast<byte, int>(graph.Values[$"{name}.bias"].Data.Span).ToArray()).to_type(ScalarType.Float64)
            * tensor(scales).to_type(ScalarType.Float64) * (double)unit.Inputs[0].Parameters.Scale;
        var floatBias = bias.to_type(ScalarType.Float32);
        if (unit is not ConvUnit conv)
            return functional.linear(x, weight, floatBias);
        var c = conv.Convolution;
        return functional.conv2d(x, weight, floatBias, [conv.Window.Stride.Height, conv.Window.Stride.Width], [conv.Window.Padding.Height, conv.Window.Padding.Width], groups: c.groups);
    }

    private static Tensor Mean(Tensor y) => y.dim() == 4 ? y.mean([0, 2, 3]) : y.mean([0]);
}
