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
/// first one (Jacob et al. 2018). Where several units share the quantizer, as the summands of an addition do, the new range is the one
/// that holds the values of all of them: a mean of theirs would cut off values of each.
/// </summary>
public sealed class MovingAverageObserver : RangeObserver
{
    // What other units that share the quantizer had in this forward, and whether it is the first one.
    private Tensor? lowest, highest;
    private bool isFirst;

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
        if (IsFirstCall)
        {
            isFirst = !HasObserved;
            Keep(null, null);
        }

        if (lowest is not null)
            (minimum, maximum) = (lowest.minimum(minimum), highest!.maximum(maximum));
        if (isFirst)
        {
            Minimum.copy_(minimum);
            Maximum.copy_(maximum);
        }
        else if (IsLastCall)
        {
            Minimum.mul_(Momentum).add_(minimum, 1 - Momentum);
            Maximum.mul_(Momentum).add_(maximum, 1 - Momentum);
        }

        if (!IsLastCall)
            Keep(minimum.clone(), maximum.clone());
    }

    private void Keep(Tensor? minimum, Tensor? maximum)
    {
        lowest?.Dispose();
        highest?.Dispose();
        (lowest, highest) = (minimum?.DetachFromDisposeScope(), maximum?.DetachFromDisposeScope());
    }
}
