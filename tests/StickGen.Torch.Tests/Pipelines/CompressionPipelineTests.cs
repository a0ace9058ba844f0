using System.Text.Json;
using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Pipelines;
using StickGen.Pruning;
using StickGen.Torch.Tests.Algorithms;
using StickGen.Torch.Tests.Models;
using StickGen.Torch.Tests.Models.Zoo;
using StickGen.Torch.Tests.Pruning;
using StickGen.Torch.Tests.Training;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Pipelines;

/// <summary>Plans as data, and what comes of them.</summary>
public sealed class CompressionPipelineTests : IDisposable
{
    private static readonly TrainingSettings Short = new() { Epochs = 2, BatchSize = 8, LearningRate = 0.02 };

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public CompressionPipelineTests() => random.manual_seed(31);

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void From_a_float_model_to_a_file()
    {
        using var model = new StageNet();
        var before = model.state_dict().ToDictionary(v => v.Key, v => v.Value.clone());
        var plan = new CompressionPlan
        {
            Steps =
            [
                new ChannelPruningStep { Selection = new() { Ratio = 0.4 }, Training = Short, Rounds = 2 },
                new FineTuneStep { Training = Short, Distillation = new() { Alpha = 0.3 } },
                new SimulatedQuantizationStep { Training = Short, Distillation = new() { Temperature = 2 } },
                new DeployStep { File = "small.safetensors", Onnx = "small.onnx" },
            ],
        };
        using var result = new CompressionPipeline(plan, Images(), folder.File("run")).Run(model);
        foreach (var (name, value) in before)
            Data.AssertSame(value, model.state_dict()[name]);

        var smaller = result.Pruned<StageNet.Pruned>();
        Assert.Equal(5, smaller.State.Groups.Modules.Single(m => m.Path == "stem").Axes[0].Size);
        Assert.Equal(["prune_channels", "fine_tune", "simulated_quantization", "deploy"], result.Steps.Select(s => s.Step));
        Assert.All(result.Steps, s => Assert.Equal(smaller.parameters().Sum(p => p.numel()), s.Parameters));
        Assert.All(result.Steps.Take(3), s => Assert.InRange(s.Validation["accuracy"], 0, 100));
        Assert.True(result.Steps[0].Multiplications < ModelStatisticsOf(model));

        var variant = (StageNet.FakeQuantized)result.Variant!;
        ExactParity.Check(variant, variant.State, result.Quantized!.Graph, Data.Normal(9, 4, 3, 8, 8) * 1.5);
        using var deployed = QuantizedModel.Load(folder.File("run/small.safetensors"));
        var x = Data.Normal(9, 1, 3, 8, 8).data<float>().ToArray();
        var (expected, actual) = (new float[5], new float[5]);
        result.Quantized.Run(x, expected);
        deployed.Run(x, actual);
        Assert.Equal(expected, actual);
        Assert.True(File.Exists(folder.File("run/small.onnx")));
    }

    [Fact]
    public void A_run_that_was_stopped_ends_as_if_it_had_not_been()
    {
        using var model = new StageNet();
        var plan = new CompressionPlan
        {
            Steps =
            [
                new UniPruningStep { Options = new() { PruningStep = 2, Target = 0.7 }, Training = Short },
                new FineTuneStep { Training = Short },
                new LearnedStepSizeStep { Training = Short },
                new DeployStep(),
            ],
        };
        new CompressionPipeline(plan, Images(), folder.File("whole")).Run(model).Dispose();
        // Three steps of training with two epochs of three batches each: somewhere in each of them.
        foreach (var after in new[] { 2, 5, 2, 4, 1 })
        {
            using var stop = new CancellationTokenSource();
            Assert.ThrowsAny<OperationCanceledException>(
                () => new CompressionPipeline(plan, Images(new StopAfter(stop, after)), folder.File("stopped")).Run(model, cancellationToken: stop.Token));
        }

        using (var result = new CompressionPipeline(plan, Images(), folder.File("stopped")).Run(model))
            Assert.Equal(4, result.Steps.Count);
        Assert.Equal(File.ReadAllBytes(folder.File("whole/model.safetensors")), File.ReadAllBytes(folder.File("stopped/model.safetensors")));

        // What is done is not done again, but for what is quantized, which comes from the checkpoint.
        using var again = new CompressionPipeline(plan, Images(), folder.File("stopped")).Run(model);
        Assert.Equal(File.ReadAllBytes(folder.File("whole/model.safetensors")), File.ReadAllBytes(folder.File("stopped/model.safetensors")));
        var other = Assert.Throws<CompressionException>(() => new CompressionPipeline(new() { Steps = [new GhostStep()] }, Images(), folder.File("stopped")).Run(model));
        Assert.Contains("another plan", other.Message, StringComparison.Ordinal);
    }

