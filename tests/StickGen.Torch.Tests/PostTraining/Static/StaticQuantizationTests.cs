using StickGen.Compression;
using StickGen.Graphs;
using StickGen.PostTraining;
using StickGen.Torch.Tests.Algorithms;
using StickGen.Torch.Tests.Models;
using StickGen.Torch.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>Post-training quantization of networks to the integer model: what is found, what is deployed, what is refused.</summary>
public sealed class StaticQuantizationTests : IDisposable
{
    private static readonly AdaptiveRoundingOptions Short = new() { Iterations = 60, BatchSize = 64 };

    private static readonly StaticQuantizationOptions Everything = new() { Equalize = true, CorrectBias = true, AdaptiveRounding = Short, Samples = 400 };

    private readonly DisposeScope scope = NewDisposeScope();

    public StaticQuantizationTests() => random.manual_seed(31);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Ranges_are_those_of_the_float_network()
    {
        using var model = Uneven.Make(new PairsNet(), 1);
        var algorithm = new StaticQuantization(new() { WeightRange = WeightRange.Extremes });
        using var variant = algorithm.Apply(model);
        var data = Uneven.Batches(1, 3, 4, 3, 8, 8);
        algorithm.Calibrate(variant, data);

        using var noGrad = no_grad();
        var x = cat(data);
        CheckRange("x", x);
        x = functional.relu(model.Norm1.forward(model.Conv1.forward(x)));
        CheckRange("Conv1_Norm1_relu", x);
        x = functional.relu(model.Norm2.forward(model.Conv2.forward(x)));
        CheckRange("Conv2_Norm2_relu", x);
        x = model.Conv3.forward(x);
        CheckRange("Conv3", x);
        x = functional.relu(model.Hidden.forward(functional.relu(model.Pool.forward(x)).flatten(1)));
        CheckRange("Hidden_relu", x);
        CheckRange("Classifier", model.Classifier.forward(x));

        void CheckRange(string unit, Tensor values)
        {
            var (scale, zeroPoint) = StickGen.Quantization.AffineQuantization.ChooseParameters(
                values.min().item<float>(), values.max().item<float>(), StickGen.Quantization.QuantizationScheme.Activations8);
            var parameters = variant.State.Quantizers[$"{unit}.output"].Parameters;
            Assert.Equal(scale, parameters.Scale, 1e-5 * scale);
            Assert.Equal(zeroPoint, parameters.ZeroPoint);
        }
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(4, true)]
    [InlineData(3, false)]
    [InlineData(2, true)]
    public void Ranges_of_weights_have_the_least_squared_error(int bits, bool perChannel)
    {
        using var model = Uneven.Make(new PairsNet(), 2);
        var algorithm = new StaticQuantization(new() { WeightBits = bits, WeightPerChannel = perChannel });
        using var variant = algorithm.Apply(model);
        algorithm.Calibrate(variant, Uneven.Batches(2, 1, 4, 3, 8, 8));
        var scales = variant.State.Quantizers["Hidden_relu.weight"].Parameters.Scales;
        var weight = model.Hidden.weight.ToArray();
        var largest = (1 << (bits - 1)) - 1;
        var rows = perChannel ? weight.Chunk(16).ToArray() : [weight];
        Assert.Equal(rows.Length, scales.Length);
        for (var r = 0; r < rows.Length; r++)
        {
            var least = Enumerable.Range(10, 91).Min(share => Error(rows[r], rows[r].Max(MathF.Abs) * share / 100.0 / largest));
            Assert.Equal(least, Error(rows[r], scales[r]), 1e-4 * least);
        }

        double Error(float[] row, double scale) => row.Sum(w => Math.Pow(w - (scale * Math.Clamp(Math.Round(w / scale), -largest, largest)), 2));
    }

    [Theory]
    [InlineData(8, 8, true)]
    [InlineData(4, 8, true)]
    [InlineData(4, 4, false)]
    public void Integer_model_is_the_calibrated_variant_bit_for_bit(int weightBits, int activationBits, bool perChannel)
    {
        var options = Everything with { WeightBits = weightBits, ActivationBits = activationBits, WeightPerChannel = perChannel };
        CheckParity(Uneven.Make(new PairsNet(), 3), options, 3, 8, 8);
        CheckParity(Uneven.Make(new ResidualNet(), 4), options with { SumBits = 8 }, 6, 9, 7);
        CheckParity(Uneven.Make(new DepthwiseNet(), 5), options, 3, 8, 8);
    }

