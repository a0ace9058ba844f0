using StickGen.Compression;
using StickGen.Quantization;

namespace StickGen.PostTraining;

/// <summary>How <see cref="Gptq"/> rounds.</summary>
public sealed record GptqOptions
{
    /// <summary>What is added to the diagonal of the Hessian, as a share of its mean (<c>percdamp</c>): larger than 0, at most 1.</summary>
    public double Damping { get; init; } = 0.01;

    /// <summary>Whether inputs with the largest activations are rounded first (<c>desc_act</c>), while there is most left that can make up for their errors.</summary>
    public bool DescendingActivations { get; init; }

    /// <summary>
    /// Whether the scales of groups are chosen before anything is rounded (<c>static_groups</c>), instead of from the weights as they are when their group is reached. Inputs that
    /// are rounded in another order than they are stored in need it, because a group is then not reached at one time.
    /// </summary>
    public bool StaticGroups { get; init; }

    /// <exception cref="CompressionException">A value is out of range, or two contradict each other; the message says why.</exception>
    internal void Validate(GroupScheme scheme)
    {
        AlgorithmOptions.Require(Damping is > 0 and <= 1, nameof(Damping), Damping, "larger than 0, at most 1");
        if (DescendingActivations && !StaticGroups && scheme.GroupSize > 0)
            throw new CompressionException(
                $"{nameof(DescendingActivations)} with groups of {scheme.GroupSize} needs {nameof(StaticGroups)}: the inputs of a group are not rounded one after the other then.");
    }
}
