using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>The range of the last tensor. For weights, which are seen anew in every step.</summary>
public sealed class LatestObserver : RangeObserver
{
    /// <inheritdoc/>
    public override bool IsMemoryless => true;

    /// <inheritdoc/>
    public override string ToString() => "latest";

    /// <inheritdoc/>
    protected override void Update(Tensor minimum, Tensor maximum)
    {
        Minimum.copy_(minimum);
        Maximum.copy_(maximum);
    }
}

/// <summary>The range of the first tensor, which stays. For weights after training, whose integers are chosen for one range.</summary>
public sealed class FirstObserver : RangeObserver
{
    /// <inheritdoc/>
    public override string ToString() => "first";

    /// <inheritdoc/>
    protected override void Update(Tensor minimum, Tensor maximum)
    {
        if (HasObserved)
            return;
        Minimum.copy_(minimum);
        Maximum.copy_(maximum);
    }
}

/// <summary>The range of everything seen so far.</summary>
public sealed class MinMaxObserver : RangeObserver
{
    /// <inheritdoc/>
    public override string ToString() => "min-max";

    /// <inheritdoc/>
    protected override void Update(Tensor minimum, Tensor maximum)
    {
        Minimum.copy_(Minimum.minimum(minimum));
        Maximum.copy_(Maximum.maximum(maximum));
    }
}

/// <summary>
/// The exponential moving average of the ranges: <c>range = momentum · range + (1 − momentum) · new</c>, beginning with the
/// first one (Jacob et al. 2018).
/// </summary>
public sealed class MovingAverageObserver : RangeObserver
{
    /// <param name="momentum">The weight of the past, in [0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">The momentum is outside of [0, 1).</exception>
    public MovingAverageObserver(double momentum) =>
        Momentum = momentum is >= 0 and < 1
            ? momentum
            : throw new ArgumentOutOfRangeException(nameof(momentum), momentum, $"The momentum is {momentum}; at least 0 and less than 1 is expected.");

    /// <summary>The weight of the past.</summary>
    public double Momentum { get; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"moving average {Momentum}");

    /// <inheritdoc/>
    protected override void Update(Tensor minimum, Tensor maximum)
    {
        if (HasObserved)
        {
            Minimum.mul_(Momentum).add_(minimum, 1 - Momentum);
            Maximum.mul_(Momentum).add_(maximum, 1 - Momentum);
        }
        else
        {
            Minimum.copy_(minimum);
            Maximum.copy_(maximum);
        }
    }
}
