using StickGen.Compression;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Quantization;

public sealed class LearnedQuantizerTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    private static QuantizationScheme Weights(int bits, bool perChannel = false) =>
        new() { Bits = bits, Signed = true, Symmetric = true, NarrowRange = bits == 8, PerChannel = perChannel };

    private static QuantizationScheme Activations(int bits) => new() { Bits = bits };

    public static TheoryData<int> Bits => [.. Enumerable.Range(2, 7)];

    [Theory]
    [MemberData(nameof(Bits))]
    public void First_steps_have_the_least_squared_error(int bits)
    {
        var x = Data.Normal(bits, 3, 2000) * tensor([1f, 4f, 0.2f]).reshape(3, 1);
        using var rows = new LearnedStepQuantizer(Weights(bits, perChannel: true), channels: 3);
        using var activation = new LearnedStepQuantizer(Activations(bits), nonNegative: true);
        rows.call(x);
        activation.call(x[0].abs());
        var (low, high) = (rows.Scheme.QMin, rows.Scheme.QMax);
        for (var c = 0; c < 3; c++)
            IsBest(rows.Parameters.Scales[c], x[c].ToArray(), low, high);
        IsBest(activation.Parameters.Scale, x[0].abs().ToArray(), 0, (1 << bits) - 1);

        // Of 500 step sizes up to the one of the largest value; the search has a hundred.
        static void IsBest(double actual, float[] values, int low, int high)
        {
            double Error(double step) => values.Sum(v => Math.Pow(v - (step * Math.Clamp(Math.Round(v / step), low, high)), 2));
            var largest = values.Max(Math.Abs) / high;
            var least = Enumerable.Range(1, 500).Min(i => Error(largest * i / 500));
            Assert.True(Error(actual) <= 1.05 * least, $"{actual}: {Error(actual)}, and {least} is possible");
        }
    }

    /// <summary>Summands of an addition: what comes from a ReLU is seen first, and what may be negative would be cut off.</summary>
    [Fact]
    public void First_steps_fit_all_that_share_the_quantizer()
    {
        var (stream, branch) = (Data.Normal(1, 4, 500).relu(), Data.Normal(2, 4, 500) * 2);
        using var alone = new LearnedStepQuantizer(Activations(8));
        using var shared = new LearnedStepQuantizer(Activations(8)) { CallsPerForward = 2 };
        alone.call(cat([stream.flatten(), branch.flatten()]));
        shared.call(stream);
        Assert.Equal(0, shared.Parameters.ZeroPoint);
        shared.call(branch);
        Assert.Equal((alone.Parameters.Scale, alone.Parameters.ZeroPoint), (shared.Parameters.Scale, shared.Parameters.ZeroPoint));
        Assert.InRange(shared.Parameters.ZeroPoint, 64, 192);

        // Later ones change nothing.
        shared.call(branch * 3);
        Assert.Equal(alone.Parameters.Scale, shared.Parameters.Scale);

        // A first forward that broke off does not count.
        using var broken = new LearnedStepQuantizer(Activations(8)) { CallsPerForward = 2 };
        broken.call(branch * 100);
        broken.OnForward();
        Assert.False(broken.IsInitialized);
        broken.call(stream);
        broken.call(branch);
        Assert.Equal(alone.Parameters.Scale, broken.Parameters.Scale);
    }

    [Fact]
    public void First_clips_fit_all_that_share_the_quantizer()
    {
        var (small, large) = (Data.Normal(1, 4, 500).relu(), Data.Normal(2, 4, 500).relu() * 9);
        using var alone = new ClippingQuantizer(Activations(4));
        using var shared = new ClippingQuantizer(Activations(4)) { CallsPerForward = 2 };
        alone.call(cat([small.flatten(), large.flatten()]));
        shared.call(small);
        shared.call(large);
        Assert.Equal(alone.Parameters.Scale, shared.Parameters.Scale);
    }

    [Fact]
    public void Activations_that_are_all_zero_at_first_are_looked_at_again()
    {
        using var step = new LearnedStepQuantizer(Activations(3), nonNegative: true);
        using var clip = new ClippingQuantizer(Activations(3));
        using var given = new ClippingQuantizer(Activations(3), initialClip: 6);
        foreach (var quantizer in new LearnedQuantizer[] { step, clip, given })
        {
            // They can be deployed all the same: a layer may be dead for good.
            Assert.Equal([0, 0], quantizer.call(zeros(2)).ToArray());
            Assert.True(quantizer.IsInitialized);
            Assert.True(quantizer.Parameters.Scale > 0);
            quantizer.call(tensor([0.01f, 0.07f]));
        }

        Assert.InRange(step.Parameters.Scale, 0.005f, 0.011f);
        Assert.InRange(clip.Parameters.Scale, 0.005f, 0.011f);
        Assert.Equal(6 / 7f, given.Parameters.Scale);
    }

    [Fact]
    public void What_is_not_float32_is_named()
    {
        using var quantizer = new LearnedStepQuantizer(Activations(3));
        var first = quantizer.call(tensor([0.5f, 1f])).ToArray();
        Assert.Contains("values of Float64", Assert.Throws<CompressionException>(() => quantizer.call(zeros(2, ScalarType.Float64))).Message);
        // There and back: the size is what it was.
        var before = quantizer.Parameters.Scale;
        quantizer.to(ScalarType.Float64);
        Assert.Equal(before, quantizer.Parameters.Scale);
        quantizer.to(ScalarType.Float32);
        Assert.Equal(first, quantizer.call(tensor([0.5f, 1f])).ToArray());
    }

    [Theory]
    [MemberData(nameof(Bits))]
    public void First_steps_are_those_of_the_paper_where_asked_for(int bits)
    {
        var x = Data.Normal(bits, 3, 50) * tensor([1f, 4f, 0.2f]).reshape(3, 1);
        var paper = StepInitialization.MeanMagnitude;
        using var whole = new LearnedStepQuantizer(Weights(bits), initialization: paper);
        using var rows = new LearnedStepQuantizer(Weights(bits, perChannel: true), channels: 3, initialization: paper);
        using var activation = new LearnedStepQuantizer(Activations(bits), nonNegative: true, initialization: paper);
        Assert.False(whole.IsInitialized);
        whole.call(x);
        rows.call(x);
        activation.call(x.abs());
        var positive = (1 << (bits - 1)) - 1;
        Assert.Equal(2 * x.ToArray().Average(MathF.Abs) / Math.Sqrt(positive), whole.Parameters.Scale, 1e-5);
        Assert.Equal(2 * x.ToArray().Average(MathF.Abs) / Math.Sqrt((1 << bits) - 1), activation.Parameters.Scale, 1e-5);
        Assert.Equal(0, activation.Parameters.ZeroPoint);
        for (var c = 0; c < 3; c++)
            Assert.Equal(2 * x[c].ToArray().Average(MathF.Abs) / Math.Sqrt(positive), rows.Parameters.Scales[c], 1e-5);

        // The first tensor alone decides.
        var scale = whole.Parameters.Scale;
        whole.call(x * 9);
        Assert.Equal(scale, whole.Parameters.Scale);
    }

    [Fact]
    public void Activations_are_not_found_outside_of_training_and_weights_are()
    {
        using var activation = new LearnedStepQuantizer(Activations(4));
        using var weight = new LearnedStepQuantizer(Weights(4));
        activation.eval();
        weight.eval();
        var x = Data.Normal(1, 10);
        weight.call(x);
        var error = Assert.Throws<CompressionException>(() => activation.call(x));
        Assert.Contains("has observed nothing", error.Message, StringComparison.Ordinal);
        activation.Calibrating = true;
        activation.call(x);
        Assert.True(activation.IsInitialized && weight.IsInitialized);
        Assert.Throws<CompressionException>(() => new LearnedStepQuantizer(Weights(4)).call(tensor([1f, float.NaN])));
    }

    [Fact]
    public void Rows_of_zeros_take_the_scale_of_the_others()
    {
        var values = tensor(new float[,] { { 0, 0 }, { 1, -3 } });
        foreach (var initialization in Enum.GetValues<StepInitialization>())
        {
            using var rows = new LearnedStepQuantizer(Weights(3, perChannel: true), channels: 2, initialization: initialization);
            using var whole = new LearnedStepQuantizer(Weights(3), initialization: initialization);
            rows.call(values);
            whole.call(values);
            Assert.Equal(whole.Parameters.Scale, rows.Parameters.Scales[0]);
        }

        using var zeros = new LearnedStepQuantizer(Weights(3));
        Assert.Equal([0f, 0f], zeros.call(torch.zeros(2)).ToArray());
    }

    // y = s·(c + (round(c) − c).detach()), c = clamp(x/s, −Qn, Qp), s with its gradient scaled by a detour: the paper's appendix.
    [Theory]
    [MemberData(nameof(Bits))]
    public void Agrees_with_the_composed_form(int bits)
    {
        foreach (var (weight, perChannel) in new[] { (true, false), (true, true), (false, false) })
        {
            var scheme = weight ? Weights(bits, perChannel) : Activations(bits);
            using var quantizer = new LearnedStepQuantizer(scheme, perChannel ? 5 : 0, nonNegative: !weight);
            var x = (weight ? Data.Normal(bits, 5, 7, 3, 3) : nn.functional.relu(Data.Normal(bits, 5, 7, 3, 3))).requires_grad_();
            var upstream = Data.Normal(100 + bits, 5, 7, 3, 3);
            quantizer.call(x);
            using (no_grad())
                quantizer.get_parameter("scale")!.mul_(0.7);
            var y = quantizer.call(x);
            y.mul(upstream).sum().backward();

            var (low, high) = weight ? (scheme.QMin, scheme.QMax) : (0, scheme.QMax);
            var count = perChannel ? 63 : weight ? 315 : 63;
            var factor = 1 / Math.Sqrt(count * (double)high);
            var s = quantizer.get_parameter("scale")!.detach().clone().requires_grad_();
            var x2 = x.detach().clone().requires_grad_();
            var scaled = (s * factor) + (s - (s * factor)).detach();
            if (perChannel)
                scaled = scaled.reshape(-1, 1, 1, 1);
            var c = (x2 / scaled).clamp(low, high);
            var expected = (c + (c.round() - c).detach()) * scaled;
            expected.mul(upstream).sum().backward();

            Data.AssertClose(expected, y, 1e-6);
            Data.AssertClose(x2.grad!, x.grad!, 1e-6);
            Data.AssertClose(s.grad!, quantizer.get_parameter("scale")!.grad!, 1e-6 * (1 + s.grad!.abs().max().item<float>()));
        }
    }

    [Theory]
    [MemberData(nameof(Bits))]
    public void Gradients_are_the_formulas_value_by_value(int bits)
    {
        var scheme = Activations(bits);
        foreach (var scaled in new[] { true, false })
        {
            using var quantizer = new LearnedStepQuantizer(scheme, gradientScale: scaled);
            var x = (Data.Normal(bits, 4, 30) + 0.4f).requires_grad_();
            var upstream = Data.Normal(50 + bits, 4, 30);
            quantizer.call(x);
            using (no_grad())
                quantizer.get_parameter("scale")!.mul_(0.6);
            quantizer.call(x).mul(upstream).sum().backward();

            var (s, z) = (quantizer.Parameters.Scale, quantizer.Parameters.ZeroPoint);
            var (scaleGradient, offsetGradient) = (0.0, 0.0);
            foreach (var (v, g) in x.ToArray().Zip(upstream.ToArray()))
            {
                var steps = (double)v / s;
                var (below, above) = (steps < -z, steps > scheme.QMax - z);
                scaleGradient += g * (below ? 0 : above ? scheme.QMax : Math.Round(steps) - steps);
                offsetGradient += below || above ? g : 0;
            }

            var factor = scaled ? 1 / Math.Sqrt(30.0 * scheme.QMax) : 1;
            Assert.Equal(1, quantizer.get_parameter("scale")!.grad!.item<float>() / (scaleGradient * factor), 1e-5);
            Assert.Equal(offsetGradient * factor, quantizer.get_parameter("offset")!.grad!.item<float>(), 1e-4);
        }
    }

    // Where all values are clipped, the function has true derivatives: y is s·(low − z) or s·(high − z) with z = −offset/s.
    [Fact]
    public void Gradients_of_clipped_values_are_the_numerical_ones()
    {
        using var quantizer = new LearnedStepQuantizer(Activations(3), gradientScale: false);
        quantizer.call(tensor([-1f, 6f]));
        var parameters = new[] { "scale", "offset" }.Select(n => quantizer.get_parameter(n)!).ToArray();
        using (no_grad())
        {
            parameters[0].fill_(0.5);
            parameters[1].fill_(-1);
        }

        quantizer.call(tensor([-50f, 80f, 90f])).sum().backward();
        foreach (var (parameter, change, index) in new[] { (parameters[0], 0.125f, 0), (parameters[1], 0.5f, 1) })
        {
            // Changes that keep the zero point a whole number, where nothing is rounded.
            float End(float scale, float offset) => (3 * offset) + (2 * 7 * scale);
            var (s, o) = (0.5f, -1f);
            var expected = index == 0 ? (End(s + change, o) - End(s, o)) / change : (End(s, o + change) - End(s, o)) / change;
            Assert.Equal(expected, parameter.grad!.item<float>(), 1e-5);
        }

        using (no_grad())
            parameters[1].fill_(-0.5);
        Assert.Equal(3 * -0.5f + (14 * 0.5f), quantizer.call(tensor([-50f, 80f, 90f])).sum().item<float>(), 1e-5);
    }

    [Fact]
    public void Sizes_stay_positive_and_zero_stays_in_the_range()
    {
        using var quantizer = new LearnedStepQuantizer(Activations(4));
        quantizer.call(Data.Normal(3, 100));
        var first = quantizer.Parameters.Scale;
        using (no_grad())
        {
            quantizer.get_parameter("scale")!.fill_(-3);
            quantizer.get_parameter("offset")!.fill_(2);
        }

        Assert.Equal(first / 1024, quantizer.Parameters.Scale, 1e-9);
        quantizer.call(Data.Normal(3, 100));
        Assert.Equal(first / 1024, quantizer.get_parameter("scale")!.item<float>(), 1e-9);
        Assert.Equal(0, quantizer.get_parameter("offset")!.item<float>());
        Assert.Equal(0, quantizer.Parameters.ZeroPoint);
        using (no_grad())
            quantizer.get_parameter("scale")!.fill_(float.NaN);
        Assert.Contains("diverged", Assert.Throws<CompressionException>(() => quantizer.Parameters).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1.5f)]
    public void A_clip_is_learned_from_what_it_clips(float? first)
    {
        using var quantizer = new ClippingQuantizer(Activations(4), first);
        var x = nn.functional.relu(Data.Normal(8, 6, 40)).requires_grad_();
        var upstream = Data.Normal(9, 6, 40);
        var y = quantizer.call(x);
        y.mul(upstream).sum().backward();
        var clip = quantizer.Clip.item<float>();
        if (first is { } expected)
            Assert.Equal(expected, clip);

        var step = clip / 15;
        var pairs = x.ToArray().Zip(upstream.ToArray()).ToArray();
        Assert.Equal(pairs.Where(p => p.First > clip).Sum(p => p.Second), quantizer.Clip.grad!.item<float>(), 1e-4);
        Assert.Equal(pairs.Select(p => p.First > clip ? 0 : p.Second), x.grad!.ToArray());
        foreach (var (value, rounded) in x.ToArray().Zip(y.ToArray()))
            Assert.Equal(Math.Round(Math.Min(value, clip) / step) * step, rounded, 1e-5);
    }

    [Fact]
    public void Both_ways_of_computing_agree()
    {
        var scheme = Weights(3, perChannel: true);
        var range = new AffineParameters([0.3f, 0.5f, 1e-20f], [0, 0, 0], scheme);
        var x = Data.Normal(1, 3, 70001);
        var upstream = Data.Normal(2, 3, 70001);
        var (gradient, sums) = StepKernel.Gradient(x, upstream, range);
        var other = x.to_type(ScalarType.Float64);
        var (gradient2, sums2) = StepKernel.Gradient(other, upstream.to_type(ScalarType.Float64), range);
        Assert.Equal(gradient2.ToArray(), gradient.ToArray());
        foreach (var (a, b) in sums.Zip(sums2))
        {
            Assert.Equal(b.Inside, a.Inside, 0.02);
            Assert.Equal(b.Below, a.Below, 1e-2);
            Assert.Equal(b.Above, a.Above, 1e-2);
        }

        Assert.Equal(FakeQuantize.Steps(x, range).mul(FakeQuantize.AlongChannels(range.Scales, x)).ToArray(), StepKernel.Round(x, range).ToArray());
        Data.AssertSame(StepKernel.Round(x.t().contiguous().t(), range), StepKernel.Round(x, range));
    }

    [Fact]
    public void State_is_in_the_checkpoint()
    {
        using var quantizer = new LearnedStepQuantizer(Activations(4));
        quantizer.call(Data.Normal(1, 20));
        using var copy = new LearnedStepQuantizer(Activations(4));
        copy.load_state_dict(quantizer.state_dict());
        copy.eval();
        Assert.Equal(["initial", "offset", "scale"], quantizer.state_dict().Keys.Order());
        Assert.Equal(quantizer.Parameters.Scale, copy.Parameters.Scale);
        Assert.Equal(quantizer.Parameters.ZeroPoint, copy.Parameters.ZeroPoint);
    }

    [Fact]
    public void Memory_is_flat()
    {
        using var quantizer = new LearnedStepQuantizer(Weights(4));
        var x = Data.Normal(1, 1 << 18).requires_grad_();
        long Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                using var inner = NewDisposeScope();
                quantizer.call(x).sum().backward();
            }

            using var process = System.Diagnostics.Process.GetCurrentProcess();
            return process.WorkingSet64;
        }

        // On a busy machine threads mostly wait for each other.
        var threads = get_num_threads();
        set_num_threads(1);
        var before = Run(100);
        var after = Run(300);
        set_num_threads(threads);
        Assert.True(after - before < 60 << 20, $"{(after - before) >> 20} MiB more");
    }
}
