using StickGen.Compression;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Quantization;

public sealed class CandidateQuantizerTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    public static TheoryData<int, bool> Forms => new() { { 1, false }, { 1, true }, { 2, false }, { 2, true }, { 4, false }, { 4, true } };

    private static CandidateQuantizer Create(int bits, bool perChannel, double temperature = 1, params long[] shape) =>
        new(QuantizationScheme.OddWeights(bits, perChannel), shape, temperature);

    // s · Σ softmax(T·A)·l by tensor operations and autograd. Lengths that are no multiple of a vector's.
    [Theory]
    [MemberData(nameof(Forms))]
    public void Agrees_with_the_composed_form(int bits, bool perChannel)
    {
        foreach (var temperature in new[] { 0.5, 1, 7 })
        {
            using var quantizer = Create(bits, perChannel, 1, 5, 3, 3, 3);
            var weight = Data.Normal(bits, 5, 3, 3, 3);
            var upstream = Data.Normal(100 + bits, 5, 3, 3, 3);
            quantizer.call(weight);
            quantizer.Temperature = temperature;
            using (no_grad())
                quantizer.Logits.add_(Data.Normal(50 + bits, quantizer.Logits.shape));
            var y = quantizer.call(weight);
            y.mul(upstream).sum().backward();

            var logits = quantizer.Logits.detach().clone().requires_grad_();
            var scale = quantizer.get_parameter("scale")!.detach().clone().requires_grad_();
            var top = (1 << bits) - 1;
            var levels = arange(-top, top + 1, 2, dtype: ScalarType.Float32).reshape(-1, 1, 1, 1, 1);
            var expected = (logits * temperature).softmax(0).mul(levels).sum([0]).mul(perChannel ? scale.reshape(-1, 1, 1, 1) : scale);
            expected.mul(upstream).sum().backward();
            var factor = 1 / Math.Sqrt((perChannel ? 27.0 : 135.0) * top);

            Data.AssertClose(expected, y, 1e-6 * (1 + expected.abs().max().item<float>()));
            Data.AssertClose(logits.grad!, quantizer.Logits.grad!, 1e-6 * (1 + logits.grad!.abs().max().item<float>()));
            Data.AssertClose(scale.grad! * factor, quantizer.get_parameter("scale")!.grad!, 1e-6 * (1 + scale.grad!.abs().max().item<float>()));
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Both_ways_of_computing_agree(int bits, bool perChannel)
    {
        var logits = Data.Normal(bits, 1L << bits, 3, 30011);
        var upstream = Data.Normal(9, 3, 30011);
        float[] scales = perChannel ? [0.1f, 3f, 1e-6f] : [0.7f];
        var exact = logits.to_type(ScalarType.Float64);
        Data.AssertClose(CandidateKernel.Weigh(exact, scales, 2).to_type(ScalarType.Float32), CandidateKernel.Weigh(logits, scales, 2), 2e-5);
        Data.AssertSame(CandidateKernel.Choose(exact, scales).to_type(ScalarType.Float32), CandidateKernel.Choose(logits, scales));
        var (gradient, sums) = CandidateKernel.WeighedGradient(logits, upstream, scales, 2);
        var (gradient2, sums2) = CandidateKernel.WeighedGradient(exact, upstream.to_type(ScalarType.Float64), scales, 2);
        Data.AssertClose(gradient2.to_type(ScalarType.Float32), gradient, 1e-4);
        foreach (var (a, b) in sums.Zip(sums2))
            Assert.Equal(b, a, 1e-2);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Begins_with_the_pretrained_weights(int bits, bool perChannel)
    {
        foreach (var temperature in new[] { 1.0, 4.0 })
        {
            using var quantizer = Create(bits, perChannel, temperature, 4, 100);
            var weight = Data.Normal(bits, 4, 100) * tensor([1f, 3f, 0.01f, 0f]).reshape(4, 1);
            var soft = quantizer.call(weight);
            var scales = quantizer.Parameters.Scales;
            Assert.Equal(perChannel ? 4 : 1, scales.Length);
            // The row of zeros has the scale of the largest.
            if (perChannel)
                Assert.Equal(scales[1], scales[3]);

            // Chosen: the nearest candidate of each weight.
            var (steps, weights, softened, top) = (quantizer.Steps(weight).ToArray(), weight.ToArray(), soft.ToArray(), (1 << bits) - 1);
            for (var i = 0; i < weights.Length; i++)
            {
                var s = scales[perChannel ? i / 100 : 0];
                var nearest = Enumerable.Range(0, 1 << bits).Select(k => (2 * k) - top).MinBy(l => Math.Abs(weights[i] - (s * l)));
                if (weights[i] != 0)
                    Assert.Equal(nearest, steps[i]);
                // Weighed: nearly the weight itself, where it is between candidates on both sides.
                if (bits > 1 && Math.Abs(weights[i]) < s * (top - 2))
                    Assert.Equal(weights[i], softened[i], 0.1 * s);
            }
        }
    }

    /// <summary>No scale of a fine grid rounds with a notably smaller error.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void First_scales_have_the_least_squared_error(int bits)
    {
        var weights = Data.Normal(3 + bits, 500).ToArray();
        var (scales, _) = FirstCandidates.Find(weights, 1, bits, 1);
        var top = (1 << bits) - 1;
        double Error(double s) => weights.Sum(w =>
        {
            var level = Enumerable.Range(0, 1 << bits).Select(k => (2 * k) - top).MinBy(l => Math.Abs(w - (s * l)));
            return Math.Pow(w - (s * level), 2);
        });
        var best = Enumerable.Range(1, 400).Min(i => Error(weights.Max(MathF.Abs) * i / (400.0 * top)));
        Assert.InRange(Error(scales[0]), 0, best * 1.01);
    }

    [Fact]
    public void An_infinite_temperature_is_the_choice()
    {
        using var quantizer = Create(2, true, 1, 2, 3);
        var weight = tensor(new[,] { { 1f, -0.2f, 0.4f }, { -3f, 0.1f, 2f } });
        quantizer.call(weight);
        quantizer.Temperature = double.PositiveInfinity;
        var y = quantizer.call(weight);
        y.mul(Data.Normal(1, 2, 3)).sum().backward();
        quantizer.eval();
        Data.AssertSame(quantizer.call(weight), y);
        Data.AssertSame(quantizer.Steps(weight).mul(FakeQuantize.AlongChannels(quantizer.Parameters.Scales, weight)), y);
        // The scale is learned on, the choice is not.
        Assert.True(quantizer.Logits.grad is null || quantizer.Logits.grad.abs().max().item<float>() == 0);
        var expected = (Data.Normal(1, 2, 3) * quantizer.Steps(weight)).sum(1) / Math.Sqrt(3 * 3);
        Data.AssertClose(expected, quantizer.get_parameter("scale")!.grad!, 1e-6);

        quantizer.train();
        quantizer.Temperature = 1e6;
        Data.AssertClose(y, quantizer.call(weight), 1e-6);
        Assert.Throws<ArgumentException>(() => quantizer.Temperature = 0);
        Assert.Throws<ArgumentException>(() => quantizer.Temperature = double.NaN);
    }

    [Fact]
    public void What_cannot_be_searched_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new CandidateQuantizer(QuantizationScheme.Weights8, [4, 4]));
        Assert.Throws<ArgumentException>(() => Create(2, false, double.NaN, 4, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => QuantizationScheme.OddWeights(7, true));
        using var quantizer = Create(2, false, 1, 4, 4);
        Assert.Contains("[4, 4]", Assert.Throws<CompressionException>(() => quantizer.call(zeros(4, 5))).Message, StringComparison.Ordinal);
        quantizer.call(Data.Normal(1, 4, 4));
        using (no_grad())
            quantizer.Logits.fill_(float.NaN);
        Assert.Contains("diverged", Assert.Throws<CompressionException>(() => quantizer.call(zeros(4, 4))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void State_is_in_the_checkpoint()
    {
        using var quantizer = Create(4, true, 2, 3, 5);
        var weight = Data.Normal(1, 3, 5);
        quantizer.call(weight);
        quantizer.Temperature = 12;
        using var copy = Create(4, true, 2, 3, 5);
        copy.load_state_dict(quantizer.state_dict());
        Assert.Equal(["initial", "logits", "scale", "temperature"], quantizer.state_dict().Keys.Order());
        // What weights are now does not matter any more.
        Data.AssertSame(quantizer.call(weight), copy.call(zeros(3, 5)));
    }
}
