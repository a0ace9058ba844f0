using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Quantization;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Algorithms;

/// <summary>The three ways to simulate batch normalization, against formulas written out in tensor operations.</summary>
public sealed class BatchNormTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public BatchNormTests() => random.manual_seed(8);

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(BatchNormFold.None, true)]
    [InlineData(BatchNormFold.OneConvFold, true)]
    [InlineData(BatchNormFold.TwoConvFold, true)]
    [InlineData(BatchNormFold.None, false)]
    [InlineData(BatchNormFold.OneConvFold, false)]
    [InlineData(BatchNormFold.TwoConvFold, false)]
    public void Training_and_evaluation(BatchNormFold fold, bool bias)
    {
        var (model, variant) = Create(fold, bias);
        var x = Data.Normal(1, 4, 3, 6, 6);
        foreach (var training in new[] { true, false, true })
        {
            variant.train(training);
            var expected = Expected(fold, variant, x, training);
            var actual = Unquantized(variant, x);
            Data.AssertClose(expected, actual, 2e-5);
        }

        // Running statistics as the module itself would have learned them from the convolution of the float weights,
        // or of the rounded ones.
        Assert.Equal(2, variant.state_dict()["bn.num_batches_tracked"].item<long>());
        model.Dispose();
    }

    [Theory]
    [InlineData(BatchNormFold.OneConvFold)]
    [InlineData(BatchNormFold.TwoConvFold)]
    [InlineData(BatchNormFold.None)]
    public void Frozen_uses_running_statistics_and_leaves_them(BatchNormFold fold)
    {
        var (model, variant) = Create(fold, bias: true, freezeAfter: 1);
        var x = Data.Normal(1, 4, 3, 6, 6);
        variant.train();
        Unquantized(variant, x);
        var mean = variant.state_dict()["bn.running_mean"].clone();
        var expected = Expected(fold, variant, x, training: false);
        Data.AssertClose(expected, Unquantized(variant, x), 2e-5);
        Data.AssertSame(mean, variant.state_dict()["bn.running_mean"]);
        Assert.Equal(1, variant.state_dict()["bn.num_batches_tracked"].item<long>());
        model.Dispose();
    }

    [Fact]
    public void One_that_follows_no_convolution_is_frozen_too()
    {
        using var model = new ResidualNet();
        using var variant = new SimulatedQuantization(new() { FreezeBatchNormAfter = 1 }).Apply(model);
        variant.train();
        for (var i = 0; i < 3; i++)
            variant.forward(Data.Normal(i, 4, 6, 9, 7));
        foreach (var norm in (string[])["bn1", "bn2", "bn3"])
            Assert.Equal(1, variant.state_dict()[norm + ".num_batches_tracked"].item<long>());
    }

    [Theory]
    [InlineData(BatchNormFold.None)]
    [InlineData(BatchNormFold.OneConvFold)]
    [InlineData(BatchNormFold.TwoConvFold)]
    public void A_channel_with_factor_zero_is_its_bias(BatchNormFold fold)
    {
        var (model, variant) = Create(fold, bias: true);
        using (no_grad())
            variant.get_parameter("bn.weight")![1] = 0f;
        var x = Data.Normal(1, 4, 3, 6, 6);
        foreach (var training in new[] { true, false })
        {
            variant.train(training);
            var y = Unquantized(variant, x);
            Assert.All(y[.., 1].flatten().ToArray(), v => Assert.Equal(variant.get_parameter("bn.bias")![1].item<float>(), v, 1e-6));
            Assert.All(y.ToArray(), v => Assert.True(float.IsFinite(v)));
            if (training)
            {
                y.square().mean().backward();
                Assert.All(variant.parameters(), p => Assert.True(p.grad is null || p.grad.isfinite().all().item<bool>()));
            }
        }

        model.Dispose();
    }

    [Fact]
    public void Statistics_of_the_batch_have_the_gradient_of_batch_normalization()
    {
        // Without rounding, the two-convolution fold is batch normalization, and so are its gradients.
        var (model, variant) = Create(BatchNormFold.TwoConvFold, bias: true, delay: 100);
        model.train();
        variant.train();
        var x = Data.Normal(1, 4, 3, 6, 6);
        var target = Data.Normal(2, 4, 5, 4, 4);
        model.forward(x).mul(target).mean().backward();
        Unquantized(variant, x).mul(target).mean().backward();
        var expected = model.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad!);
        foreach (var (name, parameter) in variant.named_parameters())
            Data.AssertClose(expected[name], parameter.grad!, 1e-5);
        Data.AssertClose(model.state_dict()["bn.running_var"], variant.state_dict()["bn.running_var"], 1e-6);
        Data.AssertClose(model.state_dict()["bn.running_mean"], variant.state_dict()["bn.running_mean"], 1e-6);
        model.Dispose();
    }

    private static (SingleLayerNet Model, TestVariant Variant) Create(BatchNormFold fold, bool bias, long? freezeAfter = null, long delay = 0)
    {
        var bn = BatchNorm2d(5);
        using (no_grad())
        {
            bn.weight!.copy_(Data.Normal(3, 5));
            bn.bias!.copy_(Data.Normal(4, 5));
            bn.running_mean!.copy_(Data.Normal(5, 5));
            bn.running_var!.copy_(Data.Normal(6, 5).abs() + 0.5);
        }

        var model = new SingleLayerNet(new Shape("batch", 3, 6, 6), Conv2d(3, 5, 3, bias: bias), bn);
        var algorithm = new SimulatedQuantization(new() { BatchNormFold = fold, FreezeBatchNormAfter = freezeAfter, WeightBits = 4, QuantDelay = delay });
        return (model, algorithm.Apply(model));
    }

    /// <summary>The variant with rounded weights and unrounded activations.</summary>
    private static Tensor Unquantized(TestVariant variant, Tensor x)
    {
        foreach (var unit in variant.State.Units)
            unit.Output.Quantizer!.Enabled = false;
        return variant.forward(x);
    }

    private static Tensor Expected(BatchNormFold fold, TestVariant variant, Tensor x, bool training)
    {
        using var noGrad = no_grad();
        var s = variant.state_dict();
        var (w, b) = (s["layer.weight"], s.GetValueOrDefault("layer.bias"));
        var (gamma, beta, mean, variance) = (s["bn.weight"], s["bn.bias"], s["bn.running_mean"], s["bn.running_var"]);
        var running = (variance + 1e-5).sqrt();
        if (fold == BatchNormFold.None)
            return Normalize(functional.conv2d(x, Round(w), b));
        var factor = gamma / running;
        var y = functional.conv2d(x, Round(w * factor.reshape(-1, 1, 1, 1)));
        if (fold == BatchNormFold.OneConvFold || !training)
        {
            y = y / Image(factor);
            return Normalize(b is null ? y : y + Image(b));
        }

        var first = functional.conv2d(x, w, b);
        var batchMean = first.mean([0, 2, 3]);
        var batch = (first.var([0, 2, 3], unbiased: false) + 1e-5).sqrt();
        return (y * Image(running / batch)) + Image(beta + (gamma * ((b ?? zeros(5)) - batchMean) / batch));

        Tensor Normalize(Tensor v) => training
            ? functional.batch_norm(v, mean.clone(), variance.clone(), gamma, beta, true)
            : functional.batch_norm(v, mean, variance, gamma, beta, false);
        static Tensor Image(Tensor v) => v.reshape(1, -1, 1, 1);
        static Tensor Round(Tensor v)
        {
            // Four bits, narrow, per channel: seven steps to the largest magnitude.
            var scale = v.flatten(1).abs().amax([1]).reshape(-1, 1, 1, 1) / 7;
            return (v / scale).round() * scale;
        }
    }
}
