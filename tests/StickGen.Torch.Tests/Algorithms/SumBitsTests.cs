using StickGen.Compression;
using StickGen.Quantization;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Algorithms;

/// <summary>Values that additions read keep more bits than what layers read of them.</summary>
public sealed class SumBitsTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public SumBitsTests() => random.manual_seed(11);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void A_layer_that_reads_a_summand_rounds_it_once_more()
    {
        using var model = new ResidualNet();
        var variant = new LearnedStepSizeQuantization(new() { WeightBits = 3, ActivationBits = 3, SumBits = 8, FirstAndLastBits = null }).Apply(model);
        var quantizers = variant.State.Quantizers;

        // x is added to what becomes of it, and conv1 reads it too.
        Assert.Equal(8, quantizers["x.output"].Scheme.Bits);
        Assert.Equal(3, quantizers["conv1_bn1_relu.input"].Scheme.Bits);
        // What conv2 reads goes nowhere else.
        Assert.Equal(3, quantizers["conv1_bn1_relu.output"].Scheme.Bits);
        Assert.DoesNotContain("conv2_bn2.input", quantizers.Keys);
        Assert.Contains("conv1_bn1_relu: rounds what it reads to", variant.State.Algorithm.Summary(variant).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(2)]
    [InlineData(4)]
    public void Nothing_is_rounded_twice_where_it_would_keep_all_bits(int? bits)
    {
        using var model = new ResidualNet();
        var variant = new LearnedStepSizeQuantization(new() { ActivationBits = 4, SumBits = bits, FirstAndLastBits = null }).Apply(model);
        Assert.DoesNotContain(variant.State.Quantizers.Keys, key => key.EndsWith(".input", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_layer_reads_is_rounded_with_a_step_that_learns()
    {
        using var model = new ResidualNet();
        var variant = new LearnedStepSizeQuantization(new() { ActivationBits = 2, SumBits = 8, FirstAndLastBits = null }).Apply(model);
        variant.train();
        var x = rand(4, 6, 9, 7);
        variant.call(x).square().sum().backward();
        var quantizer = variant.State.Quantizers["conv1_bn1_relu.input"];
        var step = quantizer.get_parameter("scale")!;
        Assert.NotEqual(0, step.grad!.abs().sum().item<float>());

        // The convolution computes with no more than 2² different numbers.
        variant.eval();
        var seen = quantizer.call(variant.State.Quantizers["x.output"].call(x));
        Assert.InRange(seen.unique().output.numel(), 2, 4);
    }

    /// <summary>Where x is not negative, what is added to it still is: no algorithm may cut that off.</summary>
    [Fact]
    public void The_range_of_a_sum_holds_all_summands()
    {
        using var model = new ResidualNet();
        CompressionAlgorithm[] algorithms =
        [
            new SimulatedQuantization(), new LearnedStepSizeQuantization(new() { ActivationBits = 8 }), new LearnedStepSizeQuantization(new() { ActivationBits = 3, SumBits = 8 }),
            new ParameterizedClipping(), new SearchingLowBitWeights(new() { ActivationBits = 8, FirstAndLastBits = null }),
        ];
        foreach (var algorithm in algorithms)
        {
            using var variant = algorithm.ApplyTo(model, []);
            variant.train();
            for (var step = 0; step < 3; step++)
                ((nn.Module<Tensor, Tensor>)variant).call(rand(16, 6, 9, 7));
            var quantizer = ((IFakeQuantized)variant).State.Quantizers["x.output"];
            var low = -quantizer.Parameters.Scale * quantizer.Parameters.ZeroPoint;
            // What a batch normalization gives is of variance 1.
            Assert.True(low < -1.5f, $"{algorithm.Name}: the range begins at {low}");
        }
    }

    [Fact]
    public void What_is_averaged_for_the_last_layer_has_its_bits()
    {
        using var model = new ResidualNet();
        using var variant = new LearnedStepSizeQuantization(new() { ActivationBits = 3 }).Apply(model);
        // relu6, a pooling, another one and a view later, fc.
        Assert.Equal(8, variant.State.Units.Single(u => u.Name.EndsWith("relu6", StringComparison.Ordinal)).Output.Quantizer!.Scheme.Bits);
    }

    [Fact]
    public void Disabled_it_computes_what_the_model_does()
    {
        using var model = new ResidualNet();
        model.eval();
        var variant = new ParameterizedClipping(new() { FirstAndLastBits = null, Quantization = new() { ActivationBits = 4, SumBits = 8 } }).Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        var x = rand(2, 6, 9, 7);
        Assert.Equal(model.call(x).data<float>().ToArray(), variant.call(x).data<float>().ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void Bits_out_of_range_are_refused(int bits)
    {
        Assert.Contains("SumBits", Assert.Throws<CompressionException>(() => new LearnedStepSizeQuantization(new() { SumBits = bits })).Message, StringComparison.Ordinal);
        Assert.Contains("SumBits", Assert.Throws<CompressionException>(() => new SimulatedQuantization(new() { SumBits = bits })).Message, StringComparison.Ordinal);
    }
}
