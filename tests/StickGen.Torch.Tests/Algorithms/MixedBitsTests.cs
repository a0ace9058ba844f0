using StickGen.Compression;
using StickGen.Torch.Tests.Models;
using StickGen.Torch.Tests.Training;
using StickGen.Training;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Algorithms;

/// <summary>Bits of single layers, by attribute, options and plan.</summary>
public sealed class MixedBitsTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    public static TheoryData<string> Algorithms => ["SimQAT", "LSQ", "PACT", "SLB"];

    private static CompressionAlgorithm Create(string name, BitPlan plan) => name switch
    {
        "SimQAT" => new SimulatedQuantization(new() { WeightBits = 4, ActivationBits = 6, Layers = plan }),
        "LSQ" => new LearnedStepSizeQuantization(new() { WeightBits = 4, ActivationBits = 6, FirstAndLastBits = null, Layers = plan }),
        "PACT" => new ParameterizedClipping(new() { FirstAndLastBits = null, Quantization = new() { WeightBits = 4, ActivationBits = 6, Layers = plan } }),
        _ => new SearchingLowBitWeights(new() { WeightBits = 4, ActivationBits = 6, FirstAndLastBits = null, Layers = plan }),
    };

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Are_those_of_attributes_and_of_the_plan_before_them(string name)
    {
        using var model = new MixedNet();
        foreach (var (plan, expected) in new (BitPlan, string)[]
        {
            ([], "x - 6, conv1_relu 4 6, stage.conv_bn_relu 3 5, conv2 2 6, fc - -"),
            ([new("conv1", weights: 2, activations: 3), new("stage", weights: 8)], "x - 6, conv1_relu 2 3, stage.conv_bn_relu 8 5, conv2 2 6, fc - -"),
            // What is inside goes before what is around it.
            ([new("stage", 8, 8), new("stage.conv", activations: 4), new("x", activations: 7)], "x - 7, conv1_relu 4 6, stage.conv_bn_relu 8 4, conv2 2 6, fc - -"),
            ([LayerBits.Of((MixedNet n) => n.conv1, weights: 8), LayerBits.Of((MixedNet n) => n.stage, activations: 2)], "x - 6, conv1_relu 8 6, stage.conv_bn_relu 3 2, conv2 2 6, fc - -"),
        })
        {
            var algorithm = Create(name, plan);
            using var variant = algorithm.Apply(model);
            Assert.Equal(expected, string.Join(", ", variant.State.Units.Select(u =>
                $"{u.Name} {(u as WeightedUnit)?.WeightQuantizer?.Scheme.Bits.ToString() ?? "-"} {u.Output.Quantizer?.Scheme.Bits.ToString() ?? "-"}")));
            variant.forward(Data.Normal(1, 4, 3, 8, 8));
            variant.eval();
            ExactParity.Check(variant, variant.State, algorithm.ToGraph(variant), Data.Normal(2, 4, 3, 8, 8));
        }
    }

    public static TheoryData<BitPlan, string> Bad => new()
    {
        { [new("conv3", weights: 4)], "The bits of 'conv3' are for nothing: the model has no such layer. Nearest are 'conv1', 'conv2', " },
        { [new("stag", weights: 4)], "the model has no such layer" },
        { [new("stage.relu", weights: 4), new("stage.conv", weights: 5), new("stage.bn", weights: 4)], "'stage.conv_bn_relu' is one unit, and" },
        { [new("fc", weights: 4)], "'fc' has 4 bits for weights, and no weights that are quantized; it is kept in float." },
        { [new("fc", activations: 4)], "its result is not quantized; it is kept in float." },
        { [new("x", weights: 4)], "'x' has 4 bits for weights, and no weights that are quantized." },
        { [new("conv1", weights: 1)], "'conv1_relu' is to have 1 bits for weights; SimQAT W4A6 has 2 to 8 there." },
        { [new("conv1", weights: 4), new("relu", weights: 5)], "'conv1_relu' is one unit" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void An_entry_that_cannot_be_followed_is_named(BitPlan plan, string message)
    {
        using var model = new MixedNet();
        var algorithm = Create("SimQAT", plan);
        Assert.Contains(message, Assert.Throws<CompressionException>(() => algorithm.Apply(model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_of_one_scale_have_one_number_of_bits()
    {
        using var model = new ResidualNet();
        using var variant = Create("LSQ", [new("bn2", activations: 8)]).Apply(model);
        Assert.Equal(8, variant.State.Units[0].Output.Quantizer!.Scheme.Bits);
        var error = Assert.Throws<CompressionException>(() => Create("LSQ", [new("bn2", activations: 8), new("x", activations: 4)]).Apply(model));
        Assert.Contains("needs both at one scale", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_other_bits_is_not_continued()
    {
        using var folder = new TemporaryFolder();
        void Run(CompressionAlgorithm algorithm, int epochs)
        {
            random.manual_seed(1);
            using var model = new MixedNet();
            using var variant = algorithm.Apply(model);
            using var data = new InMemoryDataset(Data.Normal(1, 16, 3, 8, 8), arange(16) % 3);
            var options = new TrainingOptions { Epochs = epochs, BatchSize = 8, Checkpoint = new() { Path = folder.File("run") } };
            new Trainer(options, Losses.CrossEntropy, p => optim.SGD(p, 1e-3)).Fit(variant, data, algorithm.Callbacks);
        }

        Run(Create("LSQ", []), 1);
        var error = Assert.Throws<CheckpointException>(() => Run(Create("LSQ", [new("conv1", weights: 3)]), 2));
        Assert.Contains(
            "it is of another compression: its quantizer 'conv1_relu.weight' is s4 per-tensor symmetric [-8, 7] (learned step), and that of this run is s3 per-tensor symmetric [-4, 3] (learned step).",
            error.Message, StringComparison.Ordinal);
        error = Assert.Throws<CheckpointException>(() => Run(new LearnedStepSizeQuantization(new() { WeightBits = 8 }), 2));
        Assert.Contains("; so are ", error.Message, StringComparison.Ordinal);
        Run(Create("LSQ", []), 2);
    }

    [Fact]
    public void A_plan_goes_to_JSON_and_back()
    {
        BitPlan plan = [new("conv1", 4, 8), new("stage", weights: 2)];
        Assert.Equal(plan, BitPlan.FromJson(plan.ToJson()));
        Assert.NotEqual(plan, BitPlan.Empty);
        var options = new SimulatedQuantizationOptions { Layers = plan };
        Assert.Equal(options, SimulatedQuantizationOptions.FromJson(options.ToJson()));
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("plan.json"), """[{"Layer": "conv1", "Weights": 4, "Activations": 8}, {"Layer": "stage", "Weights": 2}]""");
        Assert.Equal(plan, BitPlan.Load(folder.File("plan.json")));
        Assert.Throws<System.Text.Json.JsonException>(() => BitPlan.FromJson("""[{"Layer": "conv1", "Bits": 4}]"""));
        Assert.Contains("Weights of 'conv1' is 9", Assert.Throws<CompressionException>(() => BitPlan.FromJson("""[{"Layer": "conv1", "Weights": 9}]""")).Message, StringComparison.Ordinal);
        Assert.Contains("2 entries for 'a'", Assert.Throws<CompressionException>(() => BitPlan.Create([new("a", 2), new("a", 3)])).Message, StringComparison.Ordinal);
        Assert.Throws<CompressionException>(() => LayerBits.Of((MixedNet n) => n, weights: 2));
    }
}
