using StickGen.Distillation;
using StickGen.Pipelines;
using StickGen.Pruning;

/// <summary>A way to make a network smaller, by the name that the command line has for it.</summary>
/// <param name="Name">The name.</param>
/// <param name="DefaultRatio">Without <c>--ratio</c>.</param>
/// <param name="Meaning">What the ratio is.</param>
/// <param name="Steps">The steps for a ratio and for how the network is trained on.</param>
internal sealed record PruningMethod(string Name, double DefaultRatio, string Meaning, Func<double, TrainingSettings, IReadOnlyList<PipelineStep>> Steps)
{
    private static readonly KnowledgeDistillationOptions Distillation = new() { Temperature = 4, Alpha = 0.5 };

    public static IReadOnlyList<PruningMethod> All { get; } =
    [
        new("scop", 0.45, "the share of channels that is removed inside of blocks", (ratio, training) =>
        [
            new ScopStep { Selection = new() { Ratio = ratio, KeepResidualStreams = true }, Training = training with { Epochs = 1, LearningRate = 0.1, WeightDecay = 0 } },
            FineTune(training),
        ]),
        new("unipruning", 0.25, "the share of parameters that is removed", (ratio, training) =>
        [
            new UniPruningStep { Options = new() { Target = 1 - ratio, PruningStep = 2 }, Training = training, Distillation = Distillation },
            FineTune(training with { LearningRate = training.LearningRate / 10, Epochs = 1 }),
        ]),
        new("magnitude", 0.75, "the share of multiplications that is removed", (ratio, training) =>
        [
            // Kernels compute sixteen channels at once: of 17, as long as of 32.
            new ChannelPruningStep { Selection = new() { Ratio = ratio, Scope = PruningScope.Global, Measure = PruningMeasure.Multiplications, MaximumGroupRatio = 0.8, RoundTo = 16 } },
            FineTune(training),
        ])
        {
            FineTuning = new() { Epochs = 4, LearningRate = 0.02 },
        },
        new("ghost", 0.5, "the share of maps that are cheap", (ratio, training) =>
        [
            // Narrow layers have few parameters, and little that could be cheap.
            new GhostStep { Options = new() { Ghost = new() { Ratio = (int)Math.Round(1 / (1 - ratio)) }, MinimumInputs = 16, IncludePointwise = false } },
            FineTune(training),
        ]),
        new("low-rank", 0.5, "the share of the weights of linear layers that is removed", (ratio, training) =>
        [
            new LowRankStep { Options = new() { Budget = 1 - ratio, Convolutions = false } },
            FineTune(training),
        ])
        {
            FineTuning = new() { Epochs = 3, LearningRate = 0.02 },
        },
        new("lrp", 0.03, "the penalty of an open head of attention", (penalty, training) =>
        [
            // Without a teacher: what is measured is the cross entropy, which soft labels raise.
            new HeadPruningStep { Options = new() { Penalty = penalty }, Training = training },
            new FineTuneStep { Training = training },
        ])
        {
            FineTuning = new() { Epochs = 3, LearningRate = 5e-4, Optimizer = PipelineOptimizer.AdamW, WeightDecay = 0.01 },
        },
    ];

    /// <summary>How the network is trained on without <c>--epochs</c> and <c>--learning-rate</c>.</summary>
    public TrainingSettings FineTuning { get; init; } = new() { Epochs = 8, LearningRate = 0.03 };

    /// <summary>The method with a name, or <see langword="null"/>.</summary>
    public static PruningMethod? Find(string name) => All.FirstOrDefault(m => m.Name == name);

    /// <summary>The plan of a run: smaller, trained on, and quantized and deployed if bits are given.</summary>
    public CompressionPlan Plan(double ratio, TrainingSettings training, Bits? bits)
    {
        List<PipelineStep> steps = [.. Steps(ratio, training)];
        if (bits is { } b)
        {
            steps.Add(new SimulatedQuantizationStep
            {
                Options = new() { WeightBits = b.Weights, ActivationBits = b.Activations }, Training = training with { Epochs = 1, LearningRate = training.LearningRate / 4 },
            });
            steps.Add(new DeployStep());
        }

        return new() { Steps = steps };
    }

    private static FineTuneStep FineTune(TrainingSettings training) => new() { Training = training, Distillation = Distillation };
}
