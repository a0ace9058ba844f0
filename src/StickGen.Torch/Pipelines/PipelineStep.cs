using System.Text.Json.Serialization;
using StickGen.Compression;
using StickGen.Distillation;
using StickGen.Pruning;

namespace StickGen.Pipelines;

/// <summary>One step of a <see cref="CompressionPlan"/>. In JSON its kind is the member <c>step</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "step")]
[JsonDerivedType(typeof(GhostStep), "ghost")]
[JsonDerivedType(typeof(LowRankStep), "low_rank")]
[JsonDerivedType(typeof(ChannelPruningStep), "prune_channels")]
[JsonDerivedType(typeof(UniPruningStep), "uni_pruning")]
[JsonDerivedType(typeof(ScopStep), "scop")]
[JsonDerivedType(typeof(HeadPruningStep), "prune_heads")]
[JsonDerivedType(typeof(FineTuneStep), "fine_tune")]
[JsonDerivedType(typeof(SimulatedQuantizationStep), "simulated_quantization")]
[JsonDerivedType(typeof(LearnedStepSizeStep), "learned_step_size")]
[JsonDerivedType(typeof(ParameterizedClippingStep), "parameterized_clipping")]
[JsonDerivedType(typeof(SearchedWeightsStep), "searched_weights")]
[JsonDerivedType(typeof(StaticQuantizationStep), "static_quantization")]
[JsonDerivedType(typeof(DeployStep), "deploy")]
public abstract record PipelineStep
{
    private protected PipelineStep(string kind) => Kind = kind;

    /// <summary>What the step is called in JSON.</summary>
    internal string Kind { get; }

    /// <summary>Checks the options.</summary>
    internal abstract void Validate();

    private protected static T Given<T>(T? options, string name)
        where T : class => options ?? throw new CompressionException($"{name} is null.");
}

/// <summary>Convolutions become Ghost modules.</summary>
public sealed record GhostStep() : PipelineStep("ghost")
{
    /// <summary>The options.</summary>
    public GhostReplacementOptions Options { get; init; } = new();

    internal override void Validate() => Given(Options, nameof(Options)).Validate();
}

/// <summary>Layers become low-rank factors.</summary>
public sealed record LowRankStep() : PipelineStep("low_rank")
{
    /// <summary>The options.</summary>
    public LowRankDecompositionOptions Options { get; init; } = new();

    internal override void Validate() => Given(Options, nameof(Options)).Validate();
}

/// <summary>A step in which a model learns.</summary>
public abstract record LearningStep : PipelineStep
{
    private protected LearningStep(string kind)
        : base(kind)
    {
    }

    /// <summary>How the model is trained in this step; <see langword="null"/> for not at all.</summary>
    public TrainingSettings? Training { get; init; }

    /// <summary>
    /// Whether, and how much, the model learns from the float model that the pipeline began with, besides the targets; <see langword="null"/> for not.
    /// </summary>
    public KnowledgeDistillationOptions? Distillation { get; init; }

    internal override void Validate()
    {
        Training?.Validate();
        Distillation?.Validate();
        if (Distillation is not null && Training is null)
            throw new CompressionException($"{nameof(Distillation)} is given, and {nameof(Training)} is null: nothing learns from the teacher.");
        if (Distillation is { Values.Count: > 0 } && this is not QuantizeStep)
            throw new CompressionException($"{nameof(Distillation)} has {nameof(Distillation.Values)}, which are those of quantized units; in this step there are none.");
    }

    private protected void RequireTraining(string reason)
    {
        if (Training is null)
            throw new CompressionException($"{nameof(Training)} is null; {reason}.");
    }
}

/// <summary>A step that removes channels.</summary>
public abstract record PruneStep : LearningStep
{
    private protected PruneStep(string kind)
        : base(kind)
    {
    }

    internal abstract PruningAlgorithm Create();
}

/// <summary>How <see cref="ChannelPruningStep"/> scores channels.</summary>
public enum PruningCriterion
{
    /// <summary><see cref="MagnitudeCriterion"/> of order 1.</summary>
    MagnitudeL1,