    /// <summary>Rounds that were taken, and the knockoffs that were drawn, are those of the run that was not stopped.</summary>
    [Fact]
    public void Pruning_that_was_stopped_removes_the_same_channels()
    {
        using var model = new StageNet();
        PruneStep[] steps =
        [
            new ChannelPruningStep { Rounds = 2, Selection = new() { Ratio = 0.5 }, Training = Short },
            new ScopStep { Selection = new() { Ratio = 0.25 }, Training = Short },
        ];
        foreach (var step in steps)
        {
            var plan = new CompressionPlan { Steps = [step, new SimulatedQuantizationStep { Training = Short }, new DeployStep()] };
            var (whole, stopped) = ($"{step.Kind}-whole", $"{step.Kind}-stopped");
            new CompressionPipeline(plan, Images(), folder.File(whole)).Run(model).Dispose();
            foreach (var after in new[] { 2, 3 })
            {
                using var stop = new CancellationTokenSource();
                Assert.ThrowsAny<OperationCanceledException>(
                    () => new CompressionPipeline(plan, Images(new StopAfter(stop, after)), folder.File(stopped)).Run(model, cancellationToken: stop.Token));
            }

            new CompressionPipeline(plan, Images(), folder.File(stopped)).Run(model).Dispose();
            Assert.Equal(File.ReadAllBytes(folder.File($"{whole}/model.safetensors")), File.ReadAllBytes(folder.File($"{stopped}/model.safetensors")));
        }
    }

    [Fact]
    public void All_that_replaces_and_removes_goes_together()
    {
        using var model = new StageNet();
        var plan = new CompressionPlan
        {
            Steps =
            [
                new GhostStep { Options = new() { Policy = new() { Exclude = ["second"] } } },
                new LowRankStep { Options = new() { Layer = new() { Choice = RankChoice.Ratio, Ratio = 0.7 }, Policy = new() { Only = ["second"] } } },
                new ScopStep { Selection = new() { Ratio = 0.3 }, Training = Short with { Epochs = 1 } },
                new FineTuneStep { Training = Short with { Optimizer = PipelineOptimizer.AdamW, LearningRate = 1e-3 } },
                new SimulatedQuantizationStep { CalibrationBatches = 1 },
                new DeployStep(),
            ],
        };
        using var result = new CompressionPipeline(CompressionPlan.FromJson(plan.ToJson()), Images(), folder.File("run")).Run(model);
        var parameters = result.Steps.Select(s => s.Parameters).ToList();
        Assert.True(parameters[1] < parameters[0] && parameters[2] < parameters[1] && parameters[3] == parameters[2]);
        Assert.InRange(Assert.Single(result.Steps, s => s.MaskedDifference is not null).MaskedDifference!.Value, 0, 1e-4);
        var variant = (StageNet.FakeQuantized)result.Variant!;
        ExactParity.Check(variant, variant.State, result.Quantized!.Graph, Data.Normal(9, 4, 3, 8, 8) * 1.5);
    }

