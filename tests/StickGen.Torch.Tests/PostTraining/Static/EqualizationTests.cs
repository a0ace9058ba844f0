using StickGen.Compression;
using StickGen.PostTraining;
using StickGen.Torch.Tests.Models;
using StickGen.Torch.Tests.Models.Zoo;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>Cross-layer equalization: the float network stays, the ranges of weights become alike.</summary>
public sealed class EqualizationTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public EqualizationTests() => random.manual_seed(21);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Pairs_are_those_of_a_slow_reference()
    {
        using var model = Uneven.Make(new PairsNet(), 1);
        var algorithm = new StaticQuantization(new() { Equalize = true, WeightRange = WeightRange.Extremes });
        using var variant = algorithm.Apply(model);
        var report = algorithm.Calibrate(variant, Uneven.Batches(1, 2, 4, 3, 8, 8));

        var (layers, scales) = Reference(model);
        Assert.Equal(4, report.Equalized.Count);
        foreach (var (pair, expected) in report.Equalized.Zip(scales))
        {
            Assert.Equal(expected.Min(), pair.Smallest, 0.01 * expected.Min());
            Assert.Equal(expected.Max(), pair.Largest, 0.01 * expected.Max());
        }

        // What the quantizers of weights have seen are the ranges of the reference, channel by channel.
        string[] names = ["Conv1_Norm1_relu", "Conv2_Norm2_relu", "Conv3", "Hidden_relu", "Classifier"];
        foreach (var (name, layer) in names.Zip(layers))
        {
            var ranges = variant.State.Quantizers[$"{name}.weight"].Parameters.Scales;
            for (var o = 0; o < layer.GetLength(0); o++)
                Assert.Equal(RowMaximum(layer, o) / 127, ranges[o], 0.01 * ranges[o]);
        }
    }

    [Fact]
    public void The_float_network_stays_the_same()
    {
        Check(Uneven.Make(new PairsNet(), 2), [], [6, 3, 8, 8], pairs: 4);
        Check(Uneven.Make(new DepthwiseNet(), 3), [], [6, 3, 8, 8], pairs: 3);
        Check(Uneven.Make(new ResidualNet(), 4), [], [6, 6, 9, 7], pairs: 1);
        Check(Uneven.Make(new ResNet([1, 1], hasBottlenecks: false), 5, spread: 1), [new("batch", 3, 32, 32)], [2, 3, 32, 32], pairs: 2);
        Check(Uneven.Make(new ResNet([1, 1], hasBottlenecks: true), 6, spread: 0.5), [new("batch", 3, 32, 32)], [2, 3, 32, 32], pairs: 4);
    }

    [Fact]
    public void Relu6_becomes_relu_where_that_is_asked_for()
    {
        using var model = Uneven.Make(new BoundedNet(), 7, spread: 1);
        var data = Uneven.Batches(7, 2, 4, 3, 8, 8);
        using (Run(model, [], new() { Equalize = true }, data, out var plain))
        {
            Assert.Empty(plain.Equalized);
            string[] places = ["stem_stemNorm_relu6: not equalized: 'stem_stemNorm_relu6' is a ReLU6", "depthwise: not equalized: 'relu6' is a ReLU6"];
            Assert.All(places, place => Assert.Contains(plain.Notes, n => n.StartsWith(place, StringComparison.Ordinal) && n.Contains(nameof(StaticQuantizationOptions.ReplaceRelu6), StringComparison.Ordinal)));
        }

        using var replaced = Run(model, [], new() { Equalize = true, ReplaceRelu6 = true }, data, out var report);
        Assert.Equal(["stem_stemNorm_relu6", "depthwise"], report.Equalized.Select(p => p.First));
        // Of small values, none is above 6, and the network is the same without the limit; of large ones it is another.
        CheckFloat(model, replaced, data[0] * 0.1);
        using var noGrad = no_grad();
        Assert.True((model.forward(data[0] * 100) - replaced.forward(data[0] * 100)).abs().max().item<float>() > 1);
        var deployed = ((IFakeQuantized)replaced).State.Algorithm.ToGraph((IFakeQuantized)replaced);
        Assert.DoesNotContain(deployed.Nodes, n => n.Operation.ToString().Contains("Relu6", StringComparison.Ordinal));
        Assert.Equal(2, deployed.Nodes.Count(n => n.Operation.ToString().Contains("Relu", StringComparison.Ordinal)));
    }

    [Fact]
    public void Layers_that_cannot_be_equalized_are_named()
    {
        using var model = Uneven.Make(new ResidualNet(), 8);
        using var variant = Run(model, [], new() { Equalize = true }, Uneven.Batches(8, 1, 4, 6, 9, 7), out var report);
        Assert.Equal(["conv1_bn1_relu → conv2_bn2"], report.Equalized.Select(p => $"{p.First} → {p.Second}"));
        Assert.Contains("conv2_bn2: not equalized: 'add_relu' adds it to something else, which would have to be scaled alike", report.Notes);
        Assert.Contains("fc: not equalized: what it computes is a result of the model", report.Notes);
    }

    [Fact]
    public void It_saves_a_network_whose_weights_have_one_scale_for_all_channels()
    {
        using var model = Uneven.Make(new DepthwiseNet(), 9, spread: 4);
        var data = Uneven.Batches(9, 4, 16, 3, 8, 8);
        var options = new StaticQuantizationOptions { WeightPerChannel = false, WeightRange = WeightRange.Extremes };
        using var plain = Run(model, [], options, data, out var before);
        using var equalized = Run(model, [], options with { Equalize = true }, data, out var after);
        Assert.True(after.OutputError < before.OutputError / 2, $"{before.OutputError} and {after.OutputError}");
    }

    private static void Check(Module<Tensor, Tensor> model, Graphs.Shape[] shapes, long[] input, int pairs)
    {
        using var disposed = model;
        using var variant = Run(model, shapes, new() { Equalize = true }, Uneven.Batches(3, 1, input), out var report);
        Assert.Equal(pairs, report.Equalized.Count);
        Assert.True(report.Equalized.Max(p => p.Largest) > 1.1 || report.Equalized.Min(p => p.Smallest) < 0.9);
        CheckFloat(model, variant, Uneven.Batches(4, 1, input)[0]);
    }

    private static void CheckFloat(Module<Tensor, Tensor> model, Module<Tensor, Tensor> variant, Tensor x)
    {
        using var noGrad = no_grad();
        var expected = model.forward(x);
        ((IFakeQuantized)variant).State.Mode = QuantizationMode.Disabled;
        variant.eval();
        Data.AssertClose(expected, variant.forward(x), 1e-5 * Math.Max(1, expected.abs().max().item<float>()));
    }

    private static Module<Tensor, Tensor> Run(
        Module<Tensor, Tensor> model, Graphs.Shape[] shapes, StaticQuantizationOptions options, Tensor[] data, out StaticQuantizationReport report)
    {
        var algorithm = new StaticQuantization(options);
        var variant = (Module<Tensor, Tensor>)algorithm.ApplyTo((ICompressible)model, shapes);
        report = algorithm.Calibrate((IFakeQuantized)variant, data);
        return variant;
    }

    private static double RowMaximum(double[,] weight, int row) => Enumerable.Range(0, weight.GetLength(1)).Max(i => Math.Abs(weight[row, i]));

    /// <summary>
    /// The pairs of <see cref="PairsNet"/>, equalized on plain arrays: matrices of [outputs, inputs], where an input is a pixel under the window, with zeros where a convolution in groups has no weight.
    /// </summary>
    private static (List<double[,]> Layers, List<double[]> Scales) Reference(PairsNet model)
    {
        List<double[,]> layers =
        [
            Matrix(model.Conv1.weight, 1, model.Norm1), Matrix(model.Conv2.weight, 2, model.Norm2), Matrix(model.Conv3.weight, 1, null),
            Matrix(model.Hidden.weight, 1, null), Matrix(model.Classifier.weight, 1, null),
        ];
        var scales = new List<double[]>();
        for (var i = 0; i + 1 < layers.Count; i++)
            scales.Add([.. Enumerable.Repeat(1.0, layers[i].GetLength(0))]);
        for (var sweep = 0; sweep < 500; sweep++)
        {
            for (var i = 0; i + 1 < layers.Count; i++)
            {
                var (first, second) = (layers[i], layers[i + 1]);
                var channels = first.GetLength(0);
                var spread = second.GetLength(1) / channels;
                for (var c = 0; c < channels; c++)
                {
                    var read = 0.0;
                    for (var o = 0; o < second.GetLength(0); o++)
                    {
                        for (var j = c * spread; j < (c + 1) * spread; j++)
                            read = Math.Max(read, Math.Abs(second[o, j]));
                    }

                    var scale = Math.Sqrt(RowMaximum(first, c) / read);
                    scales[i][c] *= scale;
                    for (var j = 0; j < first.GetLength(1); j++)
                        first[c, j] /= scale;
                    for (var o = 0; o < second.GetLength(0); o++)
                    {
                        for (var j = c * spread; j < (c + 1) * spread; j++)
                            second[o, j] *= scale;
                    }
                }
            }
        }

        return (layers, scales);
    }

    private static double[,] Matrix(Tensor weight, int groups, BatchNorm2d? norm)
    {
        var values = weight.ToArray();
        var (outputs, own) = ((int)weight.shape[0], (int)weight.shape[1]);
        var pixels = values.Length / outputs / own;
        var matrix = new double[outputs, own * groups * pixels];
        for (var o = 0; o < outputs; o++)
        {
            var factor = norm is null ? 1 : norm.weight![o].item<float>() / Math.Sqrt(norm.running_var![o].item<float>() + norm.eps);
            var begin = o / (outputs / groups) * own;
            for (var i = 0; i < own * pixels; i++)
                matrix[o, (begin * pixels) + i] = values[(o * own * pixels) + i] * factor;
        }

        return matrix;
    }
}
