using StickGen.Compression;
using StickGen.PostTraining;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>Ranges and scales that are learned, and a step that is written outside of the library.</summary>
public sealed class OmniQuantTests
{
    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void Few_bits_are_better_than_rounded_to_nearest(int bits, bool symmetric)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(1, depth: 1);
        var data = SmallDecoder.Batches(2, 6);
        double Error(params PostTrainingStep[] steps) =>
            PostTrainingQuantizationTests.Quantize(model, new() { Weights = new() { Bits = bits, GroupSize = 64, Symmetric = symmetric }, Steps = steps }, data).Report.MeanSquaredError;

        var (nearest, gptq, learned, clipped) = (Error(), Error(new GptqRounding()), Error(new OmniQuant()), Error(new OmniQuant { Transform = false, Epochs = 5 }));

        Assert.True(learned < 0.7 * nearest && clipped < nearest && (bits > 2 || learned < gptq), $"RTN {nearest}, GPTQ {gptq}, OmniQuant {learned}, ranges alone {clipped}");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Gptq_makes_up_for_the_errors_of_ranges_that_other_steps_chose(int bits)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(1, depth: 1);
        var data = SmallDecoder.Batches(2, 6);
        var gptq = new GptqRounding();
        double Error(params PostTrainingStep[] steps) =>
            PostTrainingQuantizationTests.Quantize(model, new() { Weights = new() { Bits = bits, GroupSize = 32, Symmetric = false }, Steps = steps }, data).Report.MeanSquaredError;

        var (rounded, learned, both, clipped) = (Error(gptq), Error(new OmniQuant()), Error(new OmniQuant(), gptq), Error(new WeightClipping(), gptq));

        Assert.True(both < rounded && both < learned && clipped < rounded, $"GPTQ {rounded}, OmniQuant {learned}, both {both}, clipping and GPTQ {clipped}");
    }

    [Fact]
    public void Scales_are_learned_for_activations_too()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(3, depth: 1, outliers: 40);
        var data = SmallDecoder.Batches(4, 4);
        double Error(ActivationQuantization activations, params PostTrainingStep[] steps) =>
            PostTrainingQuantizationTests.Quantize(model, new() { Weights = new() { Bits = 4, GroupSize = 32 }, Activations = activations, Steps = steps }, data).Report.MeanSquaredError;
        foreach (var activations in new[] { ActivationQuantization.StaticPerTensor, ActivationQuantization.DynamicPerToken })
        {
            var (nearest, smooth, learned) = (Error(activations), Error(activations, new SmoothQuant()), Error(activations, new OmniQuant { Epochs = 10 }));
            Assert.True(learned < smooth && learned < nearest, $"{activations}: plain {nearest}, SmoothQuant {smooth}, OmniQuant {learned}");
        }

        Assert.All(model.parameters(), p => Assert.True(p.requires_grad));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_share_of_all_is_rounding_to_nearest(bool symmetric)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var scheme = new GroupScheme { Bits = 3, GroupSize = 16, Symmetric = symmetric };
        var weight = Data.Normal(5, 6, 48);
        var range = new LearnedRange(scheme, 6, 48);
        foreach (var parameter in range.Parameters)
            parameter.fill_(30);

        Data.AssertClose(GroupFakeQuantize.Nearest(weight, scheme), range.Round(weight), 1e-6);
        Data.AssertSame(weight, range.Clamp(weight));

        foreach (var parameter in range.Parameters)
            parameter.fill_(1);
        // What is learned is what rounding to nearest finds of the clamped weight.
        Data.AssertClose(range.Round(weight), GroupFakeQuantize.Nearest(range.Clamp(weight), scheme), 1e-6);
    }

    [Fact]
    public void A_step_of_ones_own_is_run_for_each_block()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(6);
        var data = SmallDecoder.Batches(7, 3);
        var options = new PostTrainingOptions { Weights = new() { Bits = 3, GroupSize = 32 }, Steps = [new LargestLayerFirst()] };

        var (_, report) = PostTrainingQuantizationTests.Quantize(model, options, data);

        var (_, nearest) = PostTrainingQuantizationTests.Quantize(model, options with { Steps = [] }, data);
        Assert.Equal("largest first W3A16 g32", report.Method);
        Assert.True(report.MeanSquaredError < nearest.MeanSquaredError, $"{report.MeanSquaredError}, RTN {nearest.MeanSquaredError}");
        Assert.Throws<NotSupportedException>(() => options.ToJson());
        Assert.Contains(
            "clipping would choose anew",
            Assert.Throws<CompressionException>(() => new PostTrainingQuantization(new() { Steps = [new OmniQuant(), new WeightClipping()] })).Message, StringComparison.Ordinal);
    }

    /// <summary>As in docs/post-training.md.</summary>
    public sealed record LargestLayerFirst : PostTrainingStep
    {
        public override string Name => "largest first";

        public override PostTrainingStage Stage => PostTrainingStage.Round;

        public override void Apply(QuantizationBlock block)
        {
            foreach (var layer in block.Layers.OrderByDescending(l => l.Weight.numel()))
            {
                using var covariance = new InputCovariance(layer.Inputs);
                block.Observe([layer], (_, input) => covariance.Add(input));
                layer.Rounded = Gptq.Quantize(layer.Weight, covariance, layer.Scheme);
            }
        }
    }
}