    [Fact]
    public void A_pruned_model_is_quantized_without_training()
    {
        using var model = new StageNet();
        var plan = new CompressionPlan
        {
            Steps =
            [
                new ChannelPruningStep { Selection = new() { Ratio = 0.3 } },
                new StaticQuantizationStep { CalibrationBatches = 2, Options = new() { WeightBits = 4, Equalize = true, CorrectBias = true } },
                new DeployStep(),
            ],
        };
        var json = CompressionPlan.FromJson(plan.ToJson());
        using var result = new CompressionPipeline(json, Images(), folder.File("run")).Run(model);
        var variant = (StageNet.FakeQuantized)result.Variant!;
        ExactParity.Check(variant, variant.State, result.Quantized!.Graph, Data.Normal(9, 4, 3, 8, 8) * 1.5);
        // Started again, it ends in the same model, from what its folder has of each layer.
        var first = File.ReadAllBytes(Path.Combine(folder.File("run"), "model.safetensors"));
        using var again = new CompressionPipeline(json, Images(), folder.File("run")).Run(model);
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(folder.File("run"), "model.safetensors")));
    }

    [Fact]
    public void Heads_are_removed_with_their_own_learning_rate()
    {
        using var model = new VisionTransformer(32, 2, 1, 10);
        var data = new InMemoryDataset(Data.Normal(1, 4, 3, 224, 224), arange(4));
        var plan = new CompressionPlan
        {
            Steps = [new HeadPruningStep { Options = new() { Penalty = 10, LearningRate = 3 }, Training = new() { Epochs = 3, BatchSize = 4, LearningRate = 1e-4 } }],
        };
        using var result = new CompressionPipeline(plan, new(data, Losses.CrossEntropy), folder.File("run")).Run(model);
        // Of two heads one is left, whatever the penalty.
        Assert.Equal(48, result.Pruned<VisionTransformer.Pruned>().State.Groups.Modules.Single(m => m.Path == "blocks.0.qkv").Axes[0].Size);
    }

    [Fact]
    public void Plans_are_json()
    {
        var plan = new CompressionPlan
        {
            Steps =
            [
                new GhostStep { Options = new() { Ghost = new() { Ratio = 3 } } }, new LowRankStep { Options = new() { Budget = 0.5 } },
                new ChannelPruningStep { Criterion = PruningCriterion.Random, Seed = 7 }, new UniPruningStep(), new ScopStep { Training = Short },
                new HeadPruningStep { Training = Short }, new FineTuneStep { Training = Short, Distillation = new() },
                new SimulatedQuantizationStep { Options = new() { WeightBits = 4 } }, new DeployStep { Onnx = "x.onnx" },
            ],
        };
        var json = plan.ToJson();
        Assert.Equal(json, CompressionPlan.FromJson(json).ToJson());
        foreach (QuantizeStep step in new QuantizeStep[] { new LearnedStepSizeStep(), new ParameterizedClippingStep(), new SearchedWeightsStep { Training = Short } })
            Assert.Equal(step.GetType(), CompressionPlan.FromJson(new CompressionPlan { Steps = [step] }.ToJson()).Steps[0].GetType());
    }

    [Theory]
    [InlineData("""{ "Steps": [] }""", "Steps is empty")]
    [InlineData("""{ "Steps": [null] }""", "Steps[0] is null")]
    [InlineData("""{ "Steps": [{ "step": "deploy" }] }""", "Steps[0] (deploy) comes before anything is quantized")]
    [InlineData("""{ "Steps": [{ "step": "simulated_quantization" }, { "step": "prune_channels" }] }""", "Steps[1] (prune_channels) comes after Steps[0] (simulated_quantization)")]
    [InlineData("""{ "Steps": [{ "step": "simulated_quantization" }, { "step": "learned_step_size" }] }""", "Steps[1] (learned_step_size) comes after Steps[0]")]
    [InlineData("""{ "Steps": [{ "step": "simulated_quantization" }, { "step": "deploy" }, { "step": "deploy" }] }""", "Steps[1] (deploy) is followed by Steps[2] (deploy)")]
    [InlineData("""{ "Steps": [{ "step": "fine_tune" }] }""", "Steps[0] (fine_tune): Training is null")]
    [InlineData("""{ "Steps": [{ "step": "static_quantization", "Training": {} }] }""", "Steps[0] (static_quantization): Training is given, and this step quantizes without")]
    [InlineData("""{ "Steps": [{ "step": "static_quantization", "Options": { "ReplaceRelu6": true } }] }""", "Steps[0] (static_quantization): ReplaceRelu6 is True")]
    [InlineData("""{ "Steps": [{ "step": "scop" }] }""", "Steps[0] (scop): Training is null")]
    [InlineData("""{ "Steps": [{ "step": "prune_heads" }] }""", "Steps[0] (prune_heads): Training is null")]
    [InlineData("""{ "Steps": [{ "step": "prune_channels", "Distillation": {} }] }""", "Distillation is given, and Training is null")]
    [InlineData("""{ "Steps": [{ "step": "prune_channels", "Rounds": 3 }] }""", "Rounds is 3, and there are 0 epochs")]
    [InlineData("""{ "Steps": [{ "step": "prune_channels", "Selection": { "Ratio": 1 } }] }""", "Steps[0] (prune_channels): Ratio is 1")]
    [InlineData("""{ "Steps": [{ "step": "prune_channels", "Selection": null }] }""", "Selection is null")]
    [InlineData("""{ "Steps": [{ "step": "fine_tune", "Training": { "Epochs": 0 } }] }""", "Epochs is 0")]
    [InlineData("""{ "Steps": [{ "step": "fine_tune", "Training": { "LearningRate": 0 } }] }""", "LearningRate is 0")]
    [InlineData("""{ "Steps": [{ "step": "simulated_quantization" }, { "step": "deploy", "File": "" }] }""", "File is ''")]
    [InlineData("""{ "Steps": [{ "step": "fine_tune", "Training": {}, "Distillation": { "Values": [{ "Student": "conv" }] } }] }""", "Distillation has Values")]
    public void Contradictions_are_named(string json, string message) =>
        Assert.Contains(message, Assert.Throws<CompressionException>(() => CompressionPlan.FromJson(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "Steps": [{ "step": "simulated_quantisation" }] }""", "simulated_quantisation")]
    [InlineData("""{ "Steps": [{ "step": "fine_tune", "Epochs": 3 }] }""", "Epochs")]
    [InlineData("""{ "Steps": [{ "step": "prune_channels", "Selection": { "Ration": 0.5 } }] }""", "Ration")]
    [InlineData("""{ "Stepps": [] }""", "Stepps")]
    [InlineData("""{ "Steps": [{ "Epochs": 3 }] }""", "")]
    [InlineData("null", "null")]
    [InlineData("[", "")]
    public void What_is_unknown_is_named(string json, string message) =>
        Assert.Contains(message, Assert.Throws<JsonException>(() => CompressionPlan.FromJson(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_step_that_fails_is_named()
    {
        using var model = new StageNet();
        var plan = new CompressionPlan { Steps = [new ChannelPruningStep(), new GhostStep { Options = new() { Policy = new() { Only = ["nothing"] } } }] };
        var error = Assert.Throws<CompressionException>(() => new CompressionPipeline(plan, Images(), folder.File("run")).Run(model));
        Assert.StartsWith("Steps[1] (ghost): Only names 'nothing'", error.Message, StringComparison.Ordinal);
        using var plain = new LeNet5();
        error = Assert.Throws<CompressionException>(() => new CompressionPipeline(plan, Images(), folder.File("other")).Run(plain));
        Assert.Contains("LeNet5 has no pruned variant", error.Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("run/progress.json"), "{");
        error = Assert.Throws<CompressionException>(() => new CompressionPipeline(plan, Images(), folder.File("run")).Run(model));
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
    }

    private static long? ModelStatisticsOf(StageNet model) => Graphs.ModelStatistics.Of(StageNet.Graph.Of(model)).Macs;

    private static PipelineData Images(params ITrainingCallback[] callbacks) =>
        new(new InMemoryDataset(Data.Normal(1, 24, 3, 8, 8), arange(24).remainder(5)), Losses.CrossEntropy)
        {
            Validation = new InMemoryDataset(Data.Normal(2, 10, 3, 8, 8), arange(10).remainder(5)),
            Metrics = () => [new LossMetric(), new AccuracyMetric()],
            Callbacks = callbacks,
        };

    private sealed class StopAfter(CancellationTokenSource source, int steps) : TrainingCallback
    {
        private int left = steps;

        public override void OnStepEnd(TrainingContext context)
        {
            if (--left == 0)
                source.Cancel();
        }
    }
}