    [Fact]
    public void Neither_the_model_nor_running_statistics_change()
    {
        using var model = Uneven.Make(new DepthwiseNet(), 6);
        model.train();
        var before = model.state_dict().ToDictionary(s => s.Key, s => s.Value.clone());
        var algorithm = new StaticQuantization(Everything with { WeightBits = 4 });
        using var variant = algorithm.Apply(model);
        algorithm.Calibrate(variant, Uneven.Batches(6, 2, 4, 3, 8, 8));

        Assert.All(model.state_dict(), s => Data.AssertSame(before[s.Key], s.Value));
        Assert.True(variant.training);
        var after = variant.state_dict();
        Assert.All(before.Where(s => s.Key.Contains("running", StringComparison.Ordinal) || s.Key.Contains("tracked", StringComparison.Ordinal)), s => Data.AssertSame(s.Value, after[s.Key]));
    }

    [Fact]
    public void Checkpoint_of_a_calibrated_variant_is_all_of_it()
    {
        using var model = Uneven.Make(new PairsNet(), 7);
        var algorithm = new StaticQuantization(Everything with { WeightBits = 4 });
        using var variant = algorithm.Apply(model);
        algorithm.Calibrate(variant, Uneven.Batches(7, 2, 4, 3, 8, 8));
        using var other = algorithm.Apply(model);
        other.load_state_dict(variant.state_dict());
        var x = Uneven.Batches(8, 1, 4, 3, 8, 8)[0];
        using var noGrad = no_grad();
        Data.AssertSame(variant.forward(x), other.forward(x));
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_where_it_was()
    {
        using var model = Uneven.Make(new PairsNet(), 9);
        var data = Uneven.Batches(9, 2, 4, 3, 8, 8);
        var algorithm = new StaticQuantization(Everything with { WeightBits = 4 });
        using var whole = algorithm.Apply(model);
        var expected = algorithm.Calibrate(whole, data);

        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        using (var stopped = algorithm.Apply(model))
        {
            var seen = new List<string>();
            var progress = new Told(p =>
            {
                seen.Add($"{p.Done} of {p.Layers}: {p.Layer.Name}");
                if (p.Done == 2)
                    stop.Cancel();
            });
            Assert.Throws<OperationCanceledException>(() => algorithm.Calibrate(stopped, data, folder.File("run"), progress, stop.Token));
            Assert.Equal(["1 of 5: Conv1_Norm1_relu", "2 of 5: Conv2_Norm2_relu"], seen);
        }

        using var resumed = algorithm.Apply(model);
        var more = new List<int>();
        var report = algorithm.Calibrate(resumed, data, folder.File("run"), new Told(p => more.Add(p.Done)));
        Assert.Equal([3, 4, 5], more);
        Assert.Equal(expected.ToString(), report.ToString());
        var states = resumed.state_dict();
        Assert.All(whole.state_dict(), s => Data.AssertSame(s.Value, states[s.Key]));

        // The folder is that of this run alone.
        using var other = algorithm.Apply(model);
        Refused("another model, with other options or with other data", () => algorithm.Calibrate(other, Uneven.Batches(10, 2, 4, 3, 8, 8), folder.File("run")));
        var layer = Path.Combine(folder.File("run"), "layer-001.safetensors");
        File.WriteAllBytes(layer, File.ReadAllBytes(layer)[..^3]);
        Refused("layer-001.safetensors' cannot be used", () => algorithm.Calibrate(other, data, folder.File("run")));
    }

    [Fact]
    public void What_makes_no_sense_is_refused_before_anything_is_done()
    {
        using var model = Uneven.Make(new PairsNet(), 11);
        var algorithm = new StaticQuantization();
        using var variant = algorithm.Apply(model);
        var data = Uneven.Batches(11, 2, 4, 3, 8, 8);
        var before = variant.state_dict().ToDictionary(s => s.Key, s => s.Value.clone());

        Refused("There is no calibration data", () => algorithm.Calibrate(variant, Array.Empty<Tensor>()));
        Refused("without elements", () => algorithm.Calibrate(variant, [zeros(0, 3, 8, 8)]));
        Refused("has 2 tensors; PairsNet has the inputs x", () => algorithm.Calibrate(variant, new[] { new[] { data[0], data[0] } }));
        var bad = data[1].clone();
        bad[0, 0, 0, 0] = float.NaN;
        Refused("values that are not finite at 'x'", () => algorithm.Calibrate(variant, [data[0], bad]));
        Refused("values that are not finite at 'Conv1_Norm1_relu'", () => algorithm.Calibrate(variant, [full([1, 3, 8, 8], 3e38f)]));
        Assert.All(variant.state_dict(), s => Data.AssertSame(before[s.Key], s.Value));

        Refused("has observed nothing", () => algorithm.Convert(variant));
        using var trained = new SimulatedQuantization().Apply(model);
        Refused("was made by SimQAT W8A8; one made by StaticQuantization is expected", () => algorithm.Calibrate(trained, data));
        Refused("with other options", () => new StaticQuantization(new() { CorrectBias = true }).Calibrate(variant, data));
        algorithm.Calibrate(variant, data);
        Refused("calibrated already", () => algorithm.Calibrate(variant, data));

        using (no_grad())
            model.Conv3.weight[0, 0, 0, 0] = float.PositiveInfinity;
        using var infinite = algorithm.Apply(model);
        Refused("weight or the bias of 'Conv3'", () => algorithm.Calibrate(infinite, data));
    }

    [Theory]
    [InlineData("""{ "WeightBits": 9 }""", "WeightBits is 9")]
    [InlineData("""{ "WeightRange": 7 }""", "WeightRange is 7; allowed: Extremes, LeastSquares")]
    [InlineData("""{ "Samples": 0 }""", "Samples is 0")]
    [InlineData("""{ "ReplaceRelu6": true }""", "ReplaceRelu6 is True, and Equalize is False")]
    [InlineData("""{ "AdaptiveRounding": { "Iterations": 0 } }""", "AdaptiveRounding.Iterations is 0")]
    [InlineData("""{ "AdaptiveRounding": { "BatchSize": 0 } }""", "AdaptiveRounding.BatchSize is 0")]
    [InlineData("""{ "AdaptiveRounding": { "LearningRate": 0 } }""", "AdaptiveRounding.LearningRate is 0")]
    [InlineData("""{ "AdaptiveRounding": { "Regularization": -1 } }""", "AdaptiveRounding.Regularization is -1")]
    [InlineData("""{ "AdaptiveRounding": { "WarmStart": 1 } }""", "AdaptiveRounding.WarmStart is 1")]
    [InlineData("""{ "AdaptiveRounding": { "FirstBeta": 1 } }""", "AdaptiveRounding.FirstBeta is 1; allowed: at least LastBeta")]
    [InlineData("""{ "AdaptiveRounding": { "LastBeta": 0.5 } }""", "AdaptiveRounding.LastBeta is 0.5")]
    [InlineData("""{ "Layers": null }""", "Layers is null")]
    public void Options_that_are_not_allowed_are_named(string json, string message) => Refused(message, () => StaticQuantizationOptions.FromJson(json));

    [Fact]
    public void Options_are_written_and_read()
    {
        var options = Everything with { WeightBits = 4, WeightRange = WeightRange.Extremes, ReplaceRelu6 = true, ActivationRange = ActivationRange.LeastSquares };
        Assert.Equal(options.ToJson(), StaticQuantizationOptions.FromJson(options.ToJson()).ToJson());
        Assert.Equal("CLE + AdaRound + bias correction W4A8", new StaticQuantization(options).Name);
        Assert.Equal("PTQ W8A8", new StaticQuantization().Name);
    }

    private static void CheckParity<TFakeQuantized, TQuantized>(ICompressible<TFakeQuantized, TQuantized> model, StaticQuantizationOptions options, params long[] image)
        where TFakeQuantized : Module<Tensor, Tensor>, IFakeQuantized<TQuantized>
    {
        using var disposed = (Module)(object)model;
        var algorithm = new StaticQuantization(options);
        using var variant = algorithm.Apply(model);
        var report = algorithm.Calibrate(variant, Uneven.Batches(5, 2, [4, .. image]));
        Assert.Equal(variant.State.Units.OfType<StickGen.Units.WeightedUnit>().Count(u => u.WeightQuantizer is not null), report.Layers.Count);
        variant.eval();
        ExactParity.Check(variant, variant.State, algorithm.ToGraph(variant), Uneven.Batches(6, 1, [5, .. image])[0] * 1.5);
    }

    private static void Refused(string message, Action action) =>
        Assert.Contains(message, Assert.Throws<CompressionException>(action).Message, StringComparison.Ordinal);

    private sealed class Told(Action<StaticQuantizationProgress> tell) : IProgress<StaticQuantizationProgress>
    {
        public void Report(StaticQuantizationProgress value) => tell(value);
    }
}
