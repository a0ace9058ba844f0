using System.Text.Json.Serialization;

namespace StickGen.PostTraining;

/// <summary>When a step of post-training quantization runs.</summary>
public enum PostTrainingStage
{
    /// <summary>Changes float weights so that the block computes the same, and is quantized better.</summary>
    Transform,

    /// <summary>Chooses the ranges of weights.</summary>
    Clip,

    /// <summary>Rounds weights to integers.</summary>
    Round,
}

/// <summary>
/// One part of a method of post-training quantization, which is run for one block after the other. To write one, derive from this class, and do in <see cref="Apply"/> what
/// has to be done with the layers of a block: read what they are given (<see cref="QuantizationBlock.Observe"/>), change their weights, try weights
/// (<see cref="BlockLayer.Try"/>) and see what the block's error is then (<see cref="QuantizationBlock.Error"/>), or set their integers (<see cref="BlockLayer.Rounded"/>).
/// A layer that no step rounds is rounded to nearest.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "Method")]
[JsonDerivedType(typeof(RoundToNearest), "RoundToNearest")]
[JsonDerivedType(typeof(GptqRounding), "Gptq")]
[JsonDerivedType(typeof(SmoothQuant), "SmoothQuant")]
[JsonDerivedType(typeof(OutlierSuppressionLite), "OutlierSuppressionLite")]
[JsonDerivedType(typeof(OutlierSuppressionPlus), "OutlierSuppressionPlus")]
[JsonDerivedType(typeof(Awq), "Awq")]
[JsonDerivedType(typeof(WeightClipping), "WeightClipping")]
[JsonDerivedType(typeof(OmniQuant), "OmniQuant")]
public abstract record PostTrainingStep
{
    /// <summary>The name, for tables.</summary>
    [JsonIgnore]
    public abstract string Name { get; }

    /// <summary>When it runs: steps are given in this order, and there is at most one of each stage.</summary>
    [JsonIgnore]
    public abstract PostTrainingStage Stage { get; }

    /// <summary>Whether layers without a bias are given one, of zeros, for <see cref="FoldSite.Shift"/>.</summary>
    [JsonIgnore]
    public virtual bool AddsBias => false;

    /// <summary>Why it cannot be part of these options, or <see langword="null"/>. Called before any work is done.</summary>
    /// <param name="options">All options, this step among <see cref="PostTrainingOptions.Steps"/>.</param>
    public virtual string? Refusal(PostTrainingOptions options) => null;

    /// <summary>Does the step for a block. Called without gradients, in a dispose scope.</summary>
    /// <param name="block">The block, whose weights are float, with what earlier steps changed.</param>
    public abstract void Apply(QuantizationBlock block);
}
