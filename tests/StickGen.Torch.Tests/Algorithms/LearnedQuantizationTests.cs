using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Quantization;
using StickGen.Torch.Tests.Models;
using StickGen.Training;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Algorithms;

/// <summary>LSQ and PACT as algorithms: where quantizers go, integer parity, checkpoints, options, and that they learn.</summary>
public sealed class LearnedQuantizationTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    private readonly int threads = get_num_threads();

    public LearnedQuantizationTests()
    {
        random.manual_seed(4);
        // Threads would only wait for each other over tensors of this size.
        set_num_threads(1);
    }

    public void Dispose()
    {
        scope.Dispose();
        set_num_threads(threads);
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 28)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_integer_model_computes_what_was_trained(int seed)
    {
        var pick = new Random(seed);
        random.manual_seed(seed);
        var (weightBits, activationBits) = (2 + (seed % 7), 2 + (seed / 2 % 7));
        var fold = (BatchNormFold)pick.Next(3);
        CompressionAlgorithm algorithm = seed % 4 == 3
            ? new ParameterizedClipping(new()
            {
                InitialClip = pick.Next(2) == 0 ? 1.2 : null,
                FirstAndLastBits = seed % 8 == 3 ? null : 8,
                Quantization = new() { WeightBits = weightBits, ActivationBits = activationBits, BatchNormFold = fold, ActivationNarrowRange = pick.Next(3) == 0, SumBits = seed % 8 == 3 ? null : 8 },
            })
            : new LearnedStepSizeQuantization(new()
            {
                WeightBits = weightBits,
                ActivationBits = activationBits,
                FirstAndLastBits = pick.Next(2) == 0 ? null : 8,
                SumBits = seed % 3 == 0 ? null : 2 + (seed / 3 % 7),
                WeightPerChannel = pick.Next(2) == 0,
                WeightNarrowRange = pick.Next(3) == 0,
                BatchNormFold = fold,
                EnableFusion = pick.Next(4) != 0,
            });
        using var residual = new ResidualNet(convBias: pick.Next(2) == 0);
        using var single = new SingleLayerNet(
            new Shape("batch", 3, 8, 8), Conv2d(3, 4, 3), pick.Next(2) == 0 ? BatchNorm2d(4) : null, pick.Next(2) == 0 ? ReLU() : null, AvgPool2d(2));
        if (seed % 3 == 0)
            CheckParity(single, algorithm, seed, [3, 3, 8, 8]);
        else
            CheckParity(residual, algorithm, seed, [4, 6, 9, 7]);
    }

    private static void CheckParity<TVariant, TQuantized>(ICompressible<TVariant, TQuantized> model, CompressionAlgorithm algorithm, int seed, long[] shape)
        where TVariant : Module<Tensor, Tensor>, IFakeQuantized<TQuantized>
    {
        using var variant = algorithm.Apply(model);
        variant.train();
        // Trained, so that sizes are not the first ones.
        var optimizer = optim.SGD(variant.parameters(), 0.05);
        for (var i = 0; i < 4; i++)
        {
            optimizer.zero_grad();
            variant.forward(Data.Normal(seed + i, shape)).square().mean().backward();
            optimizer.step();
        }

        variant.eval();
        var x = Data.Normal(seed + 100, shape) * 1.5;
        ExactParity.Check(variant, variant.State, algorithm.ToGraph(variant), x);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Outermost_layers_and_what_they_touch_have_more_bits(bool clips)
    {
        using var model = new ResidualNet();
        CompressionAlgorithm algorithm = clips
            ? new ParameterizedClipping(new() { Quantization = new() { WeightBits = 3, ActivationBits = 2 } })
            : new LearnedStepSizeQuantization(new() { WeightBits = 3, ActivationBits = 2 });
        using var variant = algorithm.Apply(model);
        var layers = variant.State.Units.Where(u => u is ConvUnit or LinearUnit).Cast<WeightedUnit>().ToList();
        Assert.Equal([8, 3, 8], layers.Select(u => u.WeightQuantizer!.Scheme.Bits));
        // The second convolution is added to the input, and so has its scale.
        Assert.Equal([2, 8, 8], layers.Select(u => u.Output.Quantizer!.Scheme.Bits));
        Assert.Same(variant.State.Units[0].Output.Quantizer, layers[1].Output.Quantizer);
    }

    [Fact]
    public void Only_what_may_be_negative_has_an_offset()
    {
        using var model = new LeNet5();
        using var variant = new LearnedStepSizeQuantization().Apply(model);
        Assert.Equal(
            ["x"], variant.State.Units.Where(u => u.Output.Quantizer is LearnedStepQuantizer { HasOffset: true }).Select(u => u.Name));
        var parameters = variant.named_parameters().Select(p => p.name).ToHashSet();
        Assert.Contains("stickgen.conv1_relu.weight.scale", parameters);
        Assert.Contains("stickgen.conv1_relu.output.scale", parameters);
        Assert.Contains("stickgen.x.output.offset", parameters);

        using var clipped = new ParameterizedClipping().Apply(model);
        Assert.Contains("stickgen.conv1_relu.output.clip", clipped.named_parameters().Select(p => p.name));
        Assert.IsType<ObservingQuantizer>(clipped.State.Units[0].Output.Quantizer);
        Assert.IsType<ClippingQuantizer>(clipped.State.Units.Single(u => u.Name == "fc2_relu").Output.Quantizer);
    }

    [Fact]
    public void A_checkpoint_has_what_was_learned()
    {
        using var model = new ResidualNet();
        foreach (CompressionAlgorithm algorithm in new CompressionAlgorithm[] { new LearnedStepSizeQuantization(), new ParameterizedClipping() })
        {
            using var one = algorithm.Apply(model);
            using var two = algorithm.Apply(model);
            var optimizer = optim.Adam(one.parameters(), 1e-2);
            for (var i = 0; i < 3; i++)
            {
                optimizer.zero_grad();
                one.forward(Data.Normal(i, 4, 6, 9, 7)).square().mean().backward();
                optimizer.step();
            }

            two.load_state_dict(one.state_dict());
            one.eval();
            two.eval();
            Data.AssertSame(one.forward(Data.Normal(9, 4, 6, 9, 7)), two.forward(Data.Normal(9, 4, 6, 9, 7)));
            // The original's checkpoint still loads, before or after.
            two.LoadOriginal(model.state_dict());
        }
    }

    [Fact]
    public void Clips_are_in_the_loss_of_the_variant_that_was_made_last()
    {
        using var model = new LeNet5();
        var algorithm = new ParameterizedClipping(new() { ClipDecay = 0.5, InitialClip = 3 });
        var loss = algorithm.Loss((output, _) => output.mean());
        using var earlier = algorithm.Apply(model);
        using var variant = algorithm.Apply(model);
        var y = variant.forward(Data.Normal(1, 2, 1, 28, 28));
        var clips = variant.State.Quantizers.Values.OfType<ClippingQuantizer>().ToList();
        Assert.Equal(4, clips.Count);
        var value = loss(y, new Batch(zeros(1), zeros(1)));
        Assert.Equal(y.mean().item<float>() + (0.5 * 4 * 9), value.item<float>(), 1e-4);
        value.sub(y.mean()).backward();
        foreach (var clip in clips)
            Assert.Equal(2 * 0.5 * 3, clip.Clip.grad!.item<float>(), 1e-4);
    }

    [Fact]
    public void Options_go_to_JSON_and_back()
    {
        var options = new LearnedStepSizeQuantizationOptions { WeightBits = 2, FirstAndLastBits = null, WeightPerChannel = true, GradientScale = false, Initialization = StepInitialization.MeanMagnitude };
        Assert.Equal(options, LearnedStepSizeQuantizationOptions.FromJson(options.ToJson()));
        var clipping = new ParameterizedClippingOptions { InitialClip = 8, Quantization = new() { ActivationRange = ActivationRange.LeastDivergence, Percentile = 99 } };
        Assert.Equal(clipping, ParameterizedClippingOptions.FromJson(clipping.ToJson()));
        Assert.Throws<System.Text.Json.JsonException>(() => LearnedStepSizeQuantizationOptions.FromJson("""{"Bits": 4}"""));
    }

    public static TheoryData<Action, string> BadOptions => new()
    {
        { () => _ = new LearnedStepSizeQuantization(new() { WeightBits = 1 }), "WeightBits is 1; allowed: 2 to 8." },
        { () => _ = new LearnedStepSizeQuantization(new() { ActivationBits = 9 }), "ActivationBits is 9; allowed: 2 to 8." },
        { () => _ = new LearnedStepSizeQuantization(new() { FirstAndLastBits = 16 }), "FirstAndLastBits is 16; allowed: null, or 2 to 8." },
        { () => _ = new ParameterizedClipping(new() { FirstAndLastBits = 1 }), "FirstAndLastBits is 1; allowed: null, or 2 to 8." },
        { () => _ = new ParameterizedClipping(new() { ClipDecay = -1 }), "ClipDecay is -1; allowed: 0 or more." },
        { () => _ = new ParameterizedClipping(new() { InitialClip = 0 }), "InitialClip is 0; allowed: null, or a positive number." },
        { () => _ = new ParameterizedClipping(new() { Quantization = new() { WeightBits = 9 } }), "WeightBits is 9; allowed: 2 to 8." },
        {
            () => _ = new ParameterizedClipping(new() { Quantization = new() { ActivationSymmetric = true } }),
            "Quantization.ActivationSymmetric is True; allowed: False, because a clipped range begins at 0."
        },
        { () => _ = new SimulatedQuantization(new() { Percentile = 50 }), "Percentile is 50; allowed: more than 50, and up to 100." },
        {
            () => _ = new SimulatedQuantization(new() { ActivationRange = (ActivationRange)7 }),
            "ActivationRange is 7; allowed: Extremes, Percentile, LeastSquares, LeastDivergence."
        },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void An_option_that_is_not_allowed_is_named(Action create, string message) =>
        Assert.Equal(message, Assert.Throws<CompressionException>(create).Message);

    [Theory]
    [InlineData(ActivationRange.Percentile)]
    [InlineData(ActivationRange.LeastSquares)]
    [InlineData(ActivationRange.LeastDivergence)]
    public void Ranges_of_simulated_quantization_can_be_searched_for(ActivationRange range)
    {
        using var model = new LeNet5();
        var algorithm = new SimulatedQuantization(new() { ActivationBits = 4, ActivationRange = range, Percentile = 99, EmaMomentum = null });
        using var variant = algorithm.Apply(model);
        using var extremes = new SimulatedQuantization(new() { ActivationBits = 4, EmaMomentum = null }).Apply(model);
        variant.forward(Data.Normal(1, 8, 1, 28, 28));
        extremes.forward(Data.Normal(1, 8, 1, 28, 28));
        Assert.True(variant.State.Units[0].Output.Parameters.Scale < extremes.State.Units[0].Output.Parameters.Scale);
        algorithm.Convert(variant).Dispose();
    }

    /// <summary>A trained float model, quantized as it is, against the same after a second of training with LSQ and PACT.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Training_beats_rounding_to_nearest(int bits)
    {
        using var model = new ResidualNet();
        Spots.Train(model, model.parameters(), Losses.CrossEntropy, 120, 3e-3);
        var plain = new SimulatedQuantizationOptions { WeightBits = bits, ActivationBits = bits, EmaMomentum = null };
        model.eval();
        var rtn = new SimulatedQuantization(plain);
        using var rounded = rtn.Apply(model);
        rounded.State.Calibrating = true;
        rounded.forward(Spots.Batch(3000, 256).Input);
        rounded.State.Calibrating = false;
        var before = Spots.Loss(rounded);

        model.train();
        foreach (CompressionAlgorithm algorithm in new CompressionAlgorithm[]
        {
            new LearnedStepSizeQuantization(new() { WeightBits = bits, ActivationBits = bits, FirstAndLastBits = null }),
            // Its clips are of what is not negative. Of 2 bits, the others' extremes would leave nothing of most values.
            new ParameterizedClipping(new() { FirstAndLastBits = null, Quantization = plain with { EmaMomentum = 0.9, SumBits = 8 } }),
        })
        {
            using var variant = algorithm.Apply(model);
            Spots.Train(variant, variant.parameters(), algorithm.Loss(Losses.CrossEntropy), 150, 2e-3);
            variant.eval();
            var after = Spots.Loss(variant);
            Assert.True(after < 0.7 * before, $"{algorithm.Name}: {after}, rounded to nearest: {before}");
        }
    }
}
