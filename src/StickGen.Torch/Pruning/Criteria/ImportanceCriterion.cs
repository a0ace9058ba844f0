using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>How much the channels of a layer matter. Derive from it to write another criterion.</summary>
public abstract class ImportanceCriterion
{
    /// <summary>The name, for tables.</summary>
    public abstract string Name { get; }

    /// <summary>Scores the channels of one axis.</summary>
    /// <param name="axis">The axis.</param>
    /// <returns>[<see cref="ChannelAxis.Size"/>], at least 0, greater for what matters more; <see langword="null"/> if this axis says nothing.</returns>
    protected internal abstract Tensor? Score(ChannelAxis axis);

    /// <summary>A parameter of the axis's module.</summary>
    protected static Tensor? ParameterOf(ChannelAxis axis, string name)
    {
        ArgumentNullException.ThrowIfNull(axis);
        return axis.Slices.Any(s => s.Parameter == name) ? axis.Module.get_parameter(name) : null;
    }
}
