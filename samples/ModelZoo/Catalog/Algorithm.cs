using StickGen.Compression;

/// <summary>A way to compress, by the name that the command line has for it.</summary>
/// <param name="Name">The name.</param>
/// <param name="DefaultBits">Without <c>--bits</c>.</param>
/// <param name="Create">The algorithm for some bits.</param>
internal sealed record Algorithm(string Name, Bits DefaultBits, Func<Bits, CompressionAlgorithm> Create)
{
    /// <summary>The name of training in float, without an algorithm.</summary>
    public const string Float = "fp32";

    public static IReadOnlyList<Algorithm> All { get; } =
    [
        new("simqat", new(8, 8), bits => new SimulatedQuantization(new() { WeightBits = bits.Weights, ActivationBits = bits.Activations }))
        {
            FineTuning = new() { Epochs = 3, LearningRate = 0.005 },
        },
        new("lsq", new(4, 4), bits => new LearnedStepSizeQuantization(new() { WeightBits = bits.Weights, ActivationBits = bits.Activations })),
        new("pact", new(4, 4), bits => new ParameterizedClipping(new() { Quantization = new() { WeightBits = bits.Weights, ActivationBits = bits.Activations } })),
    ];

    /// <summary>How a trained float network is trained on with this algorithm.</summary>
    public Recipe FineTuning { get; init; } = new() { Epochs = 3, LearningRate = 0.02 };
}
