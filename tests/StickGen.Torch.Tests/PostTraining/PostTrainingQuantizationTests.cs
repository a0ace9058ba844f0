using StickGen.Compression;
using StickGen.Deployment;
using StickGen.PostTraining;
using StickGen.Quantization;
using StickGen.Torch.Tests.Training;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>The engine of post-training quantization, against the same decoder written once more, whose weights the tests round themselves.</summary>
public sealed class PostTrainingQuantizationTests
{
    private static readonly string[] Names = ["query", "key", "value", "output", "gate", "up", "down"];

    [Theory]
    [InlineData(8, 0, true)]
    [InlineData(4, 32, true)]
    [InlineData(4, 64, false)]
    [InlineData(3, 32, false)]
    [InlineData(2, 32, false)]
    public void Rounding_to_nearest_is_the_model_of_the_rounded_weights(int bits, int groupSize, bool symmetric)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(1);
        var scheme = new GroupScheme { Bits = bits, GroupSize = groupSize, Symmetric = symmetric };
        var data = SmallDecoder.Batches(2, 3);
        var before = model.forward(data[0]);

        var (variant, report) = Quantize(model, new() { Weights = scheme }, data);

        var slow = new SlowDecoder(model);
        var errors = new List<double>();
        var x = Array.ConvertAll(data, slow.Embed);
        for (var i = 0; i < 2; i++)
        {
            var expected = Array.ConvertAll(x, batch => slow.Layer(i, batch));
            foreach (var name in Names)
                RoundWeight(slow, $"layers.{i}.{name}", scheme);
            x = Array.ConvertAll(x, batch => slow.Layer(i, batch));
            errors.Add(x.Zip(expected, (a, b) => (a - b).pow(2).mean().ToDouble()).Average());
        }