    /// <summary><see cref="MagnitudeCriterion"/> of order 2.</summary>
    MagnitudeL2,

    /// <summary><see cref="BatchNormScaleCriterion"/>.</summary>
    BatchNormScale,

    /// <summary><see cref="GeometricMedianCriterion"/>.</summary>
    GeometricMedian,

    /// <summary><see cref="RandomCriterion"/>, with <see cref="ChannelPruningStep.Seed"/>.</summary>
    Random,
}

/// <summary>Channels are removed by a criterion, at once or in several steps, one an epoch.</summary>
public sealed record ChannelPruningStep() : PruneStep("prune_channels")
{
    /// <summary>The criterion.</summary>
    public PruningCriterion Criterion { get; init; } = PruningCriterion.MagnitudeL2;

    /// <summary>How much is removed.</summary>
    public SelectionOptions Selection { get; init; } = new();

    /// <summary>In how many steps, one at the beginning of each epoch of the training.</summary>
    public int Rounds { get; init; } = 1;

    /// <summary>How the ratio grows over them.</summary>
    public ScheduleShape Shape { get; init; } = ScheduleShape.Cubic;

    /// <summary>For random scores.</summary>
    public long Seed { get; init; }

    internal override void Validate()
    {
        base.Validate();
        AlgorithmOptions.RequireDefined(nameof(Criterion), Criterion);
        AlgorithmOptions.RequireDefined(nameof(Shape), Shape);
        AlgorithmOptions.Require(Rounds >= 1, nameof(Rounds), Rounds, "at least 1");
        if (Rounds > (Training?.Epochs ?? 1))
            throw new CompressionException($"{nameof(Rounds)} is {Rounds}, and there are {Training?.Epochs ?? 0} epochs of training; each round but the first takes one.");
        Given(Selection, nameof(Selection)).Validate();
    }

    internal override PruningAlgorithm Create() => new ChannelPruning(
        Criterion switch
        {
            PruningCriterion.MagnitudeL1 => new MagnitudeCriterion(order: 1),
            PruningCriterion.BatchNormScale => new BatchNormScaleCriterion(),
            PruningCriterion.GeometricMedian => new GeometricMedianCriterion(),
            PruningCriterion.Random => new RandomCriterion(Seed),
            _ => new MagnitudeCriterion(),
        },
        Selection, Rounds, Shape);
}

/// <summary><see cref="UniPruning"/>: blocks are zeroed while the model is trained, and removed at the end.</summary>
public sealed record UniPruningStep() : PruneStep("uni_pruning")
{
    /// <summary>The options.</summary>
    public UniPruningOptions Options { get; init; } = new();

    internal override void Validate()
    {
        base.Validate();
        Given(Options, nameof(Options)).Validate();
    }

    internal override PruningAlgorithm Create() => new UniPruning(Options);
}

/// <summary><see cref="ScientificControl"/>: the training is that of its first phase; the smaller model is trained by a step that follows.</summary>
public sealed record ScopStep() : PruneStep("scop")
{
    /// <summary>How much is removed.</summary>
    public SelectionOptions Selection { get; init; } = new();

    internal override void Validate()
    {
        base.Validate();
        RequireTraining("SCOP learns in it which channels are needed");
        Given(Selection, nameof(Selection)).Validate();
    }

    internal override PruningAlgorithm Create() => new ScientificControl(Selection);
}

/// <summary><see cref="HeadPruning"/>: gates on heads of attention are learned in the training.</summary>
public sealed record HeadPruningStep() : PruneStep("prune_heads")
{
    /// <summary>The options.</summary>
    public HeadPruningOptions Options { get; init; } = new();

    internal override void Validate()
    {
        base.Validate();
        RequireTraining("the gates of the heads are learned in it");
        Given(Options, nameof(Options)).Validate();
    }

    internal override PruningAlgorithm Create() => new HeadPruning(Options);
}

/// <summary>The model is trained on as it is.</summary>
public sealed record FineTuneStep() : LearningStep("fine_tune")
{
    internal override void Validate()
    {
        base.Validate();
        RequireTraining("a step that only trains needs it");
    }
}
