using StickGen.Compression;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Quantization;

public sealed class ObserverTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Min_max_keeps_the_widest_range()
    {
        using var quantizer = Quantizer(new MinMaxObserver());
        Feed(quantizer, [-1, 2], [0, 3], [-0.5f, 0.5f]);
        Assert.Equal((-1f, 3f), Range(quantizer));
    }

    [Fact]
    public void Latest_keeps_the_last_range_in_evaluation_too()
    {
        using var quantizer = Quantizer(new LatestObserver());
        quantizer.eval();
        Feed(quantizer, [-1, 2], [0, 3]);
        Assert.Equal((0f, 3f), Range(quantizer));
        Assert.Equal(0, quantizer.StepCount);
    }

    [Fact]
    public void Moving_average_begins_with_the_first_range_and_weighs_the_past()
    {
        using var quantizer = Quantizer(new MovingAverageObserver(0.75));
        Feed(quantizer, [-1, 2]);
        Assert.Equal((-1f, 2f), Range(quantizer));
        Feed(quantizer, [-2, 6]);
        Assert.Equal((-1.25f, 3f), Range(quantizer));
    }

    /// <summary>Summands of an addition: what comes from a ReLU and what may be negative.</summary>
    [Fact]
    public void Moving_average_takes_what_shares_the_quantizer_as_one()
    {
        using var quantizer = Quantizer(new MovingAverageObserver(0.75));
        quantizer.CallsPerForward = 2;
        Feed(quantizer, [0, 8], [-6, 4]);
        Assert.Equal((-6f, 8f), Range(quantizer));
        Feed(quantizer, [0, 12], [-2, 4]);
        Assert.Equal((-5f, 9f), Range(quantizer));
        // A forward that broke off does not count.
        Feed(quantizer, [0, 100]);
        quantizer.OnForward();
        Feed(quantizer, [0, 9], [-5, 9]);
        Assert.Equal((-5f, 9f), Range(quantizer));
    }

    [Fact]
    public void Evaluation_observes_only_when_calibrating()
    {
        using var quantizer = Quantizer(new MinMaxObserver());
        Feed(quantizer, [-1, 2]);
        quantizer.eval();
        Feed(quantizer, [-8, 8]);
        Assert.Equal((-1f, 2f), Range(quantizer));
        quantizer.Calibrating = true;
        Feed(quantizer, [-8, 8]);
        Assert.Equal((-8f, 8f), Range(quantizer));
        quantizer.ObserverEnabled = false;
        Feed(quantizer, [-9, 9]);
        Assert.Equal((-8f, 8f), Range(quantizer));
    }

    [Fact]
    public void Nothing_is_rounded_before_the_delay_is_over()
    {
        using var quantizer = new ObservingQuantizer(QuantizationScheme.Activations8, new MinMaxObserver(), quantDelay: 2);
        var x = tensor([0.1234f, 1f]);
        Assert.Equal(x.ToArray(), quantizer.call(x).ToArray());
        Assert.Equal(x.ToArray(), quantizer.call(x).ToArray());
        Assert.NotEqual(x.ToArray(), quantizer.call(x).ToArray());
        Assert.Equal(3, quantizer.StepCount);
    }

    [Fact]
    public void A_disabled_quantizer_returns_a_new_handle_of_the_same_values()
    {
        using var quantizer = Quantizer(new MinMaxObserver());
        quantizer.Enabled = false;
        var x = tensor([0.1234f, 1f]);
        var y = quantizer.call(x);
        Assert.NotSame(x, y);
        Assert.Equal(x.ToArray(), y.ToArray());
    }

    [Fact]
    public void What_never_observed_has_no_range()
    {
        using var quantizer = Quantizer(new MinMaxObserver());
        quantizer.eval();
        var error = Assert.Throws<CompressionException>(() => quantizer.Parameters);
        Assert.Contains("has observed nothing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_are_not_finite_are_named()
    {
        using var quantizer = Quantizer(new MinMaxObserver());
        var error = Assert.Throws<CompressionException>(() => Feed(quantizer, [0, float.PositiveInfinity]));
        Assert.Contains("not finite", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void State_is_in_the_checkpoint()
    {
        using var quantizer = new ObservingQuantizer(QuantizationScheme.Weights8, new MovingAverageObserver(0.5), channels: 3);
        quantizer.call(Data.Normal(1, 3, 4));
        using var copy = new ObservingQuantizer(QuantizationScheme.Weights8, new MovingAverageObserver(0.5), channels: 3);
        copy.load_state_dict(quantizer.state_dict());
        Assert.Equal(["minimum", "maximum", "steps"], quantizer.state_dict().Keys);
        Assert.Equal(quantizer.Parameters.Scales.ToArray(), copy.Parameters.Scales.ToArray());
        Assert.Equal(1, copy.StepCount);
    }

    private static ObservingQuantizer Quantizer(Observer observer) => new(QuantizationScheme.Activations8, observer);

    private static void Feed(ObservingQuantizer quantizer, params float[][] tensors)
    {
        foreach (var values in tensors)
            quantizer.call(tensor(values));
    }

    private static (float, float) Range(ObservingQuantizer quantizer) =>
        (quantizer.Observer.Minimum.item<float>(), quantizer.Observer.Maximum.item<float>());
}