        Data.AssertSame(slow.Head(x[0]), variant.forward(data[0]));
        Assert.Equal(["layers.0", "layers.1"], report.Blocks.Select(b => b.Name));
        Assert.All(report.Blocks.Zip(errors), pair => Assert.Equal(pair.Second, pair.First.MeanSquaredError, pair.Second * 1e-5));
        // The model that it was made from is as it was.
        Data.AssertSame(before, model.forward(data[0]));
    }

    [Fact]
    public void Gptq_rounds_each_layer_by_what_the_rounded_layers_before_it_compute()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(3);
        var scheme = new GroupScheme { Bits = 3, GroupSize = 32 };
        var data = SmallDecoder.Batches(4, 4);

        var (variant, report) = Quantize(model, new() { Weights = scheme, Steps = [new GptqRounding()] }, data);

        var slow = new SlowDecoder(model);
        for (var i = 0; i < 2; i++)
        {
            foreach (var together in (string[][])[["query", "key", "value"], ["output"], ["gate", "up"], ["down"]])
            {
                var first = $"layers.{i}.{together[0]}";
                using var covariance = new InputCovariance((int)slow.Weights[$"{first}.weight"].shape[1]);
                slow.Read = (name, x) =>
                {
                    if (name == first)
                        covariance.Add(x);
                    return x;
                };
                foreach (var batch in data)
                    slow.Forward(batch, 2);
                slow.Read = (_, x) => x;
                foreach (var name in together)
                    Replace(slow, $"layers.{i}.{name}", Gptq.Quantize(slow.Weights[$"layers.{i}.{name}.weight"], covariance, scheme));
            }
        }

        Data.AssertSame(slow.Forward(data[0], 2), variant.forward(data[0]));
        var (_, nearest) = Quantize(model, new() { Weights = scheme }, data);
        Assert.True(report.MeanSquaredError < 0.8 * nearest.MeanSquaredError, $"{report.MeanSquaredError} and {nearest.MeanSquaredError}");
    }

    [Fact]
    public void Tokens_are_quantized_by_their_own_scales()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(5);
        var scheme = new GroupScheme { Bits = 8 };
        var data = SmallDecoder.Batches(6, 2);

        var (variant, _) = Quantize(model, new() { Weights = scheme, Activations = ActivationQuantization.DynamicPerToken }, data);

        var slow = new SlowDecoder(model);
        RoundWeights(slow, scheme);
        slow.Read = (name, x) => name == "head" ? x : Rows(x, row =>
        {
            var scale = DynamicQuantization.Scale(row.Max(MathF.Abs));
            return Array.ConvertAll(row, v => scale * AffineQuantization.Quantize(v, scale, 0, -127, 127));
        });
        Data.AssertSame(slow.Forward(data[1], 2), variant.forward(data[1]));
    }

    [Fact]
    public void Static_ranges_are_those_of_the_calibration()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(7, depth: 1);
        var scheme = new GroupScheme { Bits = 8 };
        var data = SmallDecoder.Batches(8, 3);

        var (variant, _) = Quantize(model, new() { Weights = scheme, Activations = ActivationQuantization.StaticPerTensor }, data);

        var slow = new SlowDecoder(model);
        var ranges = new Dictionary<string, (float Low, float High)>();
        slow.Read = (name, x) =>
        {
            var (low, high) = ranges.GetValueOrDefault(name);
            ranges[name] = (MathF.Min(low, x.ToArray().Min()), MathF.Max(high, x.ToArray().Max()));
            return x;
        };
        foreach (var batch in data)
            slow.Forward(batch, 1);
        RoundWeights(slow, scheme, depth: 1);
        slow.Read = (name, x) =>
        {
            var (scale, zeroPoint) = AffineQuantization.ChooseParameters(ranges[name].Low, ranges[name].High, QuantizationScheme.Activations8);
            return name == "head" ? x : Rows(x, row => Array.ConvertAll(row, v => scale * (AffineQuantization.Quantize(v, scale, zeroPoint, 0, 255) - zeroPoint)));
        };
        // Values outside of the ranges are clamped: other data than that of the calibration.
        var other = SmallDecoder.Batches(9, 1)[0];
        Data.AssertSame(slow.Forward(other, 1), variant.forward(other));
    }

    [Theory]
    [InlineData(ActivationRange.LeastSquares)]
    [InlineData(ActivationRange.LeastDivergence)]
    [InlineData(ActivationRange.Percentile)]
    public void Static_ranges_that_leave_values_out(ActivationRange range)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(7, depth: 1);
        var data = SmallDecoder.Batches(8, 3);
        var options = new PostTrainingOptions { Activations = ActivationQuantization.StaticPerTensor, ActivationRange = range, Percentile = 99 };
        var (variant, _) = Quantize(model, options, data);

        // What the first layer reads is still in float.
        var values = new List<float>();
        var slow = new SlowDecoder(model)
        {
            Read = (name, x) =>
            {
                if (name == "layers.0.query")
                    values.AddRange(x.ToArray());
                return x;
            },
        };
        foreach (var batch in data)
            slow.Forward(batch, 1);
        var (low, high) = ((IFakeQuantized)variant).State.Units.OfType<LinearUnit>().Single(unit => unit.Name == "layers.0.query").Quantized!.InputRange!.Value;
        values.Sort();
        Assert.InRange(low, values[0], 0);
        Assert.InRange(high, 0, values[^1]);
        if (range == ActivationRange.Percentile)
        {
            var bin = (values[^1] - values[0]) / 1000;
            Assert.InRange(high, values[(int)(0.99 * values.Count)] - bin, values[(int)(0.99 * values.Count)] + bin);
        }
        else if (range == ActivationRange.LeastSquares)
        {
            var best = Enumerable.Range(1, 50).Min(i => Error(values[0] * i / 50, values[^1] * i / 50));
            Assert.True(Error(low, high) <= best * 1.02, $"{Error(low, high)}, and {best} is possible");
        }

        double Error(float from, float to)
        {
            var (scale, zeroPoint) = AffineQuantization.ChooseParameters(from, to, QuantizationScheme.Activations8);
            return values.Average(v => Math.Pow(v - (scale * (AffineQuantization.Quantize(v, scale, zeroPoint, 0, 255) - zeroPoint)), 2));
        }
    }

    [Theory]
    [InlineData(4, ActivationQuantization.None)]
    [InlineData(8, ActivationQuantization.DynamicPerToken)]
    [InlineData(8, ActivationQuantization.StaticPerTensor)]
    [InlineData(4, ActivationQuantization.StaticPerTensor)]
    public void Kernels_compute_what_the_fake_layers_do(int bits, ActivationQuantization activations)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(10);
        var data = SmallDecoder.Batches(11, 2);
        var algorithm = new PostTrainingQuantization(new() { Weights = new() { Bits = bits, GroupSize = 32, Symmetric = false }, Activations = activations, QuantizeOutside = true });
        using var variant = Apply(algorithm, model);
        var report = algorithm.Calibrate((IFakeQuantized)variant, data);
        var expected = variant.forward(data[0]);

        algorithm.UseKernels((IFakeQuantized)variant);

        // Sums of float32 in another order; with quantized tokens, one that is between two integers may then go the other way.
        var difference = (variant.forward(data[0]) - expected).abs().max().ToSingle();
        Assert.True(difference < (activations == ActivationQuantization.None ? 1e-4f : 0.05f), $"{difference}");
        Assert.Equal(["layers.0", "layers.1", "SmallDecoder"], report.Blocks.Select(b => b.Name));
        const long PerLayer = (64 * 64 * 2) + (64 * 32 * 2) + (3 * 64 * 128), Weights = (2 * PerLayer) + (50 * 64), Biases = 2 * (64 + 32 + 32), Other = (50 * 64) + (5 * 64);
        Assert.Equal(4 * (Weights + Biases + Other), report.FloatBytes);
        Assert.Equal((Weights * bits / 8) + (Weights / 32 * 5) + (4 * (Biases + Other)), report.QuantizedBytes);
        Assert.Contains("given up its float weight", Assert.Throws<CompressionException>(() => algorithm.Save((IFakeQuantized)variant, "x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_calibration_goes_on_where_it_was()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var folder = new TemporaryFolder();
        using var model = SmallDecoder.Structured(12, depth: 3);
        var data = SmallDecoder.Batches(13, 2);
        var algorithm = new PostTrainingQuantization(new() { Weights = new() { Bits = 4, GroupSize = 64, Symmetric = false }, Steps = [new GptqRounding()], Activations = ActivationQuantization.StaticPerTensor });
        using var whole = Apply(algorithm, model);
        var expected = algorithm.Calibrate((IFakeQuantized)whole, data);

        using var cancellation = new CancellationTokenSource();
        using var first = Apply(algorithm, model);
        var seen = new List<int>();
        Assert.Throws<OperationCanceledException>(() => algorithm.Calibrate(
            (IFakeQuantized)first, data, folder.File("run"),
            new Progress(p =>
            {
                seen.Add(p.Done);
                if (p.Done == 2)
                    cancellation.Cancel();
            }),
            cancellation.Token));
        // Two of its blocks are rounded; what goes on with it would take those for the float network.
        Assert.Contains("Apply the algorithm again", Assert.Throws<CompressionException>(() => algorithm.Calibrate((IFakeQuantized)first, data)).Message, StringComparison.Ordinal);
        using var second = Apply(algorithm, model);
        var report = algorithm.Calibrate((IFakeQuantized)second, data, folder.File("run"), new Progress(p => seen.Add(p.Done)));

        Assert.Equal([1, 2, 3], seen);
        Data.AssertSame(whole.forward(data[0]), second.forward(data[0]));
        Assert.Equal(expected.ToString(), report.ToString());
        // Another run has no business there.
        using var third = Apply(algorithm, model);
        Assert.Contains("with other data", Assert.Throws<CompressionException>(() => algorithm.Calibrate((IFakeQuantized)third, SmallDecoder.Batches(14, 2), folder.File("run"))).Message, StringComparison.Ordinal);
        model.get_parameter("layers.2.norm1.weight")!.mul_(2);
        using var scaled = Apply(algorithm, model);
        Assert.Contains("of another model", Assert.Throws<CompressionException>(() => algorithm.Calibrate((IFakeQuantized)scaled, data, folder.File("run"))).Message, StringComparison.Ordinal);
        File.WriteAllBytes(Path.Combine(folder.File("run"), "block-001.safetensors"), new byte[100]);
        Assert.Contains("block-001", Assert.Throws<CompressionException>(() => algorithm.Calibrate((IFakeQuantized)third, data, folder.File("run"))).Message, StringComparison.Ordinal);
    }

    /// <summary>The last norm belongs to a block that is done when the head is quantized: nothing moves into it any more, or its file would be of another network.</summary>
    [Fact]
    public void What_is_outside_of_the_blocks_leaves_them_as_they_are()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var folder = new TemporaryFolder();
        using var model = SmallDecoder.Structured(21);
        var data = SmallDecoder.Batches(22, 2);
        var algorithm = new PostTrainingQuantization(new() { Weights = new() { Bits = 4 }, Steps = [new SmoothQuant()], QuantizeOutside = true, Activations = ActivationQuantization.StaticPerTensor });
        using var first = Apply(algorithm, model);
        algorithm.Calibrate((IFakeQuantized)first, data, folder.File("run"));
        // All of it comes from the files of the blocks.
        using var again = Apply(algorithm, model);
        algorithm.Calibrate((IFakeQuantized)again, data, folder.File("run"));
        Data.AssertSame(first.forward(data[0]), again.forward(data[0]));
    }

    [Fact]
    public void A_file_has_all_that_was_chosen()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var folder = new TemporaryFolder();
        using var model = SmallDecoder.Structured(15);
        var data = SmallDecoder.Batches(16, 1);
        var options = new PostTrainingOptions { Weights = new() { Bits = 3, GroupSize = 32, Symmetric = false }, Activations = ActivationQuantization.StaticPerTensor, QuantizeOutside = true };
        var algorithm = new PostTrainingQuantization(options);
        using var variant = Apply(algorithm, model);
        var report = algorithm.Calibrate((IFakeQuantized)variant, data);
        algorithm.Save((IFakeQuantized)variant, folder.File("model.safetensors"));

        using var loaded = Apply(algorithm, model);
        algorithm.Load((IFakeQuantized)loaded, folder.File("model.safetensors"));

        Data.AssertSame(variant.forward(data[0]), loaded.forward(data[0]));
        Assert.Equal(report.ToString(), algorithm.Report((IFakeQuantized)loaded).ToString());
        var other = new PostTrainingQuantization(options with { Weights = new() { Bits = 4 } });
        using var wrong = Apply(other, model);
        Assert.Contains("other layers or options", Assert.Throws<CompressionException>(() => other.Load((IFakeQuantized)wrong, folder.File("model.safetensors"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Single_layers_are_quantized_otherwise()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(17);
        var (variant, report) = Quantize(
            model,
            new()
            {
                Weights = new() { Bits = 4, GroupSize = 32 },
                Layers =
                [
                    LayerPolicy.Of((SmallDecoderLayer l) => l.down) with { Bits = 8, GroupSize = 0 },
                    new LayerPolicy("layers.1") { KeepFloat = true },
                    new LayerPolicy("layers.1.up") { Bits = 2 },
                ],
            },
            SmallDecoder.Batches(18, 1));

        string[] expected =
        [
            .. Names.Select(n => $"layers.0.{n} {(n == "down" ? "s8 per-channel symmetric" : "s4 g32 symmetric")}"), "layers.1.up s2 g32 symmetric", "layers.1.down s8 per-channel symmetric",
        ];
        Assert.Equal(expected, report.Layers.Where(l => l.Scheme is not null).Select(l => $"{l.Name} {l.Scheme}"));
        Assert.Contains(report.Layers, l => l is { Name: "head", Scheme: null });
        var summary = ((IFakeQuantized)variant).State.Algorithm.Summary((IFakeQuantized)variant);
        Assert.Equal(report.QuantizedBytes - report.FloatBytes, summary.QuantizedBytes - summary.FloatBytes);
        Assert.Contains("s2 g32 symmetric", summary.ToString(), StringComparison.Ordinal);
        Data.AssertSame(model.layers[1].query.weight, ((nn.Module)variant).state_dict()["layers.1.query.weight"]);
    }

    [Fact]
    public void What_is_wrong_is_said_before_anything_is_done()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(19);
        var data = SmallDecoder.Batches(20, 1);
        Fails("GPTQ and RTN both are of the stage Round", new() { Steps = [new GptqRounding(), new RoundToNearest()] });
        Fails("Damping is 0; allowed: larger than 0", new() { Steps = [new GptqRounding { Options = new() { Damping = 0 } }] });
        Fails("DescendingActivations with groups of 32 needs StaticGroups", new() { Weights = new() { GroupSize = 32 }, Steps = [new GptqRounding { Options = new() { DescendingActivations = true } }] });
        Fails("DescendingActivations with groups of 32 needs StaticGroups", new() { Layers = [new("layers.0.down") { GroupSize = 32 }], Steps = [new GptqRounding { Options = new() { DescendingActivations = true } }] });
        Fails("GroupSize is 48, which does not divide the 64 inputs of 'layers.0.query'", new() { Weights = new() { GroupSize = 48 } });
        Fails("policy of 'layers.7' is for nothing", new() { Layers = [new("layers.7") { KeepFloat = true }] });
        Fails("policy of 'layers.0' says nothing", new() { Layers = [new("layers.0")] });
        Fails("2 policies for 'layers.0'", new() { Layers = [new("layers.0") { Bits = 4 }, new("layers.0") { Bits = 8 }] });
        Fails("There is no block 'stages'", new() { Blocks = ["stages"] });
        Fails("'layers.0.norm1' is inside of the block 'layers.0'", new() { Blocks = ["layers.0.norm1", "layers"] });
        Fails("no linear layer that is to be quantized", new() { Layers = [new("layers") { KeepFloat = true }, new("head") { KeepFloat = true }] });

        var algorithm = new PostTrainingQuantization(new());
        using var variant = Apply(algorithm, model);
        Contains("no calibration data", () => algorithm.Calibrate((IFakeQuantized)variant, Array.Empty<Tensor>()));
        Contains("2 tensors; SmallDecoder has the inputs ids", () => algorithm.Calibrate((IFakeQuantized)variant, [[data[0], data[0]]]));
        Contains("is not calibrated", () => algorithm.UseKernels((IFakeQuantized)variant));
        algorithm.Calibrate((IFakeQuantized)variant, data);
        Contains("calibrated already", () => algorithm.Calibrate((IFakeQuantized)variant, data));

        model.get_parameter("layers.0.norm2.weight")!.fill_(float.NaN);
        using var broken = Apply(algorithm, model);
        Contains("What 'layers.0.gate' reads has values that are not finite", () => algorithm.Calibrate((IFakeQuantized)broken, data));
        Data.AssertSame(model.layers[0].query.weight, broken.state_dict()["layers.0.query.weight"]);

        void Fails(string text, PostTrainingOptions options) => Contains(text, () => Apply(new(options), model));

        static void Contains(string text, Action action) => Assert.Contains(text, Assert.Throws<CompressionException>(action).Message, StringComparison.Ordinal);
    }

    internal static nn.Module<Tensor, Tensor> Apply(PostTrainingQuantization algorithm, ICompressible model) => (nn.Module<Tensor, Tensor>)algorithm.ApplyTo(model, []);

    internal static (nn.Module<Tensor, Tensor> Variant, PostTrainingReport Report) Quantize(ICompressible model, PostTrainingOptions options, Tensor[] data)
    {
        var algorithm = new PostTrainingQuantization(options);
        var variant = Apply(algorithm, model);
        return (variant, algorithm.Calibrate((IFakeQuantized)variant, data));
    }

    private static void RoundWeights(SlowDecoder slow, GroupScheme scheme, int depth = 2)
    {
        for (var i = 0; i < depth; i++)
        {
            foreach (var name in Names)
                RoundWeight(slow, $"layers.{i}.{name}", scheme);
        }
    }

    private static void RoundWeight(SlowDecoder slow, string layer, GroupScheme scheme)
    {
        var weight = slow.Weights[$"{layer}.weight"];
        Replace(slow, layer, GroupedWeights.RoundToNearest(scheme, (int)weight.shape[0], (int)weight.shape[1], weight.ToArray()));
    }

    private static void Replace(SlowDecoder slow, string layer, GroupedWeights weights) => slow.Weights[$"{layer}.weight"] = tensor(weights.Dequantize(), [weights.Rows, weights.Columns]);

    private static Tensor Rows(Tensor x, Func<float[], float[]> map) =>
        tensor(x.ToArray().Chunk((int)x.shape[^1]).SelectMany(map).ToArray(), x.shape);

    private sealed class Progress(Action<PostTrainingProgress> report) : IProgress<PostTrainingProgress>
    {
        public void Report(PostTrainingProgress value) => report(value);
    }
}
