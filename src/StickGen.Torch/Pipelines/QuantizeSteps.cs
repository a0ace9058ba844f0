using StickGen.Compression;
using StickGen.PostTraining;
using StickGen.Training;

namespace StickGen.Pipelines;

/// <summary>A step that quantizes. Without training, ranges are observed on the training data.</summary>
public abstract record QuantizeStep : LearningStep
{
    private protected QuantizeStep(string kind)
        : base(kind)
    {
    }

    /// <summary>Without training: how many batches ranges are observed on.</summary>
    public int CalibrationBatches { get; init; } = 16;

    internal override void Validate()
    {
        base.Validate();
        AlgorithmOptions.Require(CalibrationBatches >= 1, nameof(CalibrationBatches), CalibrationBatches, "at least 1");
    }

    internal abstract CompressionAlgorithm Create(IDataset data);
}

/// <summary><see cref="SimulatedQuantization"/>.</summary>
public sealed record SimulatedQuantizationStep() : QuantizeStep("simulated_quantization")
{
    /// <summary>The options.</summary>
    public SimulatedQuantizationOptions Options { get; init; } = new();

    internal override void Validate()
    {
        base.Validate();
        Given(Options, nameof(Options)).Validate();
    }

    internal override CompressionAlgorithm Create(IDataset data) => new SimulatedQuantization(Options);
}

/// <summary><see cref="LearnedStepSizeQuantization"/>.</summary>
public sealed record LearnedStepSizeStep() : QuantizeStep("learned_step_size")
{
    /// <summary>The options.</summary>
    public LearnedStepSizeQuantizationOptions Options { get; init; } = new();

    internal override void Validate()
    {
        base.Validate();
        Given(Options, nameof(Options)).Validate();
    }

    internal override CompressionAlgorithm Create(IDataset data) => new LearnedStepSizeQuantization(Options);
}

/// <summary><see cref="ParameterizedClipping"/>.</summary>
public sealed record ParameterizedClippingStep() : QuantizeStep("parameterized_clipping")
{
    /// <summary>The options.</summary>
    public ParameterizedClippingOptions Options { get; init; } = new();

    internal override void Validate()
    {
        base.Validate();
        Given(Options, nameof(Options)).Validate();
    }

    internal override CompressionAlgorithm Create(IDataset data) => new ParameterizedClipping(Options);
}

/// <summary><see cref="SearchingLowBitWeights"/>.</summary>
public sealed record SearchedWeightsStep() : QuantizeStep("searched_weights")
{
    /// <summary>The options.</summary>
    public SearchingLowBitWeightsOptions Options { get; init; } = new();

    internal override void Validate()
    {
        base.Validate();
        RequireTraining("weights are searched in it");
        Given(Options, nameof(Options)).Validate();
    }

    internal override CompressionAlgorithm Create(IDataset data) => new SearchingLowBitWeights(Options) { CalibrationData = data };
}

/// <summary><see cref="StaticQuantization"/>, which does not train.</summary>
public sealed record StaticQuantizationStep() : QuantizeStep("static_quantization")
{
    /// <summary>The options.</summary>
    public StaticQuantizationOptions Options { get; init; } = new();

    internal override void Validate()
    {
        base.Validate();
        if (Training is not null)
            throw new CompressionException($"{nameof(Training)} is given, and this step quantizes without; {nameof(SimulatedQuantizationStep)} trains.");
        Given(Options, nameof(Options)).Validate();
    }

    internal override CompressionAlgorithm Create(IDataset data) => new StaticQuantization(Options);
}

/// <summary>The integer model is written, with its signature as text beside it.</summary>
public sealed record DeployStep() : PipelineStep("deploy")
{
    /// <summary>The file (safetensors), relative to the folder of the run.</summary>
    public string File { get; init; } = "model.safetensors";

    /// <summary>An ONNX file to write too, relative to the folder of the run; <see langword="null"/> for none.</summary>
    public string? Onnx { get; init; }

    internal override void Validate()
    {
        AlgorithmOptions.Require(!string.IsNullOrWhiteSpace(File), nameof(File), $"'{File}'", "the name of a file");
        AlgorithmOptions.Require(Onnx is null || !string.IsNullOrWhiteSpace(Onnx), nameof(Onnx), $"'{Onnx}'", "the name of a file, or null");
    }
}
