using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Quantization;
using StickGen.Torch.Tests.Models;
using StickGen.Torch.Tests.Training;
using StickGen.Training;
using StickGen.Units;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Algorithms;

/// <summary>SLB as an algorithm: integer parity, the temperature's schedule, calibration, resuming, and that it learns.</summary>
public sealed class SearchingLowBitWeightsTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();
    private readonly int threads = get_num_threads();

    public SearchingLowBitWeightsTests()
    {
        random.manual_seed(4);
        // Threads would only wait for each other over tensors of this size.
        set_num_threads(1);
    }

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
        set_num_threads(threads);
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 21)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_integer_model_computes_what_was_trained(int seed)
    {
        var pick = new Random(seed);
        random.manual_seed(seed);
        var algorithm = new SearchingLowBitWeights(new()
        {
            WeightBits = 1 << (seed % 3),
            ActivationBits = 2 + (seed % 7),
            FirstAndLastBits = pick.Next(2) == 0 ? null : 8,
            WeightPerChannel = pick.Next(2) == 0,
            EnableFusion = pick.Next(4) != 0,
        });
        using var model = new ResidualNet(convBias: pick.Next(2) == 0);
        using (no_grad())
        {
            // Batch normalization that turns signs round, and that switches a channel off.
            var gamma = (BatchNorm2d)model.named_modules().Single(m => m.name == "bn1").module;
            gamma.weight.copy_(tensor([1f, -1f, 0f, 0.5f, -2f, 1e-12f]));
        }

        using var variant = algorithm.Apply(model);
        variant.train();
        var optimizer = optim.SGD(variant.parameters(), 0.05);
        for (var i = 0; i < 4; i++)
        {
            optimizer.zero_grad();
            variant.forward(Data.Normal(seed + i, 4, 6, 9, 7)).square().mean().backward();
            optimizer.step();
        }

        variant.eval();
        ExactParity.Check(variant, variant.State, algorithm.ToGraph(variant), Data.Normal(seed + 100, 4, 6, 9, 7) * 1.5);
    }

    [Fact]
    public void Deployed_weights_are_odd_multiples_of_a_step()
    {
        using var model = new ResidualNet();
        var algorithm = new SearchingLowBitWeights(new() { WeightBits = 2, FirstAndLastBits = null });
        using var variant = algorithm.Apply(model);
        variant.forward(Data.Normal(1, 4, 6, 9, 7));
        variant.eval();
        var graph = algorithm.ToGraph(variant);
        var weights = graph.Values.Values.Where(v => v.IsConstant && v.Type == ElementType.Int8 && v.Shape!.ElementCount.Size > 12).ToList();
        Assert.Equal(3, weights.Count);
        foreach (var weight in weights)
            Assert.Subset(new HashSet<int> { -3, -1, 1, 3 }, weight.Data.ToArray().Select(b => (int)(sbyte)b).ToHashSet());
        var searched = variant.State.Units.OfType<WeightedUnit>().Where(u => u.WeightQuantizer is CandidateQuantizer).ToList();
        Assert.Equal(3, searched.Count);
        Assert.Equal("s2 per-channel odd", searched[0].WeightQuantizer!.Scheme.ToString());
    }

    [Theory]
    [InlineData(1, 0.18)]
    [InlineData(2, 0.3)]
    [InlineData(4, 0.53)]
    public void The_file_has_as_many_bits_to_a_weight(int bits, double share)
    {
        using var model = new SingleLayerNet(new Shape("batch", 64, 4, 4), Conv2d(64, 64, 3), BatchNorm2d(64));
        long Size(CompressionAlgorithm algorithm)
        {
            using var variant = algorithm.Apply(model);
            variant.forward(Data.Normal(1, 2, 64, 4, 4));
            variant.eval();
            using var deployed = algorithm.Convert(variant);
            deployed.Model.Save(folder.File("model"));
            return new FileInfo(folder.File("model")).Length;
        }

        var eight = Size(new SimulatedQuantization());
        Assert.InRange(Size(new SearchingLowBitWeights(new() { WeightBits = bits, FirstAndLastBits = null })), 0, share * eight);
        if (bits > 1)
            Assert.InRange(Size(new LearnedStepSizeQuantization(new() { WeightBits = bits, FirstAndLastBits = null })), 0, share * eight);
    }

    [Fact]
    public void Activations_may_stay_in_float()
    {
        using var model = new LeNet5();
        var algorithm = new SearchingLowBitWeights(new() { WeightBits = 1, ActivationBits = null });
        Assert.Equal("SLB W1A32", algorithm.Name);
        using var variant = algorithm.Apply(model);
        var x = Data.Normal(1, 2, 1, 28, 28);
        variant.forward(x);
        variant.eval();
        using var deployed = algorithm.Convert(variant);
        var result = new float[20];
        deployed.Run(x.ToArray(), result);
        Data.AssertClose(variant.forward(x), tensor(result).reshape(2, 10), 1e-4);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(20, 2)]
    [InlineData(40, 6.324555)]
    [InlineData(59, 18.8812175)]
    [InlineData(60, double.PositiveInfinity)]
    [InlineData(99, double.PositiveInfinity)]
    public void The_temperature_grows_by_a_factor_until_the_choice(int percent, double expected)
    {
        var options = new SearchingLowBitWeightsOptions { TemperatureStart = 2, TemperatureEnd = 20 };
        Assert.Equal(expected, options.TemperatureAt(percent / 100.0), 1e-3);
    }

    [Fact]
    public void Training_sets_the_temperature_of_each_step()
    {
        var options = new SearchingLowBitWeightsOptions { WeightBits = 2, TemperatureStartTime = 0, TemperatureEndTime = 0.5, FirstAndLastBits = null };
        var algorithm = new SearchingLowBitWeights(options);
        var (variant, data) = Setup(algorithm);
        var seen = new List<double>();
        var record = new Recorder(context => seen.Add(variant.State.Quantizers.Values.OfType<CandidateQuantizer>().First().Temperature));
        Trainer().Fit(variant, data, [.. algorithm.Callbacks, record]);
        Assert.Equal(SmallTraining.Epochs * SmallTraining.StepsPerEpoch, seen.Count);
        for (var step = 0; step < seen.Count; step++)
            Assert.Equal((float)options.TemperatureAt(step / 18.0), (float)seen[step]);
        // At the end, training computes what evaluation does.
        Assert.All(variant.State.Quantizers.Values.OfType<CandidateQuantizer>(), q => Assert.Equal(double.PositiveInfinity, q.Temperature));

        using var other = SmallTraining.Model();
        Assert.Throws<CompressionException>(() => Trainer().Fit(other, data, algorithm.Callbacks));
    }

    [Fact]
    public void Running_statistics_are_the_mean_over_batches_of_the_chosen_weights()
    {
        var (model, data) = (new SingleLayerNet(new Shape("batch", 1, 6, 6), Conv2d(1, 4, 3), BatchNorm2d(4), ReLU()), SmallTraining.Data());
        var algorithm = new SearchingLowBitWeights(new() { WeightBits = 1, FirstAndLastBits = null, ActivationBits = null, CalibrationBatches = 3 }) { CalibrationData = data };
        using var variant = algorithm.Apply(model);
        var trainer = new Trainer(SmallTraining.Options with { Epochs = 1 }, (y, _) => y.mean(), p => optim.SGD(p, 1e-3));
        trainer.Fit(variant, data, algorithm.Callbacks);

        variant.eval();
        var quantizer = variant.State.Quantizers.Values.OfType<CandidateQuantizer>().Single();
        var conv = (Conv2d)variant.named_modules().Single(m => m.name == "layer").module;
        var norm = (BatchNorm2d)variant.named_modules().Single(m => m.name == "bn").module;
        Assert.Equal(0.1, norm.momentum);
        var order = DataOrder.Shuffled(data.Count, trainer.Options.Seed, 0);
        var (mean, variance) = (zeros(4), zeros(4));
        for (var i = 0; i < 3; i++)
        {
            var x = data.GetBatch(order.AsSpan(i * 8, 8)).Input;
            var y = functional.conv2d(x, quantizer.call(conv.weight), conv.bias).transpose(0, 1).reshape(4, -1);
            (mean, variance) = (mean + (y.mean([1]) / 3), variance + (y.var(1) / 3));
        }

        Data.AssertClose(mean, norm.running_mean!, 1e-5);
        Data.AssertClose(variance, norm.running_var!, 1e-5);
    }

    [Fact]
    public void A_resumed_run_ends_as_if_it_had_not_stopped()
    {
        void Run(string name, int? stopAfter)
        {
            var data = SmallTraining.Data();
            var algorithm = new SearchingLowBitWeights(new() { WeightBits = 2, FirstAndLastBits = null, CalibrationBatches = 2 }) { CalibrationData = data };
            var (variant, _) = Setup(algorithm);
            using var source = new CancellationTokenSource();
            var steps = 0;
            var stop = new Recorder(_ =>
            {
                if (++steps == stopAfter)
                    source.Cancel();
            });
            try
            {
                Trainer(folder.File(name)).Fit(variant, data, [.. algorithm.Callbacks, stop], cancellationToken: source.Token);
            }
            catch (OperationCanceledException)
            {
                // That was the point.
            }
        }

        Run("straight", null);
        Run("stopped", 8);
        Run("stopped", 4);
        Run("stopped", null);
        Assert.Equal(SmallTraining.Outcome(folder.File("straight")), SmallTraining.Outcome(folder.File("stopped")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Training_beats_the_nearest_candidates(int bits)
    {
        using var model = new ResidualNet();
        Spots.Train(model, model.parameters(), Losses.CrossEntropy, 120, 3e-3);
        var algorithm = new SearchingLowBitWeights(new() { WeightBits = bits, FirstAndLastBits = null });
        using var variant = algorithm.Apply(model);
        using (no_grad())
            variant.forward(Spots.Batch(3000, 256).Input);
        variant.eval();
        var before = Spots.Loss(variant);
        variant.train();
        var schedule = algorithm.Options;
        Spots.Train(variant, variant.parameters(), Losses.CrossEntropy, 150, 1e-2, step =>
        {
            foreach (var quantizer in variant.State.Quantizers.Values.OfType<CandidateQuantizer>())
                quantizer.Temperature = schedule.TemperatureAt(step / 150.0);
        });
        variant.eval();
        var after = Spots.Loss(variant);
        Assert.True(after < 0.7 * before, $"W{bits}: {after}, nearest candidates: {before}");
    }

    [Fact]
    public void Options_go_to_JSON_and_back()
    {
        var options = new SearchingLowBitWeightsOptions { WeightBits = 1, ActivationBits = null, TemperatureEnd = 50, FirstAndLastBits = null };
        Assert.Equal(options, SearchingLowBitWeightsOptions.FromJson(options.ToJson()));
    }

    public static TheoryData<SearchingLowBitWeightsOptions, string> BadOptions => new()
    {
        { new() { WeightBits = 3 }, "WeightBits is 3; allowed: 1, 2 or 4." },
        { new() { ActivationBits = 1 }, "ActivationBits is 1; allowed: null, or 2 to 8." },
        { new() { TemperatureStart = 0 }, "TemperatureStart is 0; allowed: a positive number." },
        { new() { TemperatureEnd = 0.5 }, "TemperatureEnd is 0.5; allowed: a number not below TemperatureStart." },
        { new() { TemperatureEndTime = 0.1 }, "TemperatureEndTime is 0.1; allowed: from TemperatureStartTime to 1." },
        { new() { CalibrationBatches = 0 }, "CalibrationBatches is 0; allowed: 1 or more." },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void An_option_that_is_not_allowed_is_named(SearchingLowBitWeightsOptions options, string message) =>
        Assert.Equal(message, Assert.Throws<CompressionException>(() => new SearchingLowBitWeights(options)).Message);

    private static Trainer Trainer(string? checkpoint = null) => new(
        SmallTraining.Options with { Checkpoint = checkpoint is null ? null : new() { Path = checkpoint } },
        Losses.CrossEntropy, parameters => optim.Adam([
            new Adam.ParamGroup(parameters.Where(p => !p.name.EndsWith(".logits", StringComparison.Ordinal)).Select(p => p.parameter), 1e-3),
            new Adam.ParamGroup(parameters.Where(p => p.name.EndsWith(".logits", StringComparison.Ordinal)).Select(p => p.parameter), 1e-2)]));

    private static (TestVariant Variant, InMemoryDataset Data) Setup(CompressionAlgorithm algorithm)
    {
        manual_seed(3).Dispose();
        var model = new SingleLayerNet(new Shape("batch", 1, 6, 6), Conv2d(1, 2, 6), BatchNorm2d(2), pool: Flatten());
        return (algorithm.Apply(model), SmallTraining.Data());
    }

    private sealed class Recorder(Action<TrainingContext> onStep) : TrainingCallback
    {
        public override void OnStepEnd(TrainingContext context) => onStep(context);
    }
}
