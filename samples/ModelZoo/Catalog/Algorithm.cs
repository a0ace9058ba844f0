using StickGen.Compression;
using StickGen.Training;

/// <summary>A way to compress, by the name that the command line has for it.</summary>
/// <param name="Name">The name.</param>
/// <param name="DefaultBits">Without <c>--bits</c>.</param>
/// <param name="Create">The algorithm for some bits, for the images that the network will train on, and for how.</param>
internal sealed record Algorithm(string Name, Bits DefaultBits, Func<Bits, IDataset, Recipe, CompressionAlgorithm> Create)
{
    /// <summary>The name of training in float, without an algorithm.</summary>
    public const string Float = "fp32";

    public static IReadOnlyList<Algorithm> All { get; } =
    [
        new("simqat", new(8, 8), (bits, _, _) => new SimulatedQuantization(new() { WeightBits = bits.Weights, ActivationBits = bits.Activations }))
        {
            FineTuning = new() { Epochs = 3, LearningRate = 0.005 },
        },
        // Of LSQ and PACT, additions are in 8 bits; in their papers they are in float.
        new("lsq", new(4, 4), (bits, images, recipe) => new LearnedStepSizeQuantization(new()
        {
            WeightBits = bits.Weights,
            ActivationBits = bits.Activations,
            WeightPerChannel = true,
            SumBits = 8,
            // Few levels make much of statistics that differ from batch to batch. While rates are high, training without them diverges.
            FreezeBatchNormAfter = recipe.StepsOf(images) * 5 / 8,
        }))
        {
            // At the weights' rate a step size of few bits can collapse early on, and does not come back.
            FineTuning = Default with { QuantizerRate = 0.1 },
        },
        // With few bits the largest weight decides about all others, and folded, running statistics about that weight.
        new("pact", new(4, 4), (bits, _, _) => new ParameterizedClipping(
            new() { Quantization = new() { WeightBits = bits.Weights, ActivationBits = bits.Activations, SumBits = 8, BatchNormFold = BatchNormFold.None } })),
        new("slb", new(4, 8), (bits, images, _) => new SearchingLowBitWeights(
            new() { WeightBits = bits.Weights, ActivationBits = bits.Activations == Bits.Float ? null : bits.Activations }) { CalibrationData = images })
        {
            // Logits learn by the sign of their gradient rather than by its size, and faster than weights do.
            FineTuning = new() { Epochs = 2, LearningRate = 0.001, IsAdaptive = true, QuantizerRate = 10, Distillation = 0.9 },
        },
    ];

    /// <summary>How a trained float network is trained on with this algorithm.</summary>
    public Recipe FineTuning { get; init; } = Default;

    private static Recipe Default => new() { Epochs = 8, LearningRate = 0.02, WeightDecay = 1e-4, Distillation = 0.9 };
}
